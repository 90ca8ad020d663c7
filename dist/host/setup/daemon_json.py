''








import json
import re
import sys

ROTATION = {'max-size': '10m', 'max-file': '3'}


class Unreadable(Exception):
    ''


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
    ''
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
    ''
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
