''
import contextlib
import os
import socket
from typing import NamedTuple

from . import doors


_REACHED = {'00000000', '0100007F', '0' * 32, '0000000000000000FFFF00000100007F'}
_ACCEPTS = 0x10000


class Port(NamedTuple):
    number: int


    variable = 'PORT'
    bind = '127.0.0.1:$PORT'

    @property
    def value(self):
        return str(self.number)

    @property
    def where(self):
        return ('127.0.0.1', self.number)

    @property
    def nginx(self):
        return f'127.0.0.1:{self.number}'

    def __str__(self):
        return f'port {self.number}'


class Socket(NamedTuple):
    path: str

    variable = 'SOCKET'
    bind = 'unix:$SOCKET'

    @property
    def value(self):
        return self.path

    @property
    def nginx(self):
        return f'unix:{self.path}'

    def __str__(self):
        return f'socket {self.path}'


def lines(service):
    ''

    return ['umask 007', 'rm -f -- "$SOCKET"'] if service['listen'] == 'socket' else []


def connects(address, layout):
    ''
    if isinstance(address, Socket):
        return doors.listens(doors.of_app(layout, address.path))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        return connection.connect_ex(address.where) == 0


def held(pids):
    ''
    inodes = _sockets(pids)
    found = set()
    for table in ('tcp', 'tcp6'):
        for words in _table(table):
            place, port = words[1].rsplit(':', 1)
            if words[3] == '0A' and words[9] in inodes and place in _REACHED:
                found.add(Port(int(port, 16)))
    for words in _table('unix'):

        if len(words) == 8 and int(words[3], 16) & _ACCEPTS and words[6] in inodes and words[7].startswith('/'):
            found.add(Socket(words[7]))
    return found


def _sockets(pids):
    inodes = set()
    for pid in pids:
        for target in _descriptors(pid):
            if target.startswith('socket:['):
                inodes.add(target[8:-1])
    return inodes


def _descriptors(pid):
    folder = f'/proc/{pid}/fd'
    try:
        found = os.listdir(folder)
    except OSError:
        return
    for descriptor in found:

        with contextlib.suppress(OSError):
            yield os.readlink(f'{folder}/{descriptor}')


def _table(name):
    try:
        with open(f'/proc/net/{name}', encoding='utf-8', errors='replace') as file:
            return [line.rstrip('\n').split(maxsplit=7 if name == 'unix' else -1) for line in list(file)[1:]]
    except OSError:
        return []
