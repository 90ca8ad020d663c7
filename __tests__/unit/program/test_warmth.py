"""What stays up after it was replaced: how it is gone back to, what a death in the middle of that leaves, and its end."""

import os
from unittest import mock

from place import Silent, service
from slipway import activation as acts
from slipway import (
    cutover,
    memory,
    polling,
    retire,
    router,
    settling,
    state,
    units,
    warmth,
)
from slipway import layout as places
from slipway.failures import Failure
from slipway.records import Records
from slipway.state import State
from transaction import NOBODY, TransactionTest

ONE = {'slipway-app.shop.1.api.1.service', 'slipway-router.shop.1.service'}


class Warm(TransactionTest):
    """2 has taken the place of 1, which stays up for ten minutes."""

    def setUp(self):
        super().setUp()
        self.clock = 1000.0
        self.replace(warmth, '_clock', lambda: self.clock)
        self.timers = []
        self.replace(warmth, '_set_timer', lambda _layout, seconds: self.timers.append(seconds) or True)
        self.replace(polling, 'wait_until', lambda *_, **__: True)
        self.replace(units, 'kill', lambda *_: mock.Mock(code=1))
        for number in (1, 2):
            self.write(f'{self.layout.activation(number)}/secrets.json', '{}')
        self.cut_over()
        self.lines = self.retire(600)

    def retire(self, warm, drain=30):
        serving = acts.load(self.layout, self.book.serving)
        lines = retire.retire(self.layout, self.book, Silent(), serving, drain, 3, warm)
        self.book.done()
        return lines

    def ready(self, **other):
        self.replace(units, 'look', lambda names: {name: State(state.UP) for name in names})
        asked = {'release_id': 'r1', 'secrets': {}, 'first': True, 'serving': acts.load(self.layout, 2), **other}
        return warmth.ready(self.layout, Records(self.layout), **asked)

    def back(self, crossing=()):
        return cutover.cut_over(self.layout, self.book, Silent(), acts.load(self.layout, 1), 2, True, mock.Mock(), NOBODY, crossing)

    def test_it_stays_without_workers_and_without_being_retired(self):
        self.assertEqual((self.lines, self.timers, warmth.number(self.layout)), (['activation 1 stays up for 600 s'], [600], 1))
        stopped = {name for verb, names in self.told if verb == 'stop' for name in names if '.1.' in name}
        self.assertEqual(stopped, {'slipway-app.shop.1.queue.1.service', 'slipway-app.shop.1.beat.1.service'})
        self.assertEqual(Records(self.layout).entry(1)['state'], 'proven')

    def test_without_a_timer_nothing_stays(self):
        warmth.forget(self.layout)
        self.replace(warmth, '_set_timer', lambda *_: False)
        self.book.intend('retire', 1, 2, **NOBODY)
        self.assertEqual(self.retire(600), ['activation 1 drained'])
        self.assertIsNone(warmth.number(self.layout))
        self.stands(2, gone=1)

    def test_it_is_ready_for_just_that_and_as_long_as_it_is_up(self):
        self.assertEqual(self.ready().number, 1)
        for other in ({'release_id': 'r0'}, {'secrets': {'A': 'b'}}, {'first': False}, {'serving': None}):
            self.assertIsNone(self.ready(**other), other)
        for looks in ({}, {name: State(state.UP, restarts=1) for name in ONE}):
            self.replace(units, 'look', lambda names, looks=looks: looks)
            self.assertIsNone(warmth.ready(self.layout, Records(self.layout), 'r1', {}, True, acts.load(self.layout, 2)))

    def test_it_does_not_come_back_with_the_host_until_it_serves_again(self):
        self.assertEqual(ONE & set(os.listdir(places.WANTS)), set())
        self.back()
        self.assertEqual(ONE & set(os.listdir(places.WANTS)), ONE)

    def test_nothing_stays_of_what_would_not_be_the_same(self):
        one = acts.load(self.layout, 1)
        self.assertEqual(warmth.lacking(one), '')
        config = one.config
        for more in ({'takeOver': '/etc/nginx/x'}, {'config': {**config, 'services': [service('api', static={'root': '.'}, runtime=None)]}},
                     {'config': {**config, 'services': [service('job', route=None, schedule={'kind': 'once'})]}}):
            self.assertNotEqual(warmth.lacking(acts.Activation(self.layout, {**one.facts, **more})), '', more)

    def test_long_answers_have_their_time_from_when_it_was_replaced(self):
        seen = []
        for passed in (0, 12, 100):
            self.clock = 1000.0 + passed
            seen.append(warmth.drain(self.layout))
        self.assertEqual(seen, [30, 18, 1])

    def test_not_with_other_names_which_somebody_else_may_have_by_now(self):
        self.change(2, config={**acts.load(self.layout, 2).config, 'domains': ['other.example.com']})
        self.assertIsNone(self.ready())

    def test_gone_back_to_it_serves_under_its_number_and_the_other_is_drained(self):
        self.back()
        book = self.stands(1, phase='retire')
        self.assertEqual((book.entry(2)['withdrawn'], book.has_ended(2)), (True, False))
        self.assertEqual(self.retire(600), ['activation 2 drained'])
        self.assertIsNone(warmth.number(self.layout))
        self.stands(1, gone=2)

    def test_one_that_does_not_prove_itself_is_gone_and_what_serves_serves(self):
        self.well = {2}
        with self.assertRaises(Failure):
            self.back()
        self.stands(2, gone=1)
        self.assertFalse(Records(self.layout).entry(1)['withdrawn'])

    def test_a_death_before_its_proof_is_not_taken_for_proven_because_it_once_was(self):
        self.book.intend('switch', 2, 1, withdraw=True, **NOBODY)
        router.switch(self.layout, 1)
        self.well = {2}
        self.assertIn('activation 2 serves', settling.settle(self.layout, Records(self.layout)))
        self.stands(2, gone=1)

    def test_a_death_before_its_proof_is_finished_where_it_proves_itself(self):
        self.book.intend('switch', 2, 1, withdraw=True, **NOBODY)
        router.switch(self.layout, 1)
        self.assertIn('it was proven, and serves', settling.settle(self.layout, Records(self.layout)))
        self.stands(1, gone=2)

    def test_the_way_back_before_anything_was_begun_leaves_it_up(self):
        cutover.revert(self.layout, self.book, Silent(), 1, 2, NOBODY)
        self.stands(2)
        self.assertEqual((warmth.number(self.layout), Records(self.layout).entry(1)['state']), (1, 'proven'))

    def test_the_way_back_after_its_proof_withdraws_it(self):
        self.back()
        cutover.revert(self.layout, self.book, Silent(), 1, 2, NOBODY)
        book = self.stands(2, gone=1)
        self.assertEqual((book.entry(1)['withdrawn'], book.has_ended(1), book.entry(2)['withdrawn']), (True, True, False))
        self.assertIsNone(warmth.number(self.layout))

    def test_a_floor_that_was_crossed_with_consent_is_in_force_again_when_that_is_undone(self):
        self.book.append('proven', 2, releaseId='r2', version='v2', floor=True)
        self.back(crossing=[2])
        cutover.revert(self.layout, self.book, Silent(), 1, 2, NOBODY)
        self.assertEqual([entry['number'] for entry in Records(self.layout).floors()], [2])

    def test_its_time_ends_it_and_so_does_a_restart_of_the_host(self):
        self.replace(settling.places, 'Layout', lambda _app: self.layout)
        self.assertEqual((settling.settle_app('shop'), warmth.number(self.layout)), ('', 1))
        with mock.patch.object(warmth.recording, 'boot', lambda: 'another'):
            self.assertEqual((warmth.is_due(self.layout), warmth.drain(self.layout)), (True, 1.0))
        self.clock = 1601.0
        self.assertEqual(settling.settle_app('shop'), 'no longer kept warm: activation 1 drained')
        self.stands(2, gone=1)
        self.assertFalse(os.path.exists(self.layout.warm))

    def test_where_memory_is_short_for_three_it_ends_for_the_newcomer(self):
        config, serving = acts.load(self.layout, 2).config, acts.load(self.layout, 2)
        free = 100 << 20
        self.replace(memory.capacity, 'available_memory', lambda: free)
        self.replace(memory.capacity, 'resident', lambda pids: 0)
        self.assertFalse(memory.check(self.layout, config, serving))
        config['services'][0]['memory'] = 90 << 20
        self.replace(warmth, 'memory', lambda _layout: 30 << 20)
        self.assertTrue(memory.check(self.layout, config, serving))
        self.replace(warmth, 'memory', lambda _layout: 1 << 20)
        with self.assertRaises(Failure):
            memory.check(self.layout, config, serving)
        self.assertEqual(retire.cool(self.layout, self.book, Silent(), at_once=True), 'no longer kept warm: activation 1 drained')
        self.stands(2, gone=1)
