"""The systemd supervisor: write, start, stop, look, logs, remove. Units hold only numbers and names that passed fields.py."""
import os
import time

from . import files
from . import layout as places
from .processes import run

SYSTEMCTL = '/usr/bin/systemctl'
_SHOWN = ('Id', 'ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'ExecMainCode', 'NRestarts', 'MainPID', 'ControlGroup')


def service_unit(layout, number, config, service, instance, release_folder):
    """The unit of one instance. Its command is constant; the user's words are in a script that runs as the app's user."""
    memory = f'MemoryMax={service["memory"]}\n' if service['memory'] else ''
    run_folder = layout.activation(number)
    # To systemd 0 would mean for ever.
    stop_timeout = max(1, round(service['stop']['timeout'] * 1000))
    return f"""[Unit]
Description=Slipway: {layout.app} {number}, {service['name']} {instance}
After=network.target
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
User={layout.app_user}
Group={layout.app_user}
WorkingDirectory={release_folder}/src
EnvironmentFile={run_folder}/{service['name']}.{instance}.env
ExecStart=/bin/sh {run_folder}/{service['name']}.start
KillMode={'mixed' if config['simple'] else 'control-group'}
KillSignal={service['stop']['signal']}
TimeoutStopSec={stop_timeout}ms
Restart=always
RestartSec=1
UMask=0027
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full
ProtectHome=yes
{memory}
[Install]
WantedBy=multi-user.target
"""


def router_unit(layout, number):
    folder = f'{layout.activation(number)}/router'
    return f"""[Unit]
Description=Slipway: {layout.app} {number}, router
After=network.target

[Service]
Type=exec
User={places.ROUTER_USER}
Group={places.FRONT_GROUP}
ExecStartPre=/bin/rm -f {folder}/http.sock
ExecStart={places.NGINX} -e stderr -c {layout.activation(number)}/router.conf
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
LimitNOFILE=16384
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths={folder}

[Install]
WantedBy=multi-user.target
"""


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
    """{name: {ActiveState, SubState, Result, ExecMainStatus, NRestarts, pids}} of each unit."""
    output = run([SYSTEMCTL, 'show', f'--property={",".join(_SHOWN)}', *names]).output if names else ''
    seen = {}
    for block in output.strip().split('\n\n'):
        facts = dict(line.split('=', 1) for line in block.splitlines() if '=' in line)
        if 'Id' in facts:
            facts['pids'] = pids(facts.get('ControlGroup', ''))
            seen[facts['Id']] = facts
    return seen


def unwell(name, facts):
    """How a unit that should run stands, in words."""
    ended = f', last ended with {facts.get("ExecMainStatus")}' if facts.get('NRestarts', '0') not in ('0', '') else ''
    return f'{name} is {facts.get("ActiveState")}/{facts.get("SubState")}, restarted {facts.get("NRestarts") or 0} times{ended}'


def pids(cgroup):
    """Processes of a unit, on cgroup v2 and v1."""
    for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'):
        try:
            with open(f'{root}{cgroup}/cgroup.procs', encoding='ascii') as file:
                return [int(line) for line in file] if cgroup else []
        except OSError:
            continue
    return []


def logs(name, lines=60):
    return run(['/usr/bin/journalctl', '--no-pager', '-q', '-o', 'cat', f'--unit={name}', f'--lines={lines}'], timeout=20).output


def remove(names):
    """Forgets units that are stopped."""
    for name in names:
        files.remove(f'{places.WANTS}/{name}')
        files.remove(f'{places.UNITS}/{name}')
    if names:
        run([SYSTEMCTL, 'reset-failed', *names])


def wait_stopped(name, timeout):
    """Waits until a unit has no process any more; False when time runs out."""
    deadline = time.monotonic() + timeout
    while True:
        facts = look([name]).get(name, {})
        if facts.get('ActiveState') in (None, '', 'inactive', 'failed') and not facts.get('pids'):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
