''
import re

from .starts import REFUSED, Starts

_NAME = re.compile(r'slipway-app\.([a-z0-9-]+)\.([0-9]+)\.([a-z0-9-]+)\.([0-9]+)\Z')


def _starts(watcher):
    app, number, service, instance = _NAME.match(watcher.name).groups()
    return Starts(f'/opt/{app}/run/{number}', service, instance)


def may_spawn(watcher, **_):
    return _starts(watcher).may()


def reaped(watcher, exit_code, **_):

    if exit_code not in (None, REFUSED):
        _starts(watcher).ended(*((exit_code, None) if exit_code >= 0 else (None, -exit_code)))
