"""What we tell systemd, and what it tells of its units. What a unit holds is known where its text is made."""
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
    # A unit that systemd has never seen needs no daemon-reload.
    files.write(f'{places.UNITS}/{name}', text, durable=False)


def enable(names):
    os.makedirs(places.WANTS, exist_ok=True)
    for name in names:
        files.point(f'{places.WANTS}/{name}', f'../{name}')


def start(names):
    """Queues the start of all of them; `look` tells how it went."""
    return run([SYSTEMCTL, 'start', '--no-block', *names], timeout=60)


def stop(names, timeout=120):
    """Stops them all; `timeout` has to be longer than the time that each is given to end."""
    return run([SYSTEMCTL, 'stop', *names], timeout=timeout) if names else None


def disable(names):
    for name in names:
        files.remove(f'{places.WANTS}/{name}')


def kill(name, signal):
    return run([SYSTEMCTL, 'kill', '--kill-who=main', f'--signal={signal}', name])


def look(names):
    """{name: State} of each unit that systemd knows."""
    output = run([SYSTEMCTL, 'show', f'--property={",".join(_SHOWN)}', *names]).output if names else ''
    seen = {}
    for block in output.strip().split('\n\n'):
        facts = dict(line.split('=', 1) for line in block.splitlines() if '=' in line)
        if 'Id' in facts:
            seen[facts['Id']] = as_state(facts)
    return seen


def as_state(facts):
    """The State that systemd's properties of a unit come to."""
    active, sub = facts.get('ActiveState', ''), facts.get('SubState', '')
    phase = _PHASES.get(active, state.ABSENT)
    if sub in ('auto-restart', 'auto-restart-queued'):
        phase = state.RESTARTING
    # Of its main process: 1 exited, 2 killed, 3 dumped core, 0 has not ended yet.
    code, status = facts.get('ExecMainCode', '0'), int(facts.get('ExecMainStatus') or 0)
    return State(phase, int(facts.get('NRestarts') or 0), status if code == '1' else None, status if code in ('2', '3') else None,
                 facts.get('Result') == 'oom-kill', tuple(pids(facts.get('ControlGroup', ''))), f'{active}/{sub}',
                 facts.get('Result') == 'timeout', _short_of_tasks(facts.get('ControlGroup', '')))


def pids(cgroup):
    """Processes of a unit, on cgroup v2 and v1."""
    for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'):
        try:
            with open(f'{root}{cgroup}/cgroup.procs', encoding='ascii') as file:
                return [int(line) for line in file] if cgroup else []
        except OSError:
            continue
    return []


def _short_of_tasks(cgroup):
    """Has the kernel refused it a process or a thread? On cgroup v2 and v1."""
    for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/pids'):
        try:
            with open(f'{root}{cgroup}/pids.events', encoding='ascii') as file:
                return bool(cgroup) and any(line.startswith('max ') and line.split()[1] != '0' for line in file)
        except OSError:
            continue
    return False


def runs(name):
    """Has it processes? Asked of the kernel, which costs nothing; a unit between two attempts has none."""
    return bool(processes(name))


def processes(name):
    """Numbers of a unit's processes."""
    return pids(f'{top_group()}/system.slice/{name}')


def top_group(init='/proc/1/cgroup'):
    """The group in which systemd makes all others: '' on a machine; in a container that sees the groups around it, its own."""
    with open(init, encoding='ascii', errors='replace') as file:
        rows = [line.rstrip('\n').split(':', 2) for line in file]
    paths = [path for _, kinds, path in rows if kinds in ('', 'name=systemd') and path.endswith('/init.scope')]
    return paths[0].removesuffix('/init.scope') if paths else ''


def logs(name, lines=60):
    return run(['/usr/bin/journalctl', '--no-pager', '-q', '-o', 'cat', f'--unit={name}', f'--lines={lines}'], timeout=20).output


def remove(names):
    """Forgets units that are stopped."""
    for name in names:
        files.remove(f'{places.WANTS}/{name}')
        files.remove(f'{places.UNITS}/{name}')
    if not names:
        return
    run([SYSTEMCTL, 'reset-failed', *names])
    # One that came up with the host is still wished for by the target of its boot, as systemd read it then: it would be kept, and tried again.
    # But what somebody runs meanwhile by `slipway run` loses with it what it may write to, in which it tells how it ended.
    if not glob.glob(f'{_TRANSIENT}/slipway-run.*') and run([SYSTEMCTL, 'list-units', '--all', '--plain', '--no-legend', *names]).output.strip():
        run([SYSTEMCTL, 'daemon-reload'], timeout=60)


def wait_stopped(name, timeout):
    """Waits until a unit has no process any more; False when time runs out. The kernel tells when it is worth asking systemd."""
    deadline = time.monotonic() + timeout
    polling.wait_until(lambda: not runs(name), timeout, longest=0.02)
    return wait_over(look, name, max(0.0, deadline - time.monotonic()))


def wait_over(look_at, name, timeout):
    """The same for whatever `look_at([name])` tells of."""
    return bool(polling.wait_until(lambda: look_at([name]).get(name, State()).is_over(), timeout, pause=0.05))
