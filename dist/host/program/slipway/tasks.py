"""`before` commands: units of their own that outlive the session, recorded before and after. At least once, never torn off."""
from . import fields, files, shellwords, units
from .failures import Failure, evidence
from .processes import identity, run


def names(activation):
    """What can be run once, in order."""
    return [f'{service["name"]}: {command}' for service, command in _pairs(activation)]


def _pairs(activation):
    return [(service, command) for service in activation.services() for command in service['before']]


def run_task(layout, records, new, index, timeout, actor):
    """{output}; a Failure with what it said when it does not end with 0."""
    if index >= len(new.facts['tasks']):
        fields.refuse('index', index)
    name = new.facts['tasks'][index]
    service, command = _pairs(new)[index]
    unit = layout.task_unit(new.number, index)
    script = f'{layout.activation(new.number)}/task.{index}'
    files.write(script, shellwords.start_script(command, service['path']), mode=0o640, owner=(0, identity(layout.app_user)[1]))
    records.append('task', new.number, name=name, result='begun', **actor)
    done = run(['/usr/bin/systemd-run', '--quiet', '--wait', '--collect', f'--unit={unit}', f'--uid={layout.app_user}',
                f'--gid={layout.app_user}', '--property=NoNewPrivileges=yes', '--property=PrivateTmp=yes',
                '--property=ProtectSystem=full', f'--property=WorkingDirectory={layout.release(new.facts["releaseId"])}/src',
                f'--property=RuntimeMaxSec={timeout}',
                f'--property=EnvironmentFile={layout.activation(new.number)}/{service["name"]}.1.env',
                '/bin/sh', script], timeout=timeout + 10)
    output = new.redact(units.logs(unit, 100))
    records.append('task', new.number, name=name, result='done' if done.code == 0 else f'failed {done.code}', **actor)
    if done.code != 0:
        raise Failure('task-failed', f'{name} ended with {done.code}.', 'Nothing was switched.',
                      'Correct what its output below says, and tag again. What it had done already stays done.',
                      [evidence(name, output)])
    return {'output': output}
