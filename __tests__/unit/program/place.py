"""A host in a temporary folder: the program's own layout, moved there."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..', '..'))
PROGRAM = os.path.join(ROOT, 'src', 'targets', 'host', 'program')
sys.dont_write_bytecode = True
if PROGRAM not in sys.path:
    sys.path.insert(0, PROGRAM)

from slipway import (
    activation,
    activation_router,
    caches,
    doors,
    layout,
    outside,
    preparing,
    private_questions,
    schedule,
    seal,
    staging,
    tasks,
)
from slipway.failures import Failure
from slipway.layout import Layout
from slipway.project import engine

ME = (os.geteuid(), os.getegid())


def service(name='api', **more):
    """A service as the runner sends it."""
    return {
        'name': name,
        'path': '.',
        'runtime': None,
        'install': {'tool': 'none'},
        'installSecrets': [],
        'start': './serve',
        'route': '/',
        'protocol': 'http',
        'health': None,
        'healthTimeout': 60,
        'build': [],
        'before': [],
        'after': [],
        'env': {},
        'secrets': [],
        'secretsAs': 'env',
        'instances': 1,
        'stop': {'signal': 'SIGTERM', 'timeout': 30},
        'overlap': True,
        'on': 'all',
        'memory': None,
        'tasks': None,
        'sandbox': {'namespaces': False, 'devices': False},
        'schedule': None,
        'timeout': 86400,
        'listen': 'port',
        'static': None,
        **more,
    }


def config(*services, **more):
    return {
        'app': 'shop',
        'target': 'vm',
        'domains': ['shop.example.com'],
        'aliases': [],
        'tls': {'kind': 'off'},
        'hsts': None,
        'trustedProxies': [],
        'services': list(services) or [service()],
        'shared': [],
        'scratch': [],
        'artifacts': [],
        'keep': 5,
        'packages': [],
        'supervisor': 'systemd',
        'pages': {},
        'tagPrefix': '',
        'open': [],
        'rollbackFloor': False,
        **more,
    }


def activated(layout, config, number=1, **facts):
    """An activation of which only the configuration matters."""
    return activation.Activation(layout, {'number': number, 'config': config, 'ports': {}, 'first': True, **facts})


def within(condition, seconds=30):
    """What the condition gives as soon as that is true, and at the latest after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


class Silent:
    """A conversation with nobody."""

    def __init__(self):
        self.said = []

    def send(self, kind, **fields):
        self.said.append({'type': kind, **fields})

    def progress(self, text):
        self.send('progress', text=text)

    def uninterrupted(self):
        return contextlib.nullcontext()

    def is_gone(self):
        return False


class PlaceTest(unittest.TestCase):
    """A test with a host of its own in `self.folder`, where every user is whoever runs the tests."""

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix='slipway-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ('STATE', 'DOMAINS', 'PORTS', 'UNITS', 'WANTS', 'TOOLS', 'TLS', 'ACME', 'CHALLENGES'):
            self.replace(layout, name, self.folder + getattr(layout, name))
        self.replace(schedule, 'STAMPS', f'{self.folder}/timers')
        # Whether the machine that runs the tests has an Engine is not to matter.
        self.replace(engine, 'SOCKET', f'{self.folder}/docker.sock')
        for module in (activation_router, caches, doors, outside, preparing, private_questions, seal, staging, tasks):
            self.replace(module, 'identity', lambda _user: ME)
        self.layout = self.layout_of('shop')
        for folder in (layout.DOMAINS, layout.PORTS, layout.UNITS, layout.TOOLS):
            os.makedirs(folder, exist_ok=True)

    def replace(self, where, name, value):
        patch = mock.patch.object(where, name, value)
        patch.start()
        self.addCleanup(patch.stop)
        return value

    def layout_of(self, app):
        made = Layout(app)
        for name, value in vars(made).items():
            if isinstance(value, str) and value.startswith('/'):
                setattr(made, name, self.folder + value)
        for folder in (
            made.releases,
            made.shared,
            made.scratch,
            made.run,
            made.incoming,
            os.path.dirname(made.history),
            os.path.dirname(made.holder),
        ):
            os.makedirs(folder, exist_ok=True)
        return made

    def refused(self, code, act, *given):
        """The failure of that code; anything else is an error of the test."""
        with self.assertRaises(Failure) as caught:
            act(*given)
        self.assertEqual(caught.exception.code, code, caught.exception.what)
        return caught.exception

    def write(self, path, content='', mode=None):
        full = path if path.startswith('/') else f'{self.folder}/{path}'
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            os.chmod(full, mode)
        return full

    def read(self, path):
        with open(path if path.startswith('/') else f'{self.folder}/{path}', encoding='utf-8') as file:
            return file.read()
