"""Ports of services: outside the range that the kernel hands out by itself, and recorded, host-wide, one file each."""
import os
import socket

from . import layout as places
from .failures import Failure

FIRST, LAST = 20000, 29999
# As /proc writes 0.0.0.0, 127.0.0.1, ::, and ::ffff:127.0.0.1 on little-endian machines.
_REACHED = {'00000000', '0100007F', '0' * 32, '0000000000000000FFFF00000100007F'}


def allocate(owner, count):
    """Takes `count` free ports; `owner` is what their record says."""
    taken = []
    # Where another activation stops the next begins, so that a port just given back is not reused at once.
    start = max((int(name) for name in os.listdir(places.PORTS) if name.isdigit()), default=FIRST - 1) + 1
    candidates = list(range(start, LAST + 1)) + list(range(FIRST, min(start, LAST + 1)))
    for port in candidates:
        if len(taken) == count:
            break
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


def _is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('0.0.0.0', port))
        except OSError:
            return False
    return True


def listening(pids):
    """[(port, pid)] on which the processes listen so that 127.0.0.1 leads to them, by /proc alone."""
    inodes = {}
    for pid in pids:
        try:
            for descriptor in os.listdir(f'/proc/{pid}/fd'):
                target = os.readlink(f'/proc/{pid}/fd/{descriptor}')
                if target.startswith('socket:['):
                    inodes[target[8:-1]] = pid
        except OSError:
            continue
    found = []
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        try:
            with open(table, encoding='ascii') as file:
                for line in list(file)[1:]:
                    words = line.split()
                    address, port = words[1].rsplit(':', 1)
                    if words[3] == '0A' and words[9] in inodes and address in _REACHED:
                        found.append((int(port, 16), inodes[words[9]]))
        except OSError:
            pass
    return sorted(set(found))
