''

import time

from .. import polling
from ..failures import Failure, evidence


PATIENCE = 600.0
_MOST = 16000
_LINES = 100


def names(activation):
    return activation.facts['project']['jobs']


def title(name):
    return f'{name}: runs to its end'


def here(activation):
    ''
    return names(activation) if activation.facts.get('jobsHere') else []


def container_name(activation, name):
    return f'{activation.supervisor.project(activation.number)}-{name}-1'


def run(activation, conversation, records, actor, name, timeout):
    ''
    index = names(activation).index(name)
    records.append('task', activation.number, when='before', index=index, name=title(name), result='begun', **actor)
    conversation.progress(f'running {name}')
    began = time.monotonic()
    activation.supervisor.make([name])
    container = container_name(activation, name)
    ended = polling.wait_until(lambda: _ended(activation, container), timeout, longest=0.25)
    output = activation.logs(container, _LINES)[-_MOST:]
    code = ended['State']['ExitCode'] if ended else None
    result = 'done' if code == 0 else f'not ended within {timeout:g} s' if code is None else f'failed with {code}'
    records.append('task', activation.number, when='before', index=index, name=title(name), result=result, **actor)
    if code != 0:
        if code is None:
            activation.supervisor.stop([container], timeout)
        raise _failed(name, code, ended, time.monotonic() - began, output)
    return {'output': output}


def _ended(activation, container):
    found = activation.supervisor.containers([container]).get(container)
    return found if found is not None and found['State']['Status'] in ('exited', 'dead') else None


def await_all(activation, patience):
    ''
    for name in names(activation):
        container = container_name(activation, name)
        found = activation.supervisor.containers([container]).get(container)
        if found is not None and found['State']['Running'] and not polling.wait_until(
                lambda each=container: _ended(activation, each), patience, longest=0.5):
            return name
    return None


def _failed(name, code, ended, took, output):
    memory = ended is not None and ended['State'].get('OOMKilled')
    how = f'did not end within {took:.0f} s' if code is None else 'was killed because memory ran out' if memory else f'ended with exit code {code}'
    return Failure('task-failed', f'{name} {how}.', 'Others wait for it to end with 0 (service_completed_successfully). Nothing was switched. '
                   'What it had done already stays done.', 'Read its output below, correct it, and tag again.', [evidence(f'{name}: output', output)])
