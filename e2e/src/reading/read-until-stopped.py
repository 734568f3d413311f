"""Uses a container's root file system in many ways until there is a file /task/stop.

/task/digests.json says what the files hold. /task/report.json always says what was read and what went wrong; replaced
as a whole. All reads ask the file system: what the kernel has kept of a file is dropped before the next one.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time

TASK = "/task"
IMPORTS = "import argparse, asyncio, csv, decimal, email, html, json, logging, sqlite3, ssl, unittest, xml.dom.minidom"
MOST_PROBLEMS = 20
report = {"files": 0, "walks": 0, "imports": 0, "longestMs": 0, "wrong": [], "ended": False}
lock = threading.Lock()
with open(f"{TASK}/digests.json") as file:
    digests = json.load(file)


def stopping():
    return os.path.exists(f"{TASK}/stop")


def write_report():
    with open(f"{TASK}/report.new", "w") as file:
        json.dump(report, file)
    os.rename(f"{TASK}/report.new", f"{TASK}/report.json")


def attempt(kind, what, work):
    begin = time.monotonic()
    try:
        problem = work()
    except Exception as error:
        problem = repr(error)
    took = int((time.monotonic() - begin) * 1000)
    with lock:
        report["longestMs"] = max(report["longestMs"], took)
        if problem and len(report["wrong"]) < MOST_PROBLEMS:
            report["wrong"].append(f"{time.strftime('%T')} {what}: {problem}")
        if not problem:
            report[kind] += 1


def read(path):
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(100_000):
            digest.update(piece)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return None if digest.hexdigest() == digests[path] else "it has other bytes"


def read_files(paths):
    while True:
        for path in paths:
            if stopping():
                return
            attempt("files", path, lambda: read(path))
            time.sleep(0.002)


def walk():
    found = set()
    for directory, _, names in os.walk("/usr", onerror=lambda error: found.add(repr(error))):
        found.update(os.path.join(directory, name) for name in names)
    missing = [path for path in digests if path.startswith("/usr/") and path not in found]
    return f"a walk did not find {missing[:3]}" if missing else None


def import_modules():
    done = subprocess.run([sys.executable, "-B", "-c", IMPORTS], capture_output=True, text=True)
    return f"{done.returncode} {done.stderr}" if done.returncode or done.stderr else None


def repeat(kind, work):
    while not stopping():
        attempt(kind, kind, work)
        time.sleep(0.1)


paths = sorted(digests)
threads = [
    # From both ends, so that there is something new to read for as long as can be.
    threading.Thread(target=read_files, args=(paths,)),
    threading.Thread(target=read_files, args=(paths[::-1],)),
    threading.Thread(target=repeat, args=("walks", walk)),
    threading.Thread(target=repeat, args=("imports", import_modules)),
]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    with lock:
        write_report()
    time.sleep(0.05)
report["ended"] = True
write_report()
