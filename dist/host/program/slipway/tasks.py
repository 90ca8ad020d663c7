''

import time

from . import fields, files, given, hooks, sandbox, shellwords
from .failures import Failure
from .processes import identity, run

WHEN = ('before', 'after')

_FACTS = {'before': 'tasks', 'after': 'after'}
_LINES = 100
_MOST = 16000


def names(activation, when):
    ''
    return [f'{service["name"]}: {hooks.line(hook)}' for service, hook in _pairs(activation, when)]


def _pairs(activation, when):
    return [(service, hook) for service in activation.services() for hook in service[when]]


def kept(activation, when):
    ''
    return activation.facts.get(_FACTS[when], [])


def facts(before, after):
    ''
    return {_FACTS['before']: before, _FACTS['after']: after}


def units_of(activation):
    ''
    return [(name, activation.layout.task_unit(activation.number, when, index))
            for when in WHEN for index, name in enumerate(kept(activation, when))]


def pending(records, serving):
    ''
    results = records.tasks_of(serving.number)
    return [{'index': index, 'name': name} for index, name in enumerate(kept(serving, 'after'))
            if results.get(('after', index)) != 'done']


def unfinished(records, number, serving):
    ''
    results = records.tasks_of(number)
    begun = [name for (when, _), (name, result) in records.tasks.get(number, {}).items() if when == 'before' and result == 'begun']
    lines = [f' {name} (`before`) had begun, and how it ended is not known: a deploy runs it again.' for name in begun]
    if serving is not None and serving.number == number:
        for item in pending(records, serving):
            result = results.get(('after', item['index']))
            known = {None: 'had not begun', 'begun': 'had begun, and how it ended is not known'}.get(result, f'had {result}')
            lines.append(f' {item["name"]} (`after`) {known}: deploying {serving.facts["version"]} again runs it.')
    return ''.join(lines)


def run_task(layout, records, new, when, index, timeout, actor):
    ''
    if index >= len(kept(new, when)):
        fields.refuse('index', index)
    name = kept(new, when)[index]
    service, hook = _pairs(new, when)[index]
    seconds, _ = hooks.limit(hook, timeout)
    unit = layout.task_unit(new.number, when, index)
    script = f'{layout.activation(new.number)}/task.{when}.{index}'
    text = shellwords.start_script(hooks.line(hook), service['path'], given.lines(service))
    files.write(script, text, mode=0o640, owner=(0, identity(layout.app_user)[1]))
    records.append('task', new.number, when=when, index=index, name=name, result='begun', **actor)
    settings = [
        f'WorkingDirectory={layout.release(new.facts["releaseId"])}/src',
        f'EnvironmentFile={layout.activation(new.number)}/{service["name"]}.1.env',
        *hooks.settings(seconds), *given.settings(layout, new.number, service)]
    since, began = int(time.time()), time.monotonic()
    done = run(['/usr/bin/systemd-run', '--quiet', '--wait', '--collect', f'--unit={unit}',
                *sandbox.options([*new.sandbox(service), *settings]), '/bin/sh', script],
               timeout=seconds + hooks.GRACE + 20)
    late = done.code != 0 and time.monotonic() - began >= seconds
    output = new.redact(_said(unit, since))[-_MOST:]
    result = 'done' if done.code == 0 else f'not ended within {seconds:g} s' if late else f'failed with {done.code}'
    records.append('task', new.number, when=when, index=index, name=name, result=result, **actor)
    if done.code != 0:
        raise _failure(new, name, when, hook, timeout, None if late else done.code, output)
    return {'output': output}


def _failure(new, name, when, hook, timeout, how, output):
    version = new.facts['version']
    if when == 'before':
        return hooks.failed('task', name, when, hook, timeout, how, output, 'Nothing was switched. What it had done already stays done.',
                            'tag again.')
    return hooks.failed('after', name, when, hook, timeout, how, output, f'{version} serves, and stays: nothing is undone for `after`.',
                        f'tag again; or deploy {version} again, which runs it again and nothing else.')


def _said(unit, since):
    ''
    run(['/usr/bin/journalctl', '--sync'], timeout=20)
    return run(['/usr/bin/journalctl', '--no-pager', '-q', '-o', 'cat', f'_SYSTEMD_UNIT={unit}', f'--since=@{since}',
                f'--lines={_LINES}'], timeout=20).output


def still_running(name, unit, by='systemctl stop'):
    return Failure('task-running', f'A task of a dead run is still running: {name}', '',
                   f'Wait for it, or end it on the host: {by} {unit}; then deploy again.')
