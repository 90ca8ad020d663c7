''




import os
import pwd
import re
import signal
import sys
import time

from . import confinement, files, shellwords
from .starts import PAUSE, REFUSED, Starts, memory_hits
from .supervisors import scopes


SECRETS = '/run/slipway-secrets'
_ARGUMENTS = re.compile(r'(/opt/[a-z0-9-]+/run/[0-9]+) ([a-z0-9-]+) ([0-9]+)\Z')


def main(argv):
    found = _ARGUMENTS.match(' '.join(argv))
    if not found or len(argv) != 3:
        print('usage: launch.py FOLDER SERVICE INSTANCE', file=sys.stderr)
        return 64
    folder, service, instance = found.groups()
    facts = files.read_json(f'{folder}/{service}.{instance}.launch')
    starts = Starts(folder, service, instance)

    for name in ('SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'):
        signal.signal(getattr(signal, name), lambda number, _: os._exit(128 + number))
    if facts is None or not starts.may():
        return REFUSED
    before = starts.read()
    if before['count']:
        time.sleep(PAUSE)
        if not starts.may():
            return REFUSED

    scopes.clear(facts, before)
    if not starts.begin(os.getpid()):
        _say(f'{service} was started too often in too short a time, and is given up')
        return REFUSED
    cgroup = scopes.enter(facts, os.getpid())
    starts.entered(cgroup, memory_hits(cgroup))
    entry = pwd.getpwnam(facts['user'])
    with open(facts['environment'], encoding='utf-8', newline='') as file:
        values = shellwords.read_environment_file(file.read())
    private = f'{folder}/{service}.{instance}.private'

    files.remove(private)
    os.mkdir(private, 0o700)
    if facts['secrets']:
        os.makedirs(SECRETS, exist_ok=True)
        values['CREDENTIALS_DIRECTORY'] = SECRETS
    handed = confinement.Handed(SECRETS, facts['secrets'], entry.pw_uid, entry.pw_gid) if facts['secrets'] else None
    confinement.apart(private, [path for path in facts['writable'] if os.path.isdir(path)], handed, facts['devices'])
    confinement.clean_streams(entry.pw_uid, entry.pw_gid)
    confinement.become(entry)
    os.chdir(facts['source'])

    known = {'USER': entry.pw_name, 'LOGNAME': entry.pw_name, 'SHELL': entry.pw_shell}
    os.execve('/bin/sh', ['/bin/sh', facts['script']], {**known, **values})


def _say(text):
    print(f'slipway: {text}', file=sys.stderr, flush=True)
