"""A host with published ports: whoever listens on them is in `self.listens`, and what was told to nginx's units in `self.ran`."""

import glob
import os
from unittest import mock

from containers import ContainersTest
from place import ME
from slipway import activation_router, listeners, units
from slipway.project import listening, ways

HTTP = {'target': 3000, 'published': '8080', 'protocol': 'tcp'}
TCP = {'target': 6379, 'published': '6379', 'protocol': 'tcp', 'host_ip': '127.0.0.1'}
FRONT = {'target': 8000, 'published': '80', 'protocol': 'tcp'}

# Numbers of processes.
NGINX, DOCKER = 71, 72


class WaysTest(ContainersTest):
    def setUp(self):
        super().setUp()
        self.listens, self.ran, self.up = set(), [], False
        self.replace(listening, 'identity', lambda _: ME)
        self.replace(activation_router, 'identity', lambda _: ME)
        self.replace(listening, 'run', self.run_command)
        self.replace(listeners, 'run', self.run_command)
        self.replace(units, 'runs', lambda _: self.up)
        self.replace(units, 'processes', lambda _: [NGINX])
        self.replace(units, 'start', lambda names: self.change(True, names))
        self.replace(units, 'stop', lambda names: self.change(False, names))
        self.replace(units, 'enable', mock.Mock())
        self.replace(units, 'logs', lambda *_: '')
        self.replace(ways, 'STREAM', self.write('stream.so'))

    def run_command(self, words, timeout=0):
        self.ran.append(' '.join(words))
        if words[0].endswith('ss'):
            port = int(words[-1].rpartition(':')[2])
            return mock.Mock(output=f'LISTEN 0 *:{port} users:(("other",pid={self.listener(port)},fd=3))' if port in self.listens else '', code=0)
        return mock.Mock(output='', code=0)

    def listener(self, _port):
        return NGINX

    def change(self, up, names):
        self.up = up
        self.ran += [f'{"start" if up else "stop"} {name}' for name in names]

    def with_ports(self, number, **services):
        return self.activation(number, {name: {'ports': ports} for name, ports in services.items()})

    def opened(self, *activations):
        """Opens the ports of the first; of those before it, too."""
        self.listens |= {way['port'] for each in activations for way in listening.published(each)}
        listening.open_ways(*activations)
        return self.written()

    def written(self):
        return ''.join(self.read(path) for path in sorted(glob.glob(f'{self.layout.ways}/*.conf')))

    def leads(self, port):
        return os.path.realpath(listening.link(self.layout, port))
