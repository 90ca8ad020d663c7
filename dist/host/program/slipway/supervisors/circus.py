''
import os
import signal as signals
import time

from .. import state, units
from ..failures import Failure
from ..state import State
from . import logfiles, scopes, zmtp
from .kept import Kept

ROOT = '/etc/slipway/circus'
PATIENCE = 15.0

CHECK_DELAY = 1.0
_PHASES = {'active': state.UP, 'starting': state.STARTING, 'stopping': state.STOPPING, 'stopped': state.STOPPED}


class Circus(Kept):
    label = 'circus'

    def __init__(self, layout):
        super().__init__(layout)
        self._connection = None

    def file(self, name):
        return f'{ROOT}/{self.layout.app}.d/{name}.ini'

    @property
    def unit(self):
        return f'slipway-circus.{self.layout.app}.service'

    def check(self):
        ''
        self._call('list')

    def text(self, definition):
        lines = ''.join(f'{key} = {value}\n' for key, value in options(definition).items())
        head = f'; Made by Slipway for activation {definition.number} of {self.layout.app}.'
        return f'{head}\n[watcher:{self._named(definition)}]\n{lines}'

    def _named(self, definition):
        return self.name(self.layout, definition.number, definition.service['name'], definition.instance)

    def start_now(self, names):
        there = self._call('list')['watchers']
        for name in names:
            if name not in there:
                given = read_options(self.file(name))
                self._call('add', name=name, cmd=given.pop('cmd'), options=given)
        for name in names:
            self._call('start', name=name, match='simple')

    def ask_to_end(self, names):
        ''
        return names

    def settle_ended(self, names):
        try:
            for name in names:
                self._call('stop', but='not found', name=name, match='simple', waiting=True)
        except Failure:

            pass

    def forget(self, names):
        try:
            for name in names:
                self._call('rm', but='not found', name=name, waiting=True)
        except Failure:
            pass

    def told(self, names):
        try:
            statuses = self._call('status')['statuses']
        except Failure:
            return None
        return {name: (_PHASES.get(statuses[name], state.FAILED), None, statuses[name]) for name in names if name in statuses}

    def ending(self, name):
        ''
        deadline = time.monotonic() + 2 * CHECK_DELAY
        while True:
            starts = self._starts(name).read()

            if starts['ended'] >= starts['count'] or scopes.pids(starts) or time.monotonic() > deadline:
                return starts['exit'], starts['signal']
            time.sleep(0.05)

    def _call(self, command, but=None, **properties):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self._connection is None:
                    self._connection = zmtp.Connection(endpoint(self.layout.app))
                answer = self._connection.ask(command, properties)
            except OSError as error:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                if time.monotonic() > deadline or units.look([self.unit]).get(self.unit, State()).phase not in (
                        state.UP, state.STARTING, state.RESTARTING):
                    raise self._down(error) from None
                time.sleep(0.1)
                continue
            if answer.get('status') == 'ok':
                return answer
            reason = str(answer.get('reason', ''))
            if but and but in reason:
                return None

            if 'already running' not in reason or time.monotonic() > deadline:
                raise Failure('circus-refuses', f'circusd refuses {command}: {reason[:300]}.', '',
                              f'See journalctl -u {self.unit} on the host, then deploy again.')
            time.sleep(0.05)

    def _down(self, error):
        if not os.path.exists(f'/etc/systemd/system/{self.unit}'):
            return Failure('circus-missing', f'There is no circusd for {self.layout.app} on this host.',
                           'slipway.yml says `supervisor: circus`.', 'Run setup-vm with this slipway.yml, then deploy again.')
        return Failure('circus-down', f'circusd of {self.layout.app} does not answer: {error}.',
                       'It keeps the services of this app running.',
                       f'On the host: sudo systemctl restart {self.unit}; sudo systemctl status {self.unit} says why it is down. '
                       'Then deploy again.')


def endpoint(app):
    return f'/run/slipway-circus.{app}/control'


def options(definition):
    ''
    layout, service = definition.layout, definition.service
    return {'cmd': scopes.command(definition), 'working_dir': '/', 'copy_env': 'False', 'max_retry': '1',
            'stop_signal': service['stop']['signal'], 'graceful_timeout': f'{max(1, service["stop"]["timeout"]):g}',
            'stdout_stream.class': 'FileStream',
            'stdout_stream.filename': logfiles.path(layout, definition.number, service['name'], definition.instance),
            'stdout_stream.max_bytes': str(logfiles.BYTES), 'stdout_stream.backup_count': str(logfiles.OLDER),
            'hooks.before_spawn': 'slipway.circus_hooks.may_spawn, False',
            'hooks.after_reap': 'slipway.circus_hooks.reaped, True'}


def read_options(path):
    ''
    with open(path, encoding='utf-8') as file:
        flat = dict(line.rstrip('\n').split(' = ', 1) for line in file if ' = ' in line)
    stream = {key.split('.')[1]: flat.pop(key) for key in list(flat) if key.startswith('stdout_stream.')}
    hooks = {}
    for key in [key for key in flat if key.startswith('hooks.')]:
        name, forgiven = flat.pop(key).split(', ')
        hooks[key.split('.')[1]] = [name, forgiven == 'True']
    return {**flat, 'copy_env': flat['copy_env'] == 'True', 'max_retry': int(flat['max_retry']),
            'stop_signal': int(signals.Signals[flat['stop_signal']]), 'graceful_timeout': float(flat['graceful_timeout']),
            'stdout_stream': stream, 'hooks': hooks}
