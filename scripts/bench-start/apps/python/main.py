"""A service with a hundred modules: the web, the database, numbers, XML, templates, cryptography."""

import importlib

print("started", flush=True)

MODULES = """
abc argparse array ast asyncio base64 binascii bisect bz2 calendar cmath cmd code codecs collections
concurrent.futures configparser contextlib copy csv ctypes dataclasses datetime decimal difflib dis email.message
email.mime.multipart email.parser enum fileinput fnmatch fractions ftplib functools getpass gettext glob gzip hashlib
heapq hmac html.parser http.client http.cookiejar http.server imaplib importlib.metadata inspect io ipaddress itertools
json keyword linecache locale logging.config logging.handlers lzma mailbox mimetypes multiprocessing.pool numbers
operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib pprint profile pstats queue
random sched secrets selectors shelve shlex shutil smtplib socketserver sqlite3 ssl statistics string subprocess
sysconfig tarfile tempfile textwrap threading timeit tokenize traceback tracemalloc types typing unittest.mock
urllib.request uuid wave weakref wsgiref.simple_server xml.dom.minidom xml.etree.ElementTree xml.sax xmlrpc.client
zipapp zipfile zoneinfo
cryptography.fernet cryptography.x509 jinja2 lxml.etree lxml.html numpy numpy.fft numpy.linalg numpy.random requests
sqlalchemy sqlalchemy.dialects.postgresql sqlalchemy.orm yaml
""".split()

for module in MODULES:
    importlib.import_module(module)

print(f"ready: {len(MODULES)} modules", flush=True)
