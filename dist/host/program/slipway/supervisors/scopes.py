''



import json
import os
import signal
import time

from .. import files, given, sandbox, units
from .. import layout as places
from ..processes import run

BUSCTL = '/usr/bin/busctl'
LAUNCH = (places.PYTHON, '-I', '-S', '/usr/local/lib/slipway/host/launch.py')


def launched(definition):
    ''

    layout, number, service = definition.layout, definition.number, definition.service
    name = layout.process(number, service['name'], definition.instance)
    return {
        'scope': f'{name}.scope',
        'slice': memory_slice(layout, number, service, definition.instance) if service['memory'] else None,
        'memory': service['memory'], 'tasks': service['tasks'], 'user': layout.app_user,
        'secrets': given.stored(layout, number, service), 'environment': definition.environment,
        'devices': service['sandbox']['devices'], 'script': definition.script, 'source': definition.source,

        'writable': sandbox.writable(definition.sandbox),
        'signal': service['stop']['signal'], 'timeout': service['stop']['timeout'], 'simple': definition.simple}


def memory_slice(layout, number, service, instance):
    ''
    return f'slipway_{layout.app}.{number}.{service["name"]}.{instance}.slice'.replace('-', '_')


def write_launched(definition):
    files.write(f'{definition.folder}/{definition.service["name"]}.{definition.instance}.launch',
                json.dumps(launched(definition)), mode=0o600)


def command(definition):
    ''
    return ' '.join([*LAUNCH, definition.folder, definition.service['name'], str(definition.instance)])


def enter(facts, pid):
    ''
    aside = []
    if facts['memory']:
        _transient(facts['slice'], ['MemoryMax', 't', str(facts['memory'])])
        aside += ['Slice', 's', facts['slice']]
    if facts['tasks']:
        aside += ['TasksMax', 't', str(facts['tasks'])]
    _transient(facts['scope'], [
        'PIDs', 'au', '1', str(pid), 'CollectMode', 's', 'inactive-or-failed',

        'KillSignal', 'i', str(int(signal.Signals[facts['signal']])), 'TimeoutStopUSec', 't', str(_microseconds(facts)), *aside])
    deadline = time.monotonic() + 10
    while True:
        cgroup = _cgroup_of(pid, facts['scope'])
        if cgroup:
            return cgroup
        if time.monotonic() > deadline:
            raise OSError(f'systemd did not take this process into {facts["scope"]}')
        time.sleep(0.002)


def _microseconds(facts):
    return max(1_000_000, round(facts['timeout'] * 1_000_000))


def _transient(name, properties):
    argv = [BUSCTL, '--system', '--quiet', 'call', 'org.freedesktop.systemd1', '/org/freedesktop/systemd1',
            'org.freedesktop.systemd1.Manager', 'StartTransientUnit', 'ssa(sv)a(sa(sv))', name, 'fail',
            str(_count(properties)), *properties, '0']
    deadline = time.monotonic() + 5
    while True:
        done = run(argv, timeout=30)
        if done.code == 0 or (name.endswith('.slice') and 'already' in done.output):
            return

        if 'already' not in done.output or time.monotonic() > deadline:
            raise OSError(f'systemd does not make {name}: {done.output.strip()}')
        time.sleep(0.05)


def _count(properties):
    ''
    count, at = 0, 0
    while at < len(properties):
        at += 3 if properties[at + 1] != 'au' else 3 + int(properties[at + 2])
        count += 1
    return count


def _cgroup_of(pid, scope):
    ''
    with open(f'/proc/{pid}/cgroup', encoding='ascii') as file:
        lines = [line.rstrip('\n').split(':', 2) for line in file]
    wanted = [path for _, names, path in lines if names in ('', 'name=systemd', 'memory')]
    inside = [path for path in wanted if path.endswith(f'/{scope}')]
    named = [path for _, names, path in lines if names == 'name=systemd'] or inside
    moved = inside and named[0] in inside and all(path in inside for _, names, path in lines if names == 'memory')
    return named[0] if moved else None


def pids(starts):
    return units.pids(starts['cgroup']) if starts['cgroup'] else []


def tell(facts, starts, found):
    ''
    for pid in found:
        if not facts['simple'] or pid == starts['pid'] or starts['pid'] not in found:
            _signal(pid, signal.Signals[facts['signal']])


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def clear(facts, starts):
    ''
    found = pids(starts)
    if starts['pid'] in found:
        tell(facts, starts, found)
        deadline = time.monotonic() + facts['timeout']
        while starts['pid'] in pids(starts) and time.monotonic() < deadline:
            time.sleep(0.02)
    kill_all([starts])
    if starts['cgroup']:
        run([units.SYSTEMCTL, 'stop', facts['scope']], timeout=30)


def kill_all(many, timeout=10):
    ''
    deadline = time.monotonic() + timeout
    while True:
        left = [pid for starts in many for pid in pids(starts)]
        for pid in left:
            _signal(pid, signal.SIGKILL)
        if not left:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
