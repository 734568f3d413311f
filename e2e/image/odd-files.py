"""Makes, in one layer, what a layer may hold beside plain files: whiteouts of lower files among it."""

import os
import shutil
import stat

os.mkdir("/odd")
os.chdir("/odd")

with open("big", "wb") as file:  # more than one chunk, and a partial one
    for block in range(9 * 1024):
        file.write(block.to_bytes(4, "little") * 256)
    file.write(b"end")
with open("sparse", "wb") as file:
    file.truncate(8 << 20)
open("empty", "w").close()

with open("first-name", "w") as file:
    file.write("one file, three names")
os.mkdir("directory")
os.link("first-name", "second-name")
os.link("first-name", "directory/third-name")

os.symlink("first-name", "relative")
os.symlink("/usr/bin/python3", "absolute")
os.symlink("nowhere", "dangling")
os.symlink("x" * 1000, "long-target")
os.mkfifo("pipe", 0o640)
os.mknod("null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(259, 65000))

for name in ["Grüße", "日本語", "a b\tc", "back\\slash", "-dash", "n" * 255]:
    with open(name, "w") as file:
        file.write(name)
deep = "/".join(["deep" * 20] * 12)
os.makedirs(deep)
with open(deep + "/file", "w") as file:
    file.write("deep down")

for name, mode in [("setuid", 0o4755), ("setgid", 0o2755), ("sticky", 0o1777), ("secret", 0o000)]:
    with open(name, "w") as file:
        file.write(name)
    os.chmod(name, mode)
with open("owned", "w") as file:
    file.write("not root's")
os.chown("owned", 12345, 54321)

# cap_net_raw=ep, as ping has it (capability(7): version 2, effective, permitted bits, inheritable bits).
shutil.copy("/bin/true", "capable")
os.setxattr("capable", "security.capability", bytes.fromhex("0100000200200000" + "00" * 12))
with open("attributed", "w") as file:
    file.write("attributes")
os.setxattr("attributed", "user.sluice", b"\x00binary\xff")

for name, when in [("old", 0), ("older", -86400), ("new", 4102444800)]:
    with open(name, "w") as file:
        file.write(name)
    os.utime(name, (when, when))

# Whiteouts: a file, a directory, a link; an opaque directory; a file in the place of a directory and the reverse.
os.remove("/etc/issue.net")
shutil.rmtree("/usr/share/doc/python3")
os.remove("/etc/os-release")
shutil.rmtree("/usr/share/doc/bash")
os.mkdir("/usr/share/doc/bash")
with open("/usr/share/doc/bash/only-this", "w") as file:
    file.write("the directory below is hidden")
shutil.rmtree("/usr/share/doc/dash")
with open("/usr/share/doc/dash", "w") as file:
    file.write("was a directory")
os.remove("/etc/issue")
os.mkdir("/etc/issue")
