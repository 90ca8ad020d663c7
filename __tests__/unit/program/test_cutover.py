"""The transaction, and what becomes of one that was cut off anywhere."""

import json
import os
import unittest
from unittest import mock

from place import PlaceTest, Silent, config, service
from slipway import activation as acts
from slipway import cutover, proof, router, units
from slipway import layout as places
from slipway.failures import Failure
from slipway.records import Records

NOBODY = {'by': 'ann', 'run': '7'}


class Transaction(PlaceTest):
    """Activation 1 serves; 2 is to. systemd is a list of what it was told."""

    def setUp(self):
        super().setUp()
        self.told = []
        for name in ('start', 'stop'):
            self.replace(units, name, lambda names, name=name, **_: self.told.append((name, list(names))))
        self.replace(units, 'look', lambda names: {})
        self.replace(units, 'run', lambda *_, **__: mock.Mock(output='', code=0))
        self.replace(units, 'wait_stopped', lambda *_: True)
        self.well = {1, 2}
        self.replace(proof, 'prove', self.prove)
        self.replace(cutover.health, 'Starting', mock.Mock())
        self.services = [service('api'), service('queue', route=None), service('beat', route=None, overlap=False)]
        self.book = Records(self.layout)
        for number in (1, 2):
            self.activation(number)
        self.book.append('staged', 1, releaseId='r1', version='v1')
        self.book.append('proven', 1, releaseId='r1', version='v1')
        self.book.append('staged', 2, releaseId='r2', version='v2')
        router.claim(self.layout, config())
        router.switch(self.layout, 1)

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
        for name in acts.Activation(self.layout, facts).all_units():
            self.write(f'{places.UNITS}/{name}')
        for group in ports.values():
            self.write(f'{places.PORTS}/{group[0]}', f'shop {number} x\n')

    def prove(self, activation, limit=None):
        if activation.number not in self.well:
            raise Failure('not-proven', 'it does not answer', '', '')
        return {'number': activation.number}

    def cut_over(self, withdraw=False):
        talk = Silent()
        return cutover.cut_over(self.layout, self.book, talk, acts.load(self.layout, 2), 1, withdraw, mock.Mock(), NOBODY)

    def stands(self, serving, gone=None, phase=None):
        book = Records(self.layout)
        self.assertEqual((book.serving, router.points_to(self.layout)), (serving, serving))
        self.assertEqual((book.intent() or {}).get('phase'), phase)
        if gone:
            self.assertFalse(os.path.exists(self.layout.activation(gone)))
            self.assertEqual([name for name in os.listdir(places.UNITS) if f'.{gone}.' in name], [])
            self.assertEqual([name for name in os.listdir(places.PORTS) if name.endswith(str(gone))], [])
            self.assertTrue(os.path.exists(self.layout.activation(3 - gone)))
        return book

    def test_ends_proven_and_recorded(self):
        self.assertEqual(self.cut_over(), {'number': 2})
        # What it replaced is still there, to go back to.
        self.assertFalse(self.stands(2, phase='retire').entry(1)['withdrawn'])
        self.assertEqual(set(os.listdir(places.WANTS)), set(acts.load(self.layout, 2).all_units()))

    def test_of_a_rollback_withdraws_what_it_left(self):
        self.cut_over(withdraw=True)
        self.assertTrue(self.stands(2, phase='retire').entry(1)['withdrawn'])

    def test_never_runs_two_of_what_may_run_once(self):
        self.cut_over()
        beat = 'slipway-app.shop.{}.beat.1.service'.format
        self.assertLess(
            self.told.index(('stop', [beat(1)])),
            next(at for at, (verb, names) in enumerate(self.told) if verb == 'start' and beat(2) in names),
        )
        self.assertNotIn(('stop', ['slipway-app.shop.1.queue.1.service']), self.told)

    def test_ends_where_it_began_when_it_is_not_proven(self):
        self.well.discard(2)
        self.refused('not-proven', self.cut_over)
        self.assertEqual(self.stands(1, gone=2).entry(2)['state'], 'failed')
        self.assertEqual(self.told[-1][0] if self.told[-1][0] == 'start' else 'stop', 'stop')
        self.assertIn(('start', ['slipway-app.shop.1.beat.1.service']), self.told)

    def test_ends_where_it_began_when_the_disk_is_full(self):
        self.replace(units, 'enable', mock.Mock(side_effect=OSError(28, 'No space left on device')))
        with self.assertRaises(OSError):
            self.cut_over()
        self.stands(1, gone=2)

    def settle(self):
        return cutover.settle(self.layout, Records(self.layout))

    def test_nothing_to_settle_is_nothing(self):
        self.assertIsNone(self.settle())

    def test_settles_what_died_before_its_switch(self):
        for phase in ('stage', 'start'):
            self.activation(2)
            self.book.intend(phase, 1, 2, **NOBODY)
            self.assertIn('nothing had been switched', self.settle())
            self.stands(1, gone=2)

    def test_settles_what_died_before_its_files_were_whole(self):
        for broken in ('', None):
            self.activation(2)
            path = f'{self.layout.activation(2)}/activation.json'
            os.unlink(path)
            if broken is not None:
                self.write(path, broken)
            self.write(f'{places.PORTS}/29999', 'blog 2 api\n')
            self.write(f'{places.UNITS}/slipway-app.blog.2.api.1.service')
            self.book.intend('stage', 1, 2, **NOBODY)
            self.settle()
            self.assertTrue(os.path.exists(f'{places.PORTS}/29999'))
            os.unlink(f'{places.PORTS}/29999')
            os.unlink(f'{places.UNITS}/slipway-app.blog.2.api.1.service')
            self.stands(1, gone=2)

    def test_settles_a_switch_by_its_proof(self):
        self.book.intend('switch', 1, 2, withdraw=True, **NOBODY)
        router.switch(self.layout, 2)
        self.assertIn('it was proven, and serves', self.settle())
        self.assertTrue(self.stands(2).entry(1)['withdrawn'])

    def test_settles_a_switch_that_cannot_be_proven(self):
        self.well.discard(2)
        self.book.intend('switch', 1, 2, **NOBODY)
        router.switch(self.layout, 2)
        self.assertIn('activation 1 serves again', self.settle())
        self.stands(1, gone=2)

    def test_settles_a_switch_that_had_not_come_yet(self):
        self.book.intend('switch', 1, 2, **NOBODY)
        self.assertIn('activation 1 serves again', self.settle())
        self.stands(1, gone=2)

    def test_settles_what_was_proven_and_not_yet_told(self):
        self.book.intend('switch', 1, 2, withdraw=True, **NOBODY)
        router.switch(self.layout, 2)
        self.book.append('proven', 2, releaseId='r2', version='v2')
        self.assertIn('was proven: it serves', self.settle())
        self.assertTrue(self.stands(2).entry(1)['withdrawn'])

    def test_finishes_a_way_back(self):
        self.cut_over()
        self.book.intend('revert', 2, 1, **NOBODY)
        self.assertIn('the way back was finished', self.settle())
        self.assertTrue(self.stands(1, gone=2).entry(2)['withdrawn'])

    def test_a_way_back_that_does_not_answer_keeps_nobody_out(self):
        self.cut_over()
        self.book.intend('revert', 2, 1, **NOBODY)
        self.well.clear()
        self.assertIn('not proven: it does not answer', self.settle())
        self.stands(1, gone=2)
        self.assertIsNone(self.settle())

    def test_tells_once_what_it_settled(self):
        self.book.intend('stage', 1, 2, **NOBODY)
        line = self.settle()
        self.assertIn('ann (7)', line)
        self.assertEqual((cutover.told(self.layout), cutover.told(self.layout)), ([line], []))

    def test_waits_for_a_task_of_a_dead_run(self):
        facts = json.loads(self.read(f'{self.layout.activation(2)}/activation.json'))
        self.write(f'{self.layout.activation(2)}/activation.json', json.dumps({**facts, 'tasks': ['api: ./migrate']}))
        self.replace(units, 'wait_stopped', lambda *_: False)
        self.book.intend('start', 1, 2, **NOBODY)
        self.assertIn('./migrate', self.refused('task-running', self.settle).what)
        self.assertIsNotNone(Records(self.layout).intent())


if __name__ == '__main__':
    unittest.main()
