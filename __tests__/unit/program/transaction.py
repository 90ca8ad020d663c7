"""A transaction at hand: activation 1 serves, 2 is to, and systemd is a list of what it was told."""

import json
import os
from unittest import mock

from place import PlaceTest, Silent, activated, config, service
from slipway import activation as acts
from slipway import connections, cutover, proof, router, settling, units
from slipway import layout as places
from slipway.failures import Failure
from slipway.records import Records

NOBODY = {'by': 'ann', 'run': '7'}


class TransactionTest(PlaceTest):
    def setUp(self):
        super().setUp()
        self.told = []
        self.times = {}
        self.limits = []
        self.replace(units, 'start', lambda names: self.told.append(('start', list(names))))
        self.replace(units, 'stop', self.stop)
        self.replace(connections, 'run', lambda *_, **__: mock.Mock(output='', code=0))
        self.replace(units, 'look', lambda names: {})
        self.replace(units, 'run', lambda *_, **__: mock.Mock(output='', code=0))
        self.replace(units, 'runs', lambda _name: True)
        self.replace(units, 'wait_over', lambda *_: True)
        self.replace(units, 'wait_stopped', lambda name, limit: units.wait_over(units.look, name, limit))
        self.well = {1, 2}
        self.replace(proof, 'prove', self.prove)
        self.replace(cutover.health, 'Starting', mock.Mock())
        self.own_listeners = self.replace(cutover.health, 'own_listeners', mock.Mock())
        self.services = [service('api'), service('queue', route=None), service('beat', route=None, overlap=False)]
        self.book = Records(self.layout)
        for number in (1, 2):
            self.activation(number)
        self.book.append('staged', 1, releaseId='r1', version='v1')
        self.book.append('proven', 1, releaseId='r1', version='v1')
        self.book.append('staged', 2, releaseId='r2', version='v2')
        router.claim(self.layout, config())
        router.publish(activated(self.layout, config()))
        router.switch(self.layout, 1)

    def stop(self, names, timeout=120):
        if names:
            self.told.append(('stop', list(names)))
            self.times.update(dict.fromkeys(names, timeout))

    def activation(self, number):
        ports = {'api': [20000 + number], 'queue': [20100 + number], 'beat': [20200 + number]}
        facts = {
            'number': number,
            'releaseId': f'r{number}',
            'version': f'v{number}',
            'commit': 'c',
            'config': config(*self.services),
            'ports': ports,
            'first': True,
            'tasks': [],
            'token': 't',
        }
        self.write(f'{self.layout.activation(number)}/activation.json', json.dumps(facts))
        for name in acts.Activation(self.layout, facts).names():
            self.write(f'{places.UNITS}/{name}')
        for group in ports.values():
            self.write(f'{places.PORTS}/{group[0]}', f'shop {number} x\n')

    def prove(self, activation, limit=None):
        self.limits.append(limit)
        if activation.number not in self.well:
            raise Failure('not-proven', 'it does not answer', '', '')
        return {'number': activation.number, 'seen': []}

    def cut_over(self, withdraw=False):
        talk = Silent()
        return cutover.cut_over(self.layout, self.book, talk, acts.load(self.layout, 2), 1, withdraw, mock.Mock(), NOBODY)

    def stands(self, serving, gone=None, phase=None):
        book = Records(self.layout)
        self.assertEqual((book.serving, router.points_to(self.layout)), (serving, serving))
        self.assertEqual((book.intent() or {}).get('phase'), phase)
        if gone:
            self.assertFalse(os.path.exists(self.layout.activation(gone)))
            self.assertEqual([name for name in os.listdir(places.UNITS) if f'.shop.{gone}.' in name], [])
            self.assertEqual([name for name in os.listdir(places.PORTS) if name.endswith(str(gone))], [])
            self.assertTrue(os.path.exists(self.layout.activation(3 - gone)))
        return book

    def change(self, number, **more):
        path = f'{self.layout.activation(number)}/activation.json'
        self.write(path, json.dumps({**json.loads(self.read(path)), **more}))

    def settle(self):
        return settling.settle(self.layout, Records(self.layout))
