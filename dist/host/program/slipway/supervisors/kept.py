''
import os
import time

from .. import files, state, units
from ..processes import run
from ..starts import Starts, memory_hits
from ..state import State
from . import logfiles, scopes


class Kept:
    ''

    def __init__(self, layout):
        self.layout = layout

    @staticmethod
    def name(layout, number, service, instance):
        return layout.process(number, service, instance)

    def _place(self, name):
        ''
        number, service, instance = name[len(f'slipway-app.{self.layout.app}.'):].split('.')
        return self.layout.activation(number), service, instance

    def _facts(self, name):
        folder, service, instance = self._place(name)
        return files.read_json(f'{folder}/{service}.{instance}.launch')

    def _starts(self, name):
        return Starts(*self._place(name))

    def _log(self, name):
        folder, service, instance = self._place(name)
        return logfiles.path(self.layout, os.path.basename(folder), service, instance)

    def write(self, definition):
        logfiles.prepare(self.layout)
        scopes.write_launched(definition)
        name = self.name(self.layout, definition.number, definition.service['name'], definition.instance)
        files.write(self.file(name), self.text(definition), durable=False)

    def start(self, names, boot=False):

        waiting = [name for name in names if not (boot and scopes.pids(self._starts(name).read()))]
        for name in names:
            self._starts(name).allow(boot)
        if waiting:
            self.start_now(waiting)

    def stop(self, names, timeout, boot=None):

        for name in names:
            self._starts(name).forbid()
        facts = {name: self._facts(name) for name in names}
        known = [name for name in names if facts[name] is not None]
        for name in self.ask_to_end(known):
            starts = self._starts(name).read()
            scopes.tell(facts[name], starts, scopes.pids(starts))
        deadlines = {name: time.monotonic() + min(facts[name]['timeout'], timeout) for name in known}
        while deadlines:
            for name in list(deadlines):
                starts = self._starts(name).read()
                left = scopes.pids(starts)

                over = not left or (facts[name]['simple'] and starts['pid'] not in left)
                if over or time.monotonic() >= deadlines[name]:
                    del deadlines[name]
            time.sleep(0.02)
        scopes.kill_all([self._starts(name).read() for name in known])
        self.settle_ended(names)
        if known:
            run([units.SYSTEMCTL, 'stop', *(facts[name]['scope'] for name in known)], timeout=30)

    def until_restart(self, names):
        for name in names:
            self._starts(name).until_restart()

    def settle_ended(self, names):
        ''

    def look(self, names):
        told = self.told(names)
        return {name: self._state(name, told) for name in names if told is None or name in told or self._left(name)}

    def _left(self, name):
        return scopes.pids(self._starts(name).read())

    def _state(self, name, told):
        starts = self._starts(name).read()
        pids = tuple(scopes.pids(starts))
        restarts = max(0, starts['count'] - 1)
        if told is None or name not in told:

            said = f'{self.label} is down' if told is None else f'not known to {self.label}'
            return State(state.FAILED if told is None else state.ABSENT, restarts, pids=pids, said=said)
        phase, code, said = told[name]
        signal = None
        if starts['givenUp']:
            phase = state.FAILED
            said = f'{said}, given up'
        elif phase == state.UP and not pids:

            phase = state.RESTARTING if starts['inside'] or restarts else state.STARTING
        if (restarts or phase in (state.FAILED, state.RESTARTING)) and code in (None, -1) or starts['givenUp']:
            code, signal = self.ending(name)
        hit = starts['hit'] or bool(starts['cgroup'] and not pids and memory_hits(starts['cgroup']) > starts['hits'])
        return State(phase, restarts, code, signal, hit and signal in (None, 9) and code is None, pids, said)

    def logs(self, name, lines=60):
        return logfiles.last_lines(self._log(name), lines)

    def remove(self, names):
        for name in names:
            files.remove(self.file(name))
        self.forget(names)
        slices = [facts['slice'] for facts in map(self._facts, names) if facts and facts['slice']]
        if slices:
            run([units.SYSTEMCTL, 'stop', *slices], timeout=30)

    def leftovers(self, number):
        ''
        folder, ending = os.path.split(self.file(f'slipway-app.{self.layout.app}.{number}.*'))
        begin, end = ending.split('*')
        try:
            found = os.listdir(folder)
        except FileNotFoundError:
            return []
        return [name[:-len(end)] for name in found if name.startswith(begin) and name.endswith(end)]
