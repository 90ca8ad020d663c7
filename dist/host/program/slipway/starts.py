''



import contextlib
import json
import os
import time

from . import files, records

BURST, INTERVAL, PAUSE = 10, 60.0, 1.0

REFUSED = 222
_NEVER = {'allowed': None, 'boot': None, 'times': [], 'count': 0, 'givenUp': False, 'pid': None, 'inside': False, 'cgroup': '',
          'hits': 0, 'hit': False, 'ended': 0, 'exit': None, 'signal': None}


class Starts:
    def __init__(self, folder, service, instance):
        self.path = f'{folder}/{service}.{instance}.starts'

    def read(self):
        ''
        try:
            facts = {**_NEVER, **(files.read_json(self.path) or {})}
        except ValueError:

            facts = dict(_NEVER)
        boot = records.boot()
        return facts if facts['boot'] == boot else {**_NEVER, 'allowed': facts['allowed'], 'boot': boot}

    def _alone(self):
        ''
        try:
            return files.lock_folder(os.path.dirname(self.path))
        except FileNotFoundError:

            return contextlib.nullcontext()

    def _write(self, facts, durable=False):
        files.write(self.path, json.dumps(facts), mode=0o600, durable=durable)

    def allow(self, boot):
        ''
        with self._alone():
            facts = self.read()
            allowed = 'always' if boot else facts['boot']
            if not boot or not _may(facts):
                facts = {**_NEVER, **{key: facts[key] for key in ('boot', 'pid', 'cgroup')}}

            self._write({**facts, 'allowed': allowed}, durable=boot)

    def forbid(self):
        ''
        with self._alone():
            facts = self.read()
            if facts['allowed'] is not None:
                self._write({**facts, 'allowed': None}, durable=True)

    def until_restart(self):
        ''
        with self._alone():
            facts = self.read()
            if facts['allowed'] == 'always':
                self._write({**facts, 'allowed': facts['boot']}, durable=True)

    def may(self):
        return _may(self.read())

    def begin(self, pid, now=None):
        ''
        now = time.monotonic() if now is None else now
        with self._alone():
            facts = self.read()
            times = [at for at in facts['times'] if now - at < INTERVAL]
            if len(times) >= BURST:
                self._write({**facts, 'givenUp': True})
                return False
            self._write({**facts, 'times': [*times, now], 'count': facts['count'] + 1, 'pid': pid, 'inside': False})
            return True

    def entered(self, cgroup, hits):
        ''
        with self._alone():
            facts = self.read()
            self._write({**facts, 'inside': True, 'cgroup': cgroup, 'hits': hits, 'hit': facts['count'] > 1 and hits > facts['hits']})

    def ended(self, code, signal):
        with self._alone():
            facts = self.read()
            self._write({**facts, 'ended': facts['count'], 'exit': code, 'signal': signal})


def _may(facts):
    return not facts['givenUp'] and facts['allowed'] in ('always', facts['boot'])


def memory_hits(cgroup):
    ''
    slice_path = os.path.dirname(cgroup)
    if not os.path.basename(slice_path).startswith('slipway_'):
        return 0
    try:
        with open(f'/sys/fs/cgroup{slice_path}/memory.events', encoding='ascii') as file:
            return int(dict(line.split() for line in file)['oom_kill'])
    except (OSError, KeyError):
        pass
    try:
        with open(f'/sys/fs/cgroup/memory{slice_path}/memory.failcnt', encoding='ascii') as file:
            return int(file.read())
    except OSError:
        return 0
