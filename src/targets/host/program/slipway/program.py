"""What the host program is asked to do: a session by the launcher, the rest by systemd."""
import os
import subprocess
import sys
import time

from . import fields, front_setup, removing, renewing, settling, warmth
from . import layout as places
from .layout import Layout
from .processes import ENVIRONMENT
from .session import Session

# Seconds until it is tried once more to end what was kept warm.
APART = 5


def main(argv):
    os.umask(0o022)
    if len(argv) == 2 and argv[0] == 'session':
        return Session(Layout(fields.text(argv[1], 'app', fields.APP))).serve()
    if len(argv) == 2 and argv[0] == 'settle':
        print(settling.settle_app(fields.text(argv[1], 'app', fields.APP)) or 'nothing to settle', file=sys.stderr)
        return 0
    if len(argv) == 2 and argv[0] == 'cool':
        return cool(fields.text(argv[1], 'app', fields.APP))
    if argv == ['settle-all']:
        return settle_all()
    if argv[:1] == ['remove'] and argv[3:] in ([], ['with-data']) and len(argv) > 2:
        return removing.remove_app(*argv[1:3], with_data=len(argv) > 3)
    if argv == ['renew']:
        return renewing.renew_all()
    if len(argv) == 3 and argv[0] == 'front':
        return front_setup.main(*argv[1:])
    print('usage: main.py session APP | settle APP | settle-all | cool APP | renew | remove APP BY [with-data] | front check|write PORT',
          file=sys.stderr)
    return 64


def settle_all():
    """After a restart of the host: every app whose intent is open, or that had something kept warm."""
    waiting = [_settle_under_lock(app) for app in sorted(os.listdir('/opt'))
               if fields.APP.match(app) and any(map(os.path.exists, (Layout(app).intent, Layout(app).warm))) and places.is_prepared(app)]
    return max([process.wait() for process in waiting], default=0)


def _settle_under_lock(app):
    """So that no run comes in between; while one has the lock, it ends with 1."""
    return subprocess.Popen(
        ['/usr/bin/systemd-run', '--quiet', '--wait', '--collect', f'--unit=slipway-session.{app}',
         f'--description=Slipway settles {app}', places.PYTHON, '-I', '-S', os.path.abspath(sys.argv[0]), 'settle', app],
        stdin=subprocess.DEVNULL, env=ENVIRONMENT, cwd='/')


def cool(app):
    """The time of what was kept warm is over. Whoever has the lock meanwhile may end it himself, or go back to it."""
    while warmth.is_due(Layout(app)) and places.is_prepared(app):
        if _settle_under_lock(app).wait() != 0:
            time.sleep(APART)
    return 0
