''
import glob
import os
import re

from .. import layout as places
from ..failures import Failure
from . import looking

PUSH = '/usr/local/lib/slipway/push/current/push.js'
KEPT = ('HOME', 'USER', 'LOGNAME', 'SUDO_USER', 'SSH_CONNECTION')


def roll(verb, app, version=None):
    looking.known(app, looking.apps())
    node = newest_node()
    if node is None or not os.path.exists(PUSH):
        raise Failure('push-not-installed', 'What runs a rollout from here is not on this host.', 'setup-vm brings it with `git-push: true`.',
                      f'Run setup-vm with that, or the workflow with `operation: {verb}`.')
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.execve(node, [node, PUSH, verb, f'app={app}', *([version] if version else [])],
              {**kept, 'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8'})


def newest_node():
    found = [path for path in glob.glob(f'{places.TOOLS}/node-*/bin/node') if os.access(path, os.X_OK)]
    return max(found, key=lambda path: [int(part) for part in re.findall(r'\d+', path)], default=None)
