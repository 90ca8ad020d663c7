"""The check that a container has of its own: run by us, at once and often, where the Engine would wait for its interval.

One that hangs is ended, with what it started, when its time is over; and as long as it cannot be, no other is begun.
"""
import socket
import threading
import time

from .. import polling
from ..failures import Failure
from . import container_processes, engine

# Seconds that one may take: at least, where nothing is said, and at most, whatever is said.
ATTEMPT, DOCKERS_OWN, LONGEST = 5.0, 30.0, 60.0
# Seconds that who asks waits for it, before he looks after others.
MOMENT = 0.25
# {container: its check, as long as that is in hand}: there is never more than one of ours in a container, beside the Engine's own.
_IN_HAND = {}


def check_of(container):
    """Its words, as the Engine knows them, be they the image's or the Compose file's; None when there is none."""
    test = ((container['Config'].get('Healthcheck') or {}).get('Test')) or []
    if not test or test[0] == 'NONE':
        return None
    return ['/bin/sh', '-c', test[1]] if test[0] == 'CMD-SHELL' else test[1:]


def run_check(container):
    """(exit code, output) of the check, in the container as it runs; the code is None as long as it has not ended."""
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
    """One run of it. It goes on until nothing of it is left in the container, or nobody knows of it."""

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
            # What it prints may end before it does.
            moment = max(1.0, end - time.monotonic())
        except engine.Refused:
            raise
        except (Failure, OSError):
            # Its time is over, be it that nothing was heard of it at all: it may run all the same.
            pass
        ended = polling.wait_until(lambda: self._if_ended(command), moment)
        if ended:
            return ended['ExitCode'], said
        self.said = f'it did not end within {timeout:g} s'
        self._end(command)
        return 1, self.said

    def _if_ended(self, command):
        now = engine.get(f'/exec/{command}/json')
        # Of one that has not begun there is no exit code yet.
        return None if now['Running'] or now['ExitCode'] is None else now

    def _end(self, command):
        """Nobody else would: the Engine lets it run on when nobody listens any more."""
        while (now := engine.get(f'/exec/{command}/json'))['Running']:
            container_processes.end(self.container['State'].get('Pid') or 0, now.get('Pid') or 0)
            time.sleep(0.2)


def address_of(container):
    """An address of the container that this host reaches; '' when it has none."""
    found = (container['NetworkSettings'].get('Networks') or {}).values()
    return next((network['IPAddress'] for network in found if network.get('IPAddress')), '')


def listens(container, target, timeout=1.0):
    """Does something in it take connections on that port? Asked past Docker's own proxy, which takes them in any case."""
    host = address_of(container)
    if not host:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        return connection.connect_ex((host, target)) == 0
