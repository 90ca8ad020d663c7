''
import os
import subprocess
import sys
import time

from . import fields, front_setup, removing, renewing, settling, warmth
from . import layout as places
from .layout import Layout
from .processes import ENVIRONMENT
from .session import Session


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
    ''
    waiting = [_settle_under_lock(app) for app in sorted(os.listdir('/opt'))
               if fields.APP.match(app) and any(map(os.path.exists, (Layout(app).intent, Layout(app).warm))) and places.is_prepared(app)]
    return max([process.wait() for process in waiting], default=0)


def _settle_under_lock(app):
    ''
    return subprocess.Popen(
        ['/usr/bin/systemd-run', '--quiet', '--wait', '--collect', f'--unit=slipway-session.{app}',
         f'--description=Slipway settles {app}', places.PYTHON, '-I', '-S', os.path.abspath(sys.argv[0]), 'settle', app],
        stdin=subprocess.DEVNULL, env=ENVIRONMENT, cwd='/')


def cool(app):
    ''
    while warmth.is_due(Layout(app)) and places.is_prepared(app):
        if _settle_under_lock(app).wait() != 0:
            time.sleep(APART)
    return 0
