''






import os

from . import asking, doors
from .router import PROBE

MOST = 1 << 20
ERRORS, TURNED_AWAY = 'errors', 'turned-away'


def folder(layout, number):
    return f'{layout.activation(number)}/counted'


def make(layout, number):
    ''
    for what in (ERRORS, TURNED_AWAY):
        os.makedirs(_place(layout, number, what), exist_ok=True)


def mounts(layout, number):
    ''
    return ''.join(f'TemporaryFileSystem={_place(layout, number, what)}:size={MOST},nr_inodes=16,mode=1777\n'
                   for what in (ERRORS, TURNED_AWAY))


def _place(layout, number, what):
    return f'{folder(layout, number)}/{what}'


def file(layout, number, what):
    return f'{_place(layout, number, what)}/count'


def log(layout, number, what):
    ''
    return f'access_log {file(layout, number, what)} counted'


def locations(layout, number, token):
    return ''.join(f'    location = {PROBE}/{token}/{what} {{ types {{ }} default_type text/plain; alias {file(layout, number, what)}; }}\n'
                   for what in (ERRORS, TURNED_AWAY))


def counted(activation, what):
    ''
    if not os.path.isdir(folder(activation.layout, activation.number)):

        return 0
    try:
        status, body = ask(activation, f'/{what}', limit=MOST + 4096)
    except asking.NoAnswer:
        return 0
    return len(body) if status == 200 and not body.strip('\n') else 0


def ask(activation, path, limit=4096):
    ''
    door = doors.of_router(activation.layout, activation.number)
    return asking.ask(door, f'{PROBE}/{activation.facts["token"]}{path}', 'localhost', limit=limit)


def words(number):
    return f'at least {number}' if number >= MOST else str(number)
