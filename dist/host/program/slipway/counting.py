"""How many requests a router has answered by 5xx, and how many it turned away in maintenance: a byte for each.

They lie in memory that the router's unit alone sees, for on a disk they would grow as long as the activation lives. Each count has
a piece of its own, so that a long maintenance leaves room for the errors after it; when it is full nothing more is counted. They begin
anew with each start of the router, as nginx's own count of requests does, so that the two can be compared. The router tells how many
there are itself: root opens nothing where it may write.
"""
import os

from . import asking, doors
from .router import PROBE

MOST = 1 << 20
ERRORS, TURNED_AWAY = 'errors', 'turned-away'


def folder(layout, number):
    return f'{layout.activation(number)}/counted'


def make(layout, number):
    """The places for it, before the router is started."""
    for what in (ERRORS, TURNED_AWAY):
        os.makedirs(_place(layout, number, what), exist_ok=True)


def mounts(layout, number):
    """Lines of the router's unit."""
    return ''.join(f'TemporaryFileSystem={_place(layout, number, what)}:size={MOST},nr_inodes=16,mode=1777\n'
                   for what in (ERRORS, TURNED_AWAY))


def _place(layout, number, what):
    return f'{folder(layout, number)}/{what}'


def file(layout, number, what):
    return f'{_place(layout, number, what)}/count'


def log(layout, number, what):
    """What nginx writes into it for each request: the end of an empty line."""
    return f'access_log {file(layout, number, what)} counted'


def locations(layout, number, token):
    return ''.join(f'    location = {PROBE}/{token}/{what} {{ types {{ }} default_type text/plain; alias {file(layout, number, what)}; }}\n'
                   for what in (ERRORS, TURNED_AWAY))


def counted(activation, what):
    """How many there were; at MOST it may be more. 0 when the router does not tell."""
    if not os.path.isdir(folder(activation.layout, activation.number)):
        # A router of an earlier version would ask the app instead.
        return 0
    try:
        status, body = ask(activation, f'/{what}', limit=MOST + 4096)
    except asking.NoAnswer:
        return 0
    return len(body) if status == 200 and not body.strip('\n') else 0


def ask(activation, path, limit=4096):
    """A question to the router itself, below what only we know the name of."""
    door = doors.of_router(activation.layout, activation.number)
    return asking.ask(door, f'{PROBE}/{activation.facts["token"]}{path}', 'localhost', limit=limit)


def words(number):
    return f'at least {number}' if number >= MOST else str(number)
