"""nginx of the host is told that its files have changed. That is done only where names change hands between sites and apps.

Whoever changes what nginx reads holds one lock from before the change until nginx was told: programs of several apps, and setup-vm
(`put_front` of setup/front.sh, with flock). Or one would take away the mark of what another has changed meanwhile.
"""
import os
import secrets
import time

from . import files
from . import layout as places
from .processes import run

# Stays from before a file is changed until nginx has read it, so that whoever dies in between is made good by the next.
MARK = 'nginx-reload'
LIMIT = 10.0


def is_pending():
    return os.path.exists(f'{places.STATE}/{MARK}')


def lock():
    folder = f'{places.STATE}/front'
    os.makedirs(folder, exist_ok=True)
    return files.lock(f'{folder}/lock')


def expect():
    """To be called under the lock, before the files are changed."""
    files.write(f'{places.STATE}/{MARK}', secrets.token_hex(8))


def _expected():
    try:
        with open(f'{places.STATE}/{MARK}', encoding='ascii') as file:
            return file.read()
    except FileNotFoundError:
        return None


def reload(refused, to_the_end=False):
    """Under the lock. Waits until no connection is taken by the configuration before; `to_the_end`: until no request is left of it either.

    `refused` makes a Failure of what nginx says against its files; then it goes on with those that it has.
    """
    expected = _expected()
    if run(['/usr/bin/systemctl', 'is-active', '--quiet', 'nginx.service']).code == 0:
        workers = _workers()
        _tell(refused)
        _wait((lambda: not any(os.path.exists(f'/proc/{pid}') for pid in workers)) if to_the_end else
              (lambda: all(_is_ending(pid) for pid in workers)))
    # Not that of who came meanwhile all the same, a version that knows of no lock: nginx may have read its files before.
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
    """Has a worker of nginx stopped taking connections? It says so in its title."""
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as file:
            return b'shutting down' in file.read()
    except OSError:
        return True
