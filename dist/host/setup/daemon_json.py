"""What Docker's daemon.json is to say beside what it says already. A part of setup.sh, run by the host's own Python.

daemon_json.py plan PATH [KEY=WHY…]   lines of tab-separated fields: adds TEXT, keeps TEXT, restart yes
daemon_json.py text PATH [KEY=WHY…]   the whole file as it is to be

A KEY is one that is not ours to set, and WHY says who decides instead. A file that Docker would not read ends it with 3, and a
line that says where.
"""

import json
import re
import sys

ROTATION = {'max-size': '10m', 'max-file': '3'}


class Unreadable(Exception):
    """Docker would not start with this file."""


def read(path):
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read()
    except FileNotFoundError:
        return '', {}
    except UnicodeDecodeError as error:
        raise Unreadable(f'{path} is no text in UTF-8: byte {error.start}') from None
    if not text.strip():
        return text, {}
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f'{path}, line {error.lineno}, column {error.colno}: {error.msg}') from None
    if not isinstance(settings, dict):
        raise Unreadable(f'{path} is no object: it has to begin with {{')
    for key, kind, words in (('log-driver', str, 'a text'), ('log-opts', dict, 'an object'), ('live-restore', bool, 'true or false')):
        if key in settings and not isinstance(settings[key], kind):
            raise Unreadable(f'{path}: {key} has to be {words}')
    return text, settings


def rotation(settings, fixed):
    """What to add for logs that do not grow without end, and the words for it: (additions, adds, keeps)."""
    driver = settings.get('log-driver')
    decided = fixed.get('log-driver') or fixed.get('log-opts')
    if decided:
        return {}, '', f'logs as {decided} says'
    if driver == 'local':
        return {}, '', 'logs go to local, which rotates them'
    if driver not in (None, 'json-file'):
        return {}, '', f'logs go to {driver}, as it says there'
    options = settings.get('log-opts', {})
    if 'max-size' in options:
        return {}, '', ''
    added = {'log-driver': 'json-file', 'log-opts': {**options, **{key: options.get(key, value) for key, value in ROTATION.items()}}}
    return added, 'log rotation (3 files of 10 MB a container)', ''


def survival(settings, fixed):
    """The same for containers that outlive a restart of dockerd."""
    decided = fixed.get('live-restore')
    if decided:
        return {}, '', f'live-restore is up to {decided}'
    if settings.get('live-restore') is False:
        return {}, '', 'live-restore is off, as it says there: a restart of Docker stops its containers'
    if 'live-restore' in settings:
        return {}, '', ''
    return {'live-restore': True}, 'live-restore', ''


def written(text, settings):
    indent = re.search(r'^([ \t]+)"', text, re.MULTILINE)
    return json.dumps(settings, indent=indent[1] if indent else 2, ensure_ascii=False) + '\n'


def main(verb, path, *given):
    fixed = dict(entry.split('=', 1) for entry in given)
    text, settings = read(path)
    of_logs, of_survival = rotation(settings, fixed), survival(settings, fixed)
    if verb == 'text':
        sys.stdout.write(written(text, {**settings, **of_logs[0], **of_survival[0]}))
        return
    for index, word in ((1, 'adds'), (2, 'keeps')):
        said = ' and '.join(part[index] for part in (of_logs, of_survival) if part[index])
        if said:
            print(f'{word}\t{said}')
    if of_logs[0]:
        print('restart\tyes')


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except Unreadable as unreadable:
        print(unreadable)
        sys.exit(3)
