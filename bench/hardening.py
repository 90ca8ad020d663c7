"""What the sandbox costs, on a host: a service's unit as it was made, and without the lines of its sandbox, by turns.

Prints JSON: milliseconds from start to the first answer of each, and the memory (PSS, bytes) of the activation that serves.
"""
import glob
import json
import os
import subprocess
import sys
import time
import urllib.request

APP, ROUNDS = sys.argv[1], int(sys.argv[2])
UNITS = '/etc/systemd/system'
PORTS = {'hardened': 19001, 'bare': 19002}
# In a unit of Slipway's these stand before the sandbox, and are the same in both.
KEPT = ('Type', 'NotifyAccess', 'TimeoutStartSec', 'User', 'Group', 'WorkingDirectory', 'EnvironmentFile', 'ExecStart', 'KillMode',
        'KillSignal', 'TimeoutStopSec', 'Restart', 'RestartSec')


def systemctl(*words):
    subprocess.run(['systemctl', '--quiet', *words], check=True)


def write_units():
    [unit] = glob.glob(f'{UNITS}/slipway-app.{APP}.*.1.service')
    with open(unit, encoding='utf-8') as file:
        lines = file.read().splitlines()
    for kind, port in PORTS.items():
        kept = []
        for line in lines:
            name = line.partition('=')[0]
            if name == 'EnvironmentFile':
                # What comes later holds: the same environment, but for its port.
                with open(line.partition('=')[2], encoding='utf-8') as source, open(f'/run/bench.{kind}.env', 'w', encoding='utf-8') as file:
                    file.write(''.join(row for row in source if not row.startswith('PORT=')) + f'PORT="{port}"\n')
                line = f'EnvironmentFile=/run/bench.{kind}.env'
            within = kept[-1:] and '[Service]' in kept
            if kind == 'hardened' or not within or not name or line.startswith('[') or name in KEPT or name == 'WantedBy':
                kept.append(line)
        with open(f'{UNITS}/bench-{kind}.service', 'w', encoding='utf-8') as file:
            file.write('\n'.join(kept) + '\n')
    systemctl('daemon-reload')


def boot(kind):
    began = time.monotonic()
    systemctl('start', '--no-block', f'bench-{kind}.service')
    while True:
        try:
            urllib.request.urlopen(f'http://127.0.0.1:{PORTS[kind]}/', timeout=5).read()
            break
        except OSError:
            if time.monotonic() - began > 60:
                raise
            time.sleep(0.002)
    took = (time.monotonic() - began) * 1000
    memory = pss(f'bench-{kind}.service')
    systemctl('stop', f'bench-{kind}.service')
    return took, memory


def pss(unit):
    group = subprocess.check_output(['systemctl', 'show', '--value', '-p', 'ControlGroup', unit], text=True).strip()
    [book] = [path for path in (f'/sys/fs/cgroup{group}/cgroup.procs', f'/sys/fs/cgroup/systemd{group}/cgroup.procs') if os.path.exists(path)]
    total = 0
    with open(book, encoding='ascii') as pids:
        for pid in pids.read().split():
            with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
                total += sum(int(line.split()[1]) << 10 for line in file if line.startswith('Pss:'))
    return total


def memory_of(pattern):
    return sum(pss(os.path.basename(path)) for path in glob.glob(f'{UNITS}/{pattern}'))


write_units()
times, memory = {kind: [] for kind in PORTS}, {kind: [] for kind in PORTS}
for number in range(-1, ROUNDS):
    for kind in (list(PORTS) if number % 2 else list(reversed(PORTS))):
        took, used = boot(kind)
        # The round before the first fills the caches of both.
        if number >= 0:
            times[kind].append(took)
            memory[kind].append(used)
for kind in PORTS:
    os.unlink(f'{UNITS}/bench-{kind}.service')
    os.unlink(f'/run/bench.{kind}.env')
systemctl('daemon-reload')
print(json.dumps({'times': times, 'memory': memory, 'services': memory_of(f'slipway-app.{APP}.*.service'),
                  'router': memory_of(f'slipway-router.{APP}.*.service')}))
