''
import os
import socket

from . import layout as places
from .failures import Failure

FIRST, LAST = 20000, 29999


def allocate(owner, count, in_a_row=False):
    ''
    taken = []

    start = max((int(name) for name in os.listdir(places.PORTS) if name.isdigit()), default=FIRST - 1) + 1
    candidates = list(range(start, LAST + 1)) + list(range(FIRST, min(start, LAST + 1)))
    for port in candidates:
        if len(taken) == count:
            break
        if in_a_row and taken and port != taken[-1] + 1:
            release(taken)
            taken = []
        try:
            descriptor = os.open(f'{places.PORTS}/{port}', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        os.write(descriptor, f'{owner}\n'.encode())
        os.close(descriptor)
        if _is_free(port):
            taken.append(port)
        else:
            os.unlink(f'{places.PORTS}/{port}')
    if len(taken) < count:
        release(taken)
        raise Failure('no-port', f'No free port is left between {FIRST} and {LAST}.', '', 'Retire apps that are no longer needed.')
    return taken


def release(ports):
    for port in ports:
        try:
            os.unlink(f'{places.PORTS}/{port}')
        except FileNotFoundError:
            pass


def release_of(owner):
    ''
    for port in os.listdir(places.PORTS):
        try:
            with open(f'{places.PORTS}/{port}', encoding='utf-8') as file:
                ours = file.read().startswith(f'{owner} ')
        except FileNotFoundError:
            continue  # another app has just given it back
        if ours:
            release([port])


def _is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('0.0.0.0', port))
        except OSError:
            return False
    return True
