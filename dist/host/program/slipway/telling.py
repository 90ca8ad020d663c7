"""What is told later, to whoever looks next, of something that ended while nobody listened."""
import json

from . import files


def who(actor):
    return f'a run of {actor.get("by") or "somebody"}{" (" + actor["run"] + ")" if actor.get("run") else ""}'


def went_back(whose, number, start):
    serves = 'nothing serves, as before' if start is None else f'activation {start} serves again'
    return f'{whose} ended during its cut-over to activation {number}: it was not proven, {serves}.'


def leave_word(layout, line):
    told = files.read_json(f'{layout.run}/settled.json') or []
    files.write(f'{layout.run}/settled.json', json.dumps([*told, line]), mode=0o600)


def take_words(layout):
    """What was left since somebody last looked."""
    lines = files.read_json(f'{layout.run}/settled.json') or []
    files.remove(f'{layout.run}/settled.json')
    return lines
