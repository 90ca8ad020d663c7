''




import os
import socket
import stat
import struct
from typing import NamedTuple

from .processes import identity

_CREDENTIALS = struct.Struct('3i')


class Door(NamedTuple):
    path: str

    owner: int


def of_router(layout, number):
    ''
    return Door(layout.socket(number), identity(layout.router_user)[0])


def of_instance(layout, number, service, instance):
    ''
    return Door(layout.private_socket(number, service, instance), identity(layout.router_user)[0])


def of_app(layout, path):
    ''
    return Door(path, identity(layout.app_user)[0])


class Foreign(OSError):
    ''


def connect(connection, door):
    ''

    descriptor = os.open(door.path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISSOCK(status.st_mode) or status.st_uid != door.owner:
            raise Foreign(f'{door.path} is no socket of its user\'s')
        connection.connect(f'/proc/self/fd/{descriptor}')
    finally:
        os.close(descriptor)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    if _CREDENTIALS.unpack(credentials)[1] != door.owner:
        raise Foreign(f'who listens at {door.path} is another user')


def listens(door):
    ''
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connect(connection, door)
        except OSError:
            return False
    return True
