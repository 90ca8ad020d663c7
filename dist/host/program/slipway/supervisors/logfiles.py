''
import grp
import os
import re

from .. import files

FOLDER = '/var/log/slipway'
BYTES, OLDER = 10_000_000, 2
_NAME = re.compile(r'([0-9]+)\.[a-z0-9-]+\.[0-9]+\.log(?:\.[0-9]+)?\Z')
_TAIL = 1 << 18


def path(layout, number, service, instance):
    return f'{FOLDER}/{layout.app}/{number}.{service}.{instance}.log'


def prepare(layout):
    ''
    for folder in (FOLDER, f'{FOLDER}/{layout.app}'):
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, 0, _readers())
        os.chmod(folder, 0o750)


def _readers():
    try:
        return grp.getgrnam('adm').gr_gid
    except KeyError:
        return 0


def last_lines(file, lines):
    ''
    text = b''
    for place in (file, f'{file}.1'):
        text = _tail(place) + text
        if text.count(b'\n') >= lines:
            break
    return '\n'.join(text.decode('utf-8', 'replace').splitlines()[-lines:])


def _tail(place):
    try:
        with open(place, 'rb') as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return file.read()
    except FileNotFoundError:
        return b''


def prune(layout, staying):
    ''
    try:
        names = os.listdir(f'{FOLDER}/{layout.app}')
    except FileNotFoundError:
        return
    for name in names:
        found = _NAME.match(name)
        if found and int(found.group(1)) not in staying:
            files.remove(f'{FOLDER}/{layout.app}/{name}')
