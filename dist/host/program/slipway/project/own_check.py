"""The check that a container has of its own: run by us, at once and often, where the Engine would wait for its interval."""
import socket

from ..failures import Failure
from . import engine

ATTEMPT = 5.0


def check_of(container):
    """Its words, as the Engine knows them, be they the image's or the Compose file's; None when there is none."""
    test = ((container['Config'].get('Healthcheck') or {}).get('Test')) or []
    if not test or test[0] == 'NONE':
        return None
    return ['/bin/sh', '-c', test[1]] if test[0] == 'CMD-SHELL' else test[1:]


def run_check(container):
    """(exit code, output) of the check, in the container as it runs."""
    given = (container['Config'].get('Healthcheck') or {}).get('Timeout') or 0
    timeout = max(ATTEMPT, min(60.0, given / 1e9))
    try:
        made = engine.post(f'/containers/{container["Id"]}/exec', {'AttachStdout': True, 'AttachStderr': True, 'Cmd': check_of(container)})
        said = engine.output('POST', f'/exec/{made["Id"]}/start', {'Detach': False, 'Tty': False}, timeout=timeout)
        return engine.get(f'/exec/{made["Id"]}/json')['ExitCode'], said
    except Failure as failure:
        return 1, getattr(failure, 'said', failure.what)
    except OSError as error:
        return 1, f'it did not end within {timeout:g} s ({error})'


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
