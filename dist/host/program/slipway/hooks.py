''
from .failures import Failure, evidence
from .last_words import last_words


GRACE = 10

MOST_NAME = 300


def line(hook):
    return hook if isinstance(hook, str) else hook['run']


def limit(hook, default):
    ''
    own = None if isinstance(hook, str) else hook['timeout']
    return (default, False) if own is None else (own, True)


def settings(seconds):
    ''
    return [f'RuntimeMaxSec={max(1, round(seconds * 1000))}ms', f'TimeoutStopSec={GRACE}', 'KillMode=control-group']


def failed(code, name, when, hook, default, how, output, why, cure):
    ''
    seconds, own = limit(hook, default)
    name = name[:MOST_NAME]
    said = last_words(output, '')
    words = f' Its last words: {said}' if said else ''
    texts = [evidence(name, output or '(no output)')]
    if how is not None:
        return Failure(f'{code}-failed', f'{name} ended with {how}{": " if said else "."}{said}', why,
                       f'Correct what its output below says, and {cure}', texts)
    longer = f'`{when}: [{{ run: …, timeout: {_longer(seconds)} }}]`'
    raised = '' if own else f', with `rollout: {{ timeout: … }}` above it (it is {seconds:g} s)'
    return Failure(f'{code}-too-slow', f'{name} was not done within {seconds:g} s, and was ended with all of its processes.{words}',
                   f'That is {"its own limit" if own else "the limit of the whole rollout, for it has none of its own"}. {why}'.strip(),
                   f'See below what it waited for. If it only needs longer, write {longer}{raised} in slipway.yml, and {cure}', texts)


def _longer(seconds):
    minutes = max(1, round(seconds * 2 / 60))
    return f'{minutes}m'
