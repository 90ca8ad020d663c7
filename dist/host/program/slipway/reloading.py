''




import os
import secrets
import time

from . import files
from . import layout as places
from .processes import run


MARK = 'nginx-reload'
LIMIT = 10.0


def is_pending():
    return os.path.exists(f'{places.STATE}/{MARK}')


def lock():
    folder = f'{places.STATE}/front'
    os.makedirs(folder, exist_ok=True)
    return files.lock(f'{folder}/lock')


def expect():
    ''
    files.write(f'{places.STATE}/{MARK}', secrets.token_hex(8))


def _expected():
    try:
        with open(f'{places.STATE}/{MARK}', encoding='ascii') as file:
            return file.read()
    except FileNotFoundError:
        return None


def reload(refused, to_the_end=False):
    ''



    expected = _expected()
    if run(['/usr/bin/systemctl', 'is-active', '--quiet', 'nginx.service']).code == 0:
        workers = _workers()
        _tell(refused)
        _wait((lambda: not any(os.path.exists(f'/proc/{pid}') for pid in workers)) if to_the_end else
              (lambda: all(_is_ending(pid) for pid in workers)))

    if _expected() == expected:
        files.remove(f'{places.STATE}/{MARK}')


def _tell(refused):
    tested = run([places.NGINX, '-t'], timeout=30)
    done = run(['/usr/bin/systemctl', 'reload', 'nginx.service'], timeout=30) if tested.code == 0 else tested
    if done.code != 0:
        raise refused(done.output)


def _workers():
    master = run(['/usr/bin/systemctl', 'show', '-p', 'MainPID', '--value', 'nginx.service']).output.strip()
    try:
        with open(f'/proc/{master}/task/{master}/children', encoding='ascii') as file:
            return file.read().split()
    except OSError:
        return []


def _wait(condition):
    deadline = time.monotonic() + LIMIT
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def _is_ending(pid):
    ''
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as file:
            return b'shutting down' in file.read()
    except OSError:
        return True
