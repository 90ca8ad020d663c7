''



import socket
import threading
import time

from .. import polling
from ..failures import Failure
from . import container_processes, engine


ATTEMPT, DOCKERS_OWN, LONGEST = 5.0, 30.0, 60.0

MOMENT = 0.25

_IN_HAND = {}


def check_of(container):
    ''
    test = ((container['Config'].get('Healthcheck') or {}).get('Test')) or []
    if not test or test[0] == 'NONE':
        return None
    return ['/bin/sh', '-c', test[1]] if test[0] == 'CMD-SHELL' else test[1:]


def run_check(container):
    ''
    check = _IN_HAND.get(container['Id'])
    if check is None:
        check = _IN_HAND[container['Id']] = _Check(container)
        check.start()
    check.join(MOMENT)
    if check.is_alive():
        return None, check.said
    del _IN_HAND[container['Id']]
    return check.code, check.said


class _Check(threading.Thread):
    ''

    def __init__(self, container):
        super().__init__(daemon=True)
        self.container = container
        self.code = 1
        self.said = 'it has not ended yet'

    def run(self):
        given = (self.container['Config'].get('Healthcheck') or {}).get('Timeout') or 0
        try:
            self.code, self.said = self._ended(max(ATTEMPT, min(LONGEST, given / 1e9 or DOCKERS_OWN)))
        except Failure as failure:
            self.said = getattr(failure, 'said', failure.what)
        except OSError as error:
            self.said = f'the Engine broke off: {error}'

    def _ended(self, timeout):
        end = time.monotonic() + timeout
        command = engine.post(f'/containers/{self.container["Id"]}/exec', {'AttachStdout': True, 'AttachStderr': True, 'Cmd': check_of(self.container)})['Id']
        said, moment = '', 0.0
        try:
            said = engine.output('POST', f'/exec/{command}/start', {'Detach': False, 'Tty': False}, timeout=timeout)

            moment = max(1.0, end - time.monotonic())
        except engine.Refused:
            raise
        except (Failure, OSError):

            pass
        ended = polling.wait_until(lambda: self._if_ended(command), moment)
        if ended:
            return ended['ExitCode'], said
        self.said = f'it did not end within {timeout:g} s'
        self._end(command)
        return 1, self.said

    def _if_ended(self, command):
        now = engine.get(f'/exec/{command}/json')

        return None if now['Running'] or now['ExitCode'] is None else now

    def _end(self, command):
        ''
        while (now := engine.get(f'/exec/{command}/json'))['Running']:
            container_processes.end(self.container['State'].get('Pid') or 0, now.get('Pid') or 0)
            time.sleep(0.2)


def address_of(container):
    ''
    found = (container['NetworkSettings'].get('Networks') or {}).values()
    return next((network['IPAddress'] for network in found if network.get('IPAddress')), '')


def listens(container, target, timeout=1.0):
    ''
    host = address_of(container)
    if not host:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        return connection.connect_ex((host, target)) == 0
