''
import json
import sys

from . import files


def who(actor):
    return f'a run of {actor.get("by") or "somebody"}{" (" + actor["run"] + ")" if actor.get("run") else ""}'


def went_back(whose, number, start):
    serves = 'nothing serves, as before' if start is None else f'activation {start} serves again'
    return f'{whose} ended during its cut-over to activation {number}: it was not proven, {serves}.'


def leave_word(layout, line):
    ''
    told = files.read_json(f'{layout.run}/settled.json') or []
    try:
        files.write(f'{layout.run}/settled.json', json.dumps([*told, line]), mode=0o600)
    except OSError as error:
        print(f'slipway: {line} (not kept for the next run: {error})', file=sys.stderr)


def take_words(layout):
    ''
    lines = files.read_json(f'{layout.run}/settled.json') or []
    files.remove(f'{layout.run}/settled.json')
    return lines
