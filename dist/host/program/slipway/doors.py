"""Connects to Unix sockets that lie where another user may write: a router's, an app's.

Whoever writes there can put anything in a socket's place, a link to one of root's own for instance. So what lies there has to be
a socket of that user's, and what listens behind it a process of that user's, before it is sent anything.
"""
import os
import socket
import stat
import struct
from typing import NamedTuple

from .processes import identity

_CREDENTIALS = struct.Struct('3i')


class Door(NamedTuple):
    path: str
    # The user id of who may have made it.
    owner: int


def of_router(layout, number):
    """Where an activation's router takes what users ask."""
    return Door(layout.socket(number), identity(layout.router_user)[0])


def of_instance(layout, number, service, instance):
    """Where it leads to one instance alone."""
    return Door(layout.private_socket(number, service, instance), identity(layout.router_user)[0])


def of_app(layout, path):
    """Where an instance has made its own socket."""
    return Door(path, identity(layout.app_user)[0])


class Foreign(OSError):
    """What lies there, or who answers there, is not that user's."""


def connect(connection, door):
    """Connects; an OSError when there is nothing, or nothing that may be spoken to."""
    # The very file that is looked at is connected to: no link that takes its place is followed.
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
    """Does anybody take connections there? Nothing is said to him."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connect(connection, door)
        except OSError:
            return False
    return True
