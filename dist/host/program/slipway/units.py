''
import glob
import os
import time

from . import files, polling, state
from . import layout as places
from .processes import run
from .state import State

SYSTEMCTL = '/usr/bin/systemctl'
_TRANSIENT = '/run/systemd/transient'
_SHOWN = ('Id', 'ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'ExecMainCode', 'NRestarts', 'MainPID', 'ControlGroup')
_PHASES = {'active': state.UP, 'reloading': state.UP, 'activating': state.STARTING, 'deactivating': state.STOPPING,
           'failed': state.FAILED, 'inactive': state.STOPPED}


def write(name, text):

    files.write(f'{places.UNITS}/{name}', text, durable=False)


def enable(names):
    os.makedirs(places.WANTS, exist_ok=True)
    for name in names:
        files.point(f'{places.WANTS}/{name}', f'../{name}')


def start(names):
    ''
    return run([SYSTEMCTL, 'start', '--no-block', *names], timeout=60)


def stop(names, timeout=120):
    ''
    return run([SYSTEMCTL, 'stop', *names], timeout=timeout) if names else None


def disable(names):
    for name in names:
        files.remove(f'{places.WANTS}/{name}')


def kill(name, signal):
    return run([SYSTEMCTL, 'kill', '--kill-who=main', f'--signal={signal}', name])


def look(names):
    ''
    output = run([SYSTEMCTL, 'show', f'--property={",".join(_SHOWN)}', *names]).output if names else ''
    seen = {}
    for block in output.strip().split('\n\n'):
        facts = dict(line.split('=', 1) for line in block.splitlines() if '=' in line)
        if 'Id' in facts:
            seen[facts['Id']] = as_state(facts)
    return seen


def as_state(facts):
    ''
    active, sub = facts.get('ActiveState', ''), facts.get('SubState', '')
    phase = _PHASES.get(active, state.ABSENT)
    if sub in ('auto-restart', 'auto-restart-queued'):
        phase = state.RESTARTING

    code, status = facts.get('ExecMainCode', '0'), int(facts.get('ExecMainStatus') or 0)
    return State(phase, int(facts.get('NRestarts') or 0), status if code == '1' else None, status if code in ('2', '3') else None,
                 facts.get('Result') == 'oom-kill', tuple(pids(facts.get('ControlGroup', ''))), f'{active}/{sub}',
                 facts.get('Result') == 'timeout', _short_of_tasks(facts.get('ControlGroup', '')))


def pids(cgroup):
    ''
    for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'):
        try:
            with open(f'{root}{cgroup}/cgroup.procs', encoding='ascii') as file:
                return [int(line) for line in file] if cgroup else []
        except OSError:
            continue
    return []


def _short_of_tasks(cgroup):
    ''
    for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/pids'):
        try:
            with open(f'{root}{cgroup}/pids.events', encoding='ascii') as file:
                return bool(cgroup) and any(line.startswith('max ') and line.split()[1] != '0' for line in file)
        except OSError:
            continue
    return False


def runs(name):
    ''
    return bool(processes(name))


def processes(name):
    ''
    return pids(f'{top_group()}/system.slice/{name}')


def top_group(init='/proc/1/cgroup'):
    ''
    with open(init, encoding='ascii', errors='replace') as file:
        rows = [line.rstrip('\n').split(':', 2) for line in file]
    paths = [path for _, kinds, path in rows if kinds in ('', 'name=systemd') and path.endswith('/init.scope')]
    return paths[0].removesuffix('/init.scope') if paths else ''


def logs(name, lines=60):
    return run(['/usr/bin/journalctl', '--no-pager', '-q', '-o', 'cat', f'--unit={name}', f'--lines={lines}'], timeout=20).output


def remove(names):
    ''
    for name in names:
        files.remove(f'{places.WANTS}/{name}')
        files.remove(f'{places.UNITS}/{name}')
    if not names:
        return
    run([SYSTEMCTL, 'reset-failed', *names])


    if not glob.glob(f'{_TRANSIENT}/slipway-run.*') and run([SYSTEMCTL, 'list-units', '--all', '--plain', '--no-legend', *names]).output.strip():
        run([SYSTEMCTL, 'daemon-reload'], timeout=60)


def wait_stopped(name, timeout):
    ''
    deadline = time.monotonic() + timeout
    polling.wait_until(lambda: not runs(name), timeout, longest=0.02)
    return wait_over(look, name, max(0.0, deadline - time.monotonic()))


def wait_over(look_at, name, timeout):
    ''
    return bool(polling.wait_until(lambda: look_at([name]).get(name, State()).is_over(), timeout, pause=0.05))
