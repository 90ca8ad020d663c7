''
import contextlib
import os
import signal

from .. import units


def of(main):
    ''
    if not main:
        return []
    try:
        with open(f'/proc/{main}/cgroup', encoding='ascii', errors='replace') as file:
            rows = [line.rstrip('\n').split(':', 2) for line in file]
    except OSError:
        return []
    path = next((path for _, kinds, path in rows if kinds == ''), None) or next((path for _, kinds, path in rows if kinds == 'name=systemd'), '')
    return units.pids(path) or [main]


def end(main, pid):
    ''
    inside = of(main)

    with contextlib.suppress(ProcessLookupError):
        if pid == main or pid not in inside:
            return
        leads = os.getsid(pid) == pid
        for each in [*(inside if leads else ()), pid]:
            _kill(each, pid if leads and each != pid else None)


def _kill(pid, session):
    with contextlib.suppress(ProcessLookupError):
        if session is None or os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
