''
import os
import re
import time

from .. import state, units
from ..failures import Failure
from ..starts import REFUSED
from ..state import State
from . import logfiles
from .kept import Kept

MAIN = '/etc/supervisor/supervisord.conf'
FOLDER = '/etc/supervisor/conf.d'
UNIT = 'supervisor.service'
PATIENCE = 10.0
_PHASES = {'STOPPED': state.STOPPED, 'STARTING': state.STARTING, 'RUNNING': state.UP, 'BACKOFF': state.RESTARTING,
           'STOPPING': state.STOPPING, 'EXITED': state.RESTARTING, 'FATAL': state.FAILED, 'UNKNOWN': state.FAILED}
_ENDED = re.compile(r'(?:exited|stopped): (\S+) \((?:exit status (\d+)|terminated by (SIG\w+))')

_ALREADY, _STARTED, _NOT_RUNNING, _UNKNOWN = 90, 60, 70, 10


class Supervisord(Kept):
    label = 'supervisor'

    def __init__(self, layout):
        super().__init__(layout)
        self._server = None

    @staticmethod
    def file(name):
        return f'{FOLDER}/{name}.conf'

    def check(self):
        ''
        self._call('reloadConfig')

    def text(self, definition):
        return program(definition)

    def start_now(self, names):
        self._call('reloadConfig')
        for name in names:
            self._call('addProcessGroup', name, but=(_ALREADY,))
        for name in names:
            self._call('startProcess', name, False, but=(_STARTED,))

    def ask_to_end(self, names):
        ''
        try:
            pids = {info['name']: info['pid'] for info in self._call('getAllProcessInfo')}
            for name in names:
                self._call('stopProcess', name, False, but=(_NOT_RUNNING, _UNKNOWN))
        except Failure:
            return names

        return [name for name in names if pids.get(name) != self._starts(name).read()['pid']]

    def forget(self, names):
        for name in names:
            deadline = time.monotonic() + PATIENCE
            while not self._forgotten(name) and time.monotonic() < deadline:
                time.sleep(0.05)

    def _forgotten(self, name):
        from xmlrpc.client import Fault
        try:
            self._proxy().removeProcessGroup(name)
        except Fault as fault:
            return fault.faultCode == _UNKNOWN
        except OSError:

            return True
        return True

    def told(self, names):
        ''
        try:
            infos = {info['name']: info for info in self._call('getAllProcessInfo')}
        except Failure:
            return None
        return {name: self._as_told(infos[name]) for name in names if name in infos}

    def _as_told(self, info):
        said = info['statename']
        phase = _PHASES.get(said, state.FAILED)
        code = info['exitstatus'] if said in ('EXITED', 'BACKOFF', 'FATAL') else None
        if said == 'EXITED' and code == REFUSED:
            phase = state.STOPPED
        return phase, code, said

    def ending(self, name):
        ''
        try:
            text = self._call('readLog', -100_000, 0)
        except Failure:
            return None, None
        found = [match for match in _ENDED.findall(text) if match[0] == name and match[1] != str(REFUSED)]
        if not found:
            return None, None
        _, code, signal = found[-1]
        return (int(code), None) if code else (None, _number(signal))



    def _proxy(self):
        if self._server is None:
            from .unix_rpc import server
            self._server = server(MAIN)
        return self._server.supervisor

    def _call(self, method, *given, but=()):
        from xmlrpc.client import Fault, ProtocolError
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return getattr(self._proxy(), method)(*given)
            except Fault as fault:
                if fault.faultCode in but:
                    return None
                raise _refused(method, given, fault) from None
            except ProtocolError as error:
                raise Failure('supervisor-refuses', f'supervisord does not let us in: {error.errcode} {error.errmsg}.',
                              f'Slipway uses the socket and the password that {MAIN} names.',
                              f'See [unix_http_server] in {MAIN}; then: sudo systemctl restart supervisor') from None
            except (OSError, EOFError) as error:
                self._server = None

                if time.monotonic() > deadline or units.look([UNIT]).get(UNIT, State()).phase not in (state.UP, state.STARTING):
                    raise _down(error) from None
                time.sleep(0.1)


def _refused(method, given, fault):
    said = fault.faultString
    if 'CANT_REREAD' in said:
        text = re.sub(r'\s+', ' ', said.split('CANT_REREAD:', 1)[-1]).strip()
        place = broken_place(said)
        return Failure('supervisor-broken', f'The configuration of supervisord on this host is broken{place}: {text[:400]}',
                       'Supervisor takes no change while one of its files is broken, and at its next start it would not come up.',
                       'Correct that file until sudo supervisorctl reread passes on the host, then deploy again.')
    if method == 'addProcessGroup':
        return Failure('supervisor-elsewhere', f'supervisord of this host does not read {FOLDER}.',
                       'Slipway writes a file there for each process.',
                       f'Let [include] in {MAIN} have: files = {FOLDER}/*.conf; then: sudo systemctl restart supervisor, '
                       'and deploy again.')
    return Failure('supervisor-refuses', f'supervisord refuses {method} {" ".join(map(str, given))}: {said[:300]}.', '',
                   'See sudo supervisorctl status and /var/log/supervisor/supervisord.log on the host, then deploy again.')


def broken_place(said):
    ''
    file = re.search(r"'(/[^']+\.(?:conf|ini))'", said)
    if not file:
        return ''
    line = re.search(r'\[line\s+(\d+)\]|line: (\d+)', said)
    section = re.search(r"in section '([^']+)'", said)
    number = next((group for group in line.groups() if group), None) if line else None
    if number is None and section:
        number = _line_of(file.group(1), section.group(1))
    return f' at {file.group(1)}' + (f', line {number}' if number else '')


def _line_of(path, section):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return next((str(at) for at, line in enumerate(file, 1) if line.strip() == f'[{section}]'), None)
    except OSError:
        return None


def _down(error):
    if not os.path.exists(MAIN):
        return Failure('supervisor-missing', 'Supervisor is not installed on this host.',
                       'slipway.yml says `supervisor: supervisor`.', 'Run setup-vm with this slipway.yml, then deploy again.')
    return Failure('supervisor-down', f'supervisord of this host does not answer: {error}.',
                   'It keeps the services of this app running.',
                   'On the host: sudo systemctl restart supervisor; sudo systemctl status supervisor says why it is down. '
                   'Then deploy again.')


def _number(name):
    import signal
    return int(getattr(signal, name, 0)) or None


def program(definition):
    ''
    from . import scopes
    layout, service = definition.layout, definition.service
    name = layout.process(definition.number, service['name'], definition.instance)
    log = logfiles.path(layout, definition.number, service['name'], definition.instance)
    group = 'false' if definition.simple else 'true'
    return f"""; Made by Slipway for activation {definition.number} of {layout.app}.
[program:{name}]
command={scopes.command(definition)}
directory=/
autostart=true
autorestart=unexpected
exitcodes={REFUSED}
startsecs=0
stopsignal={service['stop']['signal'][3:]}
stopwaitsecs={max(1, -(-service['stop']['timeout'] // 1)):.0f}
stopasgroup={group}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes={logfiles.BYTES}
stdout_logfile_backups={logfiles.OLDER}
"""
