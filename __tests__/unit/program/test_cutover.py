"""The transaction, and what becomes of one that was cut off anywhere."""

import contextlib
import itertools
import json
import os
import unittest
from unittest import mock

from place import PlaceTest, Silent, activated, config
from slipway import activation as acts
from slipway import (
    bake,
    connections,
    counting,
    cutover,
    draining,
    files,
    front,
    maintenance,
    proof,
    reloading,
    retire,
    router,
    schedule,
    session,
    settling,
    taking_over,
    telling,
    units,
)
from slipway import layout as places
from slipway import records as recording
from slipway.failures import Failure
from slipway.records import Records
from transaction import NOBODY, TransactionTest

BEAT = 'slipway-app.shop.1.beat.1.service'


class Transaction(TransactionTest):
    def test_ends_proven_and_recorded(self):
        self.assertEqual(self.cut_over(), {'number': 2, 'seen': []})
        # What it replaced is still there, to go back to.
        self.assertFalse(self.stands(2, phase='retire').entry(1)['withdrawn'])
        self.assertEqual(set(os.listdir(places.WANTS)), set(acts.load(self.layout, 2).names()))

    def maintain(self):
        os.makedirs(f'{self.layout.activation(2)}/router')
        self.write(f'{self.layout.activation(2)}/router/maintenance.sock')
        old, new = acts.load(self.layout, 1), acts.load(self.layout, 2)
        return maintenance.begin(self.layout, self.book, Silent(), new, old, 0, NOBODY)

    def test_in_maintenance_nobody_writes_and_every_way_back_ends_it(self):
        workers = ['slipway-app.shop.1.queue.1.service', BEAT]
        self.assertEqual(self.maintain(), [])
        self.assertEqual(os.readlink(self.layout.current), '2/router/maintenance.sock')
        self.assertEqual(Records(self.layout).intent()['phase'], 'maintain')
        self.assertIn(('stop', workers), self.told)
        # The run died there.
        line = settling.settle(self.layout, Records(self.layout))
        self.assertIn('ended in its maintenance: what it had begun was removed, activation 1 serves again', line)
        self.stands(1, gone=2)
        started = [name for verb, names in self.told if verb == 'start' for name in names]
        self.assertTrue(set(workers) <= set(started))
        self.assertTrue(set(workers) <= set(os.listdir(places.WANTS)))

    def test_after_maintenance_the_new_one_serves_or_all_old_workers_begin_again(self):
        self.maintain()
        self.well = {1}
        with self.assertRaises(Failure):
            self.cut_over()
        self.stands(1, gone=2)
        self.assertIn(('start', ['slipway-app.shop.1.queue.1.service', BEAT]), self.told)

    def test_maintenance_says_what_is_still_open_and_how_many_it_turned_away(self):
        listed = 'u_str ESTAB 0 0 /opt/shop/run/1/router/http.sock 1 * 2\n' * 2
        self.replace(connections, 'run', lambda *_, **__: mock.Mock(output=listed, code=0))
        self.assertEqual(self.maintain(), ['2 connections of before still in use after 0 s: what they do may still write'])
        self.replace(counting, 'counted', lambda new, what: {2: {counting.TURNED_AWAY: 3}}[new.number][what])
        self.assertEqual(retire._of_maintenance(acts.load(self.layout, 2)), ['in maintenance 3 requests were answered 503'])
        self.assertEqual(retire._of_maintenance(acts.load(self.layout, 1)), [])

    def test_what_goes_back_ends_its_router_before_its_services(self):
        self.well = {1}
        with self.assertRaises(Failure):
            self.cut_over()
        routers = [names for verb, names in self.told if verb == 'stop' and any('.2.router' in name or name.endswith('.2.service') for name in names)]
        self.assertEqual(routers[0], [acts.Activation(self.layout, {'number': 2, 'config': config(), 'ports': {}}).router_unit()])

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
        for where, name in ((units, 'enable'), (router, 'publish'), (router, 'switch')):
            with self.subTest(name=name):
                self.setUp()
                full = mock.Mock(side_effect=[OSError(28, 'No space left on device'), None, None, None])
                with mock.patch.object(where, name, full), self.assertRaises(OSError):
                    self.cut_over()
                self.stands(1, gone=2)

    def test_a_disk_that_stays_full_keeps_no_worker_from_working(self):
        self.replace(units, 'enable', mock.Mock(side_effect=OSError(28, 'No space left on device')))
        with self.assertRaises(OSError):
            self.cut_over()
        self.assertIn(('start', [BEAT]), self.told)
        self.assertEqual(router.points_to(self.layout), 1)

    def test_looks_who_listens_right_before_the_switch(self):
        at = []
        self.own_listeners.side_effect = lambda new, _seen: at.append(
            (new.number, router.points_to(self.layout), self.told[-1][0])
        )
        self.cut_over()
        self.assertEqual(at, [(2, 1, 'start')])

    def test_does_not_switch_to_a_port_that_another_took(self):
        self.own_listeners.side_effect = Failure('foreign-listener', 'another', '', '')
        switched = []
        self.replace(router, 'switch', lambda _layout, number: switched.append(number))
        self.refused('foreign-listener', self.cut_over)
        self.assertEqual(switched, [])
        self.stands(1, gone=2)

    def test_makes_a_new_domain_known_with_the_switch_and_gives_back_the_old(self):
        self.change(2, config={**config(*self.services), 'domains': ['new.example.com']})
        router.claim(self.layout, config(domains=['new.example.com']))
        links = lambda: sorted(name for name in os.listdir(places.DOMAINS) if name.endswith('.sock'))
        self.own_listeners.side_effect = lambda *_: self.assertEqual(links(), ['shop.example.com.sock'])
        self.cut_over()
        # Until what it replaced is retired both lead to it.
        self.assertEqual(links(), ['new.example.com.sock', 'shop.example.com.sock'])
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertEqual((links(), router.owner('new.example.com')), (['shop.example.com.sock'], None))

    def beside_a_default_site(self):
        """The front lists names, 2 brings a new one and redirects it; gives what nginx is told, each with what is switched to then."""
        os.makedirs(os.path.dirname(front.place(80)))
        front.put(80, front.text(80, ['*'], ['/etc/nginx/sites-enabled/theirs']))
        os.unlink(f'{places.STATE}/{reloading.MARK}')
        self.change(2, config={**config(*self.services), 'domains': ['shop.example.com', 'new.example.com']})
        router.claim(self.layout, config(domains=['new.example.com']))
        told = []

        def reload(_refused, to_the_end=False):
            names = front.text_of(80).partition('slipway.invalid')[2].strip(';\n').split()
            told.append((names, router.points_to(self.layout), to_the_end))
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f'{places.STATE}/{reloading.MARK}')

        self.replace(reloading, 'reload', reload)
        return told

    def test_beside_a_default_site_nginx_is_told_of_a_name_when_it_is_switched_and_first_of_all_on_the_way_back(self):
        told = self.beside_a_default_site()
        both = ['new.example.com', 'shop.example.com']
        self.assertIn('nginx was told of new.example.com', self.cut_over()['seen'][0])
        self.assertEqual(told, [(both, 2, False)])
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertEqual(told[1:], [(['shop.example.com'], 2, True)])
        self.assertFalse(os.path.exists(f'{places.DOMAINS}/new.example.com.claim'))

    def test_beside_a_default_site_a_name_that_is_not_proven_goes_back(self):
        told = self.beside_a_default_site()
        self.well = {1}
        self.refused('not-proven', self.cut_over)
        self.assertEqual([(names, to) for names, to, _ in told], [(['new.example.com', 'shop.example.com'], 2), (['shop.example.com'], 2)])
        self.stands(1, gone=2)

    def test_beside_a_default_site_who_died_before_nginx_was_told_is_settled(self):
        told = self.beside_a_default_site()
        with mock.patch.object(reloading, 'reload', side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            self.cut_over()
        self.assertTrue(reloading.is_pending())
        self.settle()
        self.assertEqual(told, [(['new.example.com', 'shop.example.com'], 2, False)])
        self.stands(2)

    def test_beside_a_default_site_a_take_over_tells_nginx_once(self):
        told = self.beside_a_default_site()
        self.change(2, takeOver='/etc/nginx/sites-enabled/old')
        self.replace(taking_over, '_move', mock.Mock())
        self.replace(taking_over, 'farewell', lambda *_: [])
        self.replace(taking_over, 'KEPT', f'{self.folder}/taken')
        self.cut_over()
        self.assertEqual(told, [(['new.example.com', 'shop.example.com'], 2, False)])
        # The other way round the site is back before the name leaves the list.
        self.write(f'{taking_over.kept(self.layout, "/etc/nginx/sites-enabled/old")}.json')
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertEqual(told[1:], [(['shop.example.com'], 2, True)])

    def test_no_restart_of_the_host_brings_back_what_may_run_once(self):
        units.enable(acts.load(self.layout, 1).names())
        for facts in (self.services[2],):
            facts['stop']['timeout'] = 900
        for number in (1, 2):
            self.change(number, config=config(*self.services))
        wanted = []
        self.own_listeners.side_effect = lambda *_: wanted.extend(os.listdir(places.WANTS))
        self.cut_over()
        self.assertNotIn(BEAT, wanted)
        self.assertIn('slipway-app.shop.1.queue.1.service', wanted)
        # Its own time to end: systemctl must not give up on it before.
        self.assertGreater(self.times[BEAT], 900)
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertIn(BEAT, os.listdir(places.WANTS))

    def test_begins_no_second_one_when_the_first_does_not_end(self):
        units.enable(acts.load(self.layout, 1).names())
        self.replace(units, 'wait_over', lambda _look, name, _limit: name != BEAT)
        self.assertIn(BEAT, self.refused('worker-stays', self.cut_over).what)
        self.assertNotIn(
            'slipway-app.shop.2.beat.1.service', [name for verb, names in self.told if verb == 'start' for name in names]
        )
        self.stands(1, gone=2)
        self.assertIn(BEAT, os.listdir(places.WANTS))
        self.assertEqual([names for verb, names in self.told if verb == 'start'][-1], [BEAT])

    def test_what_was_withdrawn_and_serves_again_is_proven_again(self):
        self.cut_over(withdraw=True)
        self.book.done()
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        book = self.stands(1, gone=2)
        self.assertEqual(
            (book.entry(1)['withdrawn'], book.entry(1)['state'], book.entry(2)['withdrawn']), (False, 'proven', True)
        )

    def test_what_served_for_a_while_ends_its_requests_on_the_way_back_and_a_newcomer_has_the_five_seconds_of_its_router(self):
        drained = []
        self.replace(draining, 'drain', lambda activation, seconds, *_: drained.append((activation.number, seconds)))
        self.change(2, rollout={'drain': 8})
        self.cut_over()
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertEqual(drained, [(2, 8)])
        self.activation(3)
        self.book.intend('switch', 1, 3, **NOBODY)
        cutover.revert(self.layout, self.book, Silent(), 3, 1, NOBODY)
        self.assertEqual(drained, [(2, 8)])

    def test_goes_back_to_what_would_be_refused_today(self):
        self.change(1, config=config(*self.services, domains=['localhost'], shared=['node_modules']))
        self.book.intend('switch', 1, 2, **NOBODY)
        self.assertIn('activation 1 serves again', self.settle())
        self.stands(1, gone=2)
        self.activation(2)
        self.cut_over()
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.stands(1, gone=2)

    def test_does_not_go_back_to_what_has_ended_though_its_folder_is_kept_for_a_command_of_slipway_run(self):
        self.cut_over()
        self.replace(acts.one_offs, 'in_hand', lambda _layout, number: ['slipway-run.shop.1.api.00.service'] if number == 1 else [])
        retire.retire(self.layout, self.book, Silent(), acts.load(self.layout, 2), 1, 5)
        self.book.done()
        self.assertIsNotNone(acts.load(self.layout, 1))
        self.refused('cannot-revert', lambda: cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY))
        self.stands(2)
        self.assertTrue(os.path.exists(self.layout.activation(2)))

    def test_drains_nothing_that_was_gone_back_from_and_whose_folder_was_kept(self):
        self.cut_over()
        self.replace(acts.one_offs, 'in_hand', lambda _layout, number: ['slipway-run.shop.2.api.00.service'] if number == 2 else [])
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.replace(draining, 'drain', mock.Mock(side_effect=AssertionError))
        lines = retire.retire(self.layout, self.book, Silent(), acts.load(self.layout, 1), 1, 5)
        self.assertEqual(lines, ['activation 2 stays on disk until slipway-run.shop.2.api.00.service has ended, a command of `slipway run`'])
        self.assertEqual(self.book.entry(2)['state'], 'withdrawn')

    def test_bakes_against_what_it_replaced_and_not_what_was_gone_back_from_before(self):
        self.replace(acts.one_offs, 'in_hand', lambda *_: ['slipway-run.shop.2.api.00.service'])
        self.cut_over()
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.activation(3)
        self.book.intend('retire', 1, 3, **NOBODY)
        asked = self.asked()
        self.replace(bake.wellbeing, 'faults', lambda _new: [])
        # The folder of 2 is there, and nobody answers: as if it had never failed.
        self.replace(bake, 'served', lambda activation: {1: (50, 100), 2: (0, 0), 3: (50, 100)}[activation.number])
        self.assertEqual(asked.observe({'number': 3, 'seconds': 0}), {'healthy': True, 'findings': []})

    def asked(self):
        self.replace(session, 'Conversation', Silent)
        asked = session.Session(self.layout)
        asked.records = self.book
        return asked

    def test_what_serves_is_neither_started_nor_maintained_nor_gone_back_from_to_itself(self):
        asked = self.asked()
        for act, given in ((asked.start, {'number': 1}), (asked.maintain, {'number': 1, 'drain': 0}), (asked.cut_over, {'number': 1}),
                           (asked.revert, {'number': 1, 'to': 1}), (asked.revert, {'number': 2})):
            with self.subTest(act.__name__, given=given):
                self.refused('bad-order', act, given)
        self.stands(1)

    def test_while_one_is_in_hand_no_other_is(self):
        asked = self.asked()
        self.activation(3)
        self.book.append('staged', 3, releaseId='r3', version='v3')
        for phase in ('stage', 'maintain', 'start', 'switch'):
            self.book.intend(phase, 1, 3, **NOBODY)
            for act, given in ((asked.start, {'number': 2}), (asked.maintain, {'number': 2, 'drain': 0}), (asked.cut_over, {'number': 2}),
                               (asked.retire, {'drain': 0}), (asked.revert, {'number': 2, 'to': 1})):
                with self.subTest(phase, act=act.__name__):
                    self.refused('bad-order', act, given)
        self.stands(1, phase='switch')

    def test_does_not_go_back_to_what_is_not_on_disk_any_more(self):
        self.cut_over()
        files.remove(self.layout.activation(1))
        self.refused('cannot-revert', lambda: cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY))
        self.stands(2, phase='retire')

    def test_what_does_not_answer_is_not_proven_again(self):
        self.cut_over(withdraw=True)
        self.well.discard(1)
        self.refused('not-proven', lambda: cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY))
        # Somebody is there, who may do more: nothing is thrown away yet.
        self.assertTrue(os.path.exists(self.layout.activation(2)))
        self.assertIn('not proven', self.settle())
        self.assertTrue(self.stands(1, gone=2).entry(1)['withdrawn'])

    def test_nothing_to_settle_is_nothing(self):
        self.assertIsNone(self.settle())

    def test_who_died_while_it_wrote_down_what_it_had_in_hand_left_nothing(self):
        self.write(f'{self.layout.intent}.new', '{"phase": "sta')
        self.assertIsNone(self.settle())
        self.assertFalse(os.path.exists(f'{self.layout.intent}.new'))

    def test_hands_timers_over_with_the_proof_and_back_on_the_way_back(self):
        handed = self.replace(schedule, 'hand_over', mock.Mock())

        def hands():
            made = [tuple(given and given.number for given in call.args) for call in handed.call_args_list]
            handed.reset_mock()
            return made

        self.replace(proof, 'prove', mock.Mock(side_effect=lambda *_: self.assertEqual(hands(), []) or {'seen': []}))
        self.cut_over()
        self.assertEqual(hands(), [(1, 2)])
        self.replace(proof, 'prove', mock.Mock(return_value={'seen': []}))
        cutover.revert(self.layout, self.book, Silent(), 2, 1, NOBODY)
        self.assertEqual(hands(), [(2, 1)])

    def test_hands_timers_over_when_it_died_between_proof_and_that(self):
        handed = self.replace(schedule, 'hand_over', mock.Mock(side_effect=[KeyboardInterrupt, None]))
        with self.assertRaises(KeyboardInterrupt):
            self.cut_over()
        self.assertIn('was proven: it serves', self.settle())
        self.assertEqual([given.number for given in handed.call_args.args], [1, 2])

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

    def test_settling_makes_the_domain_of_what_serves_known_again(self):
        router.claim(self.layout, config(domains=['new.example.com']))
        router.publish(activated(self.layout, config(domains=['new.example.com'])))
        os.unlink(f'{places.DOMAINS}/shop.example.com.sock')
        self.book.intend('switch', 1, 2, **NOBODY)
        self.settle()
        self.assertEqual(sorted(os.listdir(places.DOMAINS)), [f'shop.example.com.{end}' for end in ('claim', 'json', 'sock')])

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
        self.assertEqual((telling.take_words(self.layout), telling.take_words(self.layout)), ([line], []))

    def test_waits_for_a_task_of_a_dead_run(self):
        self.change(2, tasks=['api: ./migrate'])
        half = self.write(f'{self.layout.releases}/r2/src/migrate')
        seen, ends = [], False
        self.replace(units, 'wait_over', lambda _look, name, _limit: (seen.append((name, os.path.exists(half))), ends)[1])
        self.book.intend('start', 1, 2, **NOBODY)
        self.assertIn('./migrate', self.refused('task-running', self.settle).what)
        self.assertIsNotNone(Records(self.layout).intent())
        # A migration that still runs reads its release.
        self.assertTrue(os.path.exists(half))
        ends = True
        self.settle()
        self.assertEqual(set(seen) & {(self.layout.task_unit(2, 'before', 0), True), (self.layout.task_unit(2, 'before', 0), False)}, {seen[0]})
        self.assertEqual(seen[0], (self.layout.task_unit(2, 'before', 0), True))
        self.assertFalse(os.path.exists(half))

    def test_leaves_alone_what_a_newer_program_left(self):
        half = self.write(f'{self.layout.releases}/r2/src/x')
        self.book.intend('drain-elsewhere', 1, 2, **NOBODY)
        failure = self.refused('host-program-too-old', self.settle)
        self.assertIn('drain-elsewhere', failure.what)
        self.assertIn('setup-vm', failure.cure)
        self.stands(1, phase='drain-elsewhere')
        self.assertTrue(os.path.exists(half) and os.path.exists(self.layout.activation(2)))

    def test_retires_what_was_replaced(self):
        self.cut_over()
        line = self.settle()
        self.assertIn('What it replaced was retired: activation 1 drained', line)
        self.assertEqual(self.stands(2, gone=1).entry(1)['state'], 'retired')

    def test_keeps_nobody_out_when_retiring_fails(self):
        self.cut_over()
        for error in (OSError(28, 'full'), Failure('x', 'it would not', '', '')):
            self.replace(settling.retiring, 'retire', mock.Mock(side_effect=error))
            self.book.intend('retire', 1, 2, **NOBODY)
            self.assertIn('could not be retired', self.settle())
            self.stands(2)

    def test_gives_processes_longer_after_a_restart_of_the_host(self):
        for since, given, limit in ((True, None, settling.BOOT_LIMIT), (False, None, proof.LIMIT), (True, 3.0, 3.0)):
            self.setUp()
            names = itertools.count() if since else itertools.repeat(0)
            self.replace(recording, 'boot', lambda names=names: next(names))
            self.book.intend('switch', 1, 2, **NOBODY)
            router.switch(self.layout, 2)
            settling.settle(self.layout, Records(self.layout), limit=given)
            self.assertEqual(self.limits, [limit])
            self.limits.clear()
            self.book.intend('revert', 2, 1, **NOBODY)
            self.activation(1)
            settling.settle(self.layout, Records(self.layout), limit=given)
            self.assertEqual(self.limits, [limit])
        self.assertGreater(settling.BOOT_LIMIT, proof.LIMIT)

    def test_tells_a_restart_of_the_host_by_its_first_process(self):
        # A name may hold blanks and brackets; the start is the 22nd word.
        def named(machine, start):
            files = {'/proc/sys/kernel/random/boot_id': self.write('boot_id', f'{machine}\n'),
                     '/proc/1/stat': self.write('stat', '1 (in) it) S ' + ' '.join(['0'] * 18) + f' {start} 0 0\n')}
            with mock.patch.object(recording, 'open', lambda path, **more: open(files[path], **more), create=True):
                return recording.boot()
        self.assertEqual(named('one', 1000), named('one', 1000))
        self.assertEqual(len({named('one', 1000), named('one', 1001), named('two', 1000)}), 3)

    def test_removes_what_a_dead_run_left_when_nothing_is_in_hand(self):
        half = self.write(f'{self.layout.releases}/r9/src/x')
        self.assertIsNone(self.settle())
        self.assertFalse(os.path.exists(half))


class Retiring(PlaceTest):
    def test_whom_nobody_waits_for_any_more_is_cut_soon(self):
        for drain, given in ((0, draining.KEPT), (8, 8), (45, 10)):
            old = activated(self.layout, config(), 1, rollout={'drain': drain})
            self.assertEqual(draining.on_the_way_back(old), given)
        self.replace(draining, 'waiting', lambda _socket: 0)
        self.replace(draining, 'established', lambda _socket: 2)
        self.replace(draining, 'STEP', 0.001)
        self.replace(units, 'kill', lambda *_: mock.Mock(code=0))
        for kept, waited in ((1.0, 3), (1e9, None)):
            limits, given_up = [], iter([False, False, True])
            self.replace(draining, 'KEPT', kept)
            self.replace(units, 'wait_stopped', lambda _unit, limit, limits=limits, waited=waited: (limits.append(limit), waited is None and len(limits) == 50)[1])
            self.assertEqual(draining.drain(old, 10, Silent(), lambda given_up=given_up: next(given_up)), 2 if waited else 0)
            self.assertEqual(limits[:3], [1.0, 0.001, 0.001])
            self.assertEqual(len(limits), waited or 50)

    def test_of_a_router_says_what_it_waits_for_and_cuts_what_is_left_all_at_once(self):
        old = activated(self.layout, config(), 1)
        self.replace(draining, 'waiting', lambda _socket: 0)
        self.replace(draining, 'established', lambda _socket: 2)
        for seconds, ends_after, waited, said, cut, signals in (
            (30, 1, [1.0], [], 0, ['SIGQUIT']),
            (30, 2, [1.0, 29.0], ['draining: 2 connections still in use'], 0, ['SIGQUIT']),
            (30, 9, [1.0, 29.0], ['draining: 2 connections still in use'], 2, ['SIGQUIT', 'SIGTERM']),
            (0.5, 9, [0.5], [], 2, ['SIGQUIT', 'SIGTERM']),
            (0, 9, [0.05], [], 2, ['SIGQUIT', 'SIGTERM']),
        ):
            with self.subTest(seconds=seconds, ends_after=ends_after):
                told, limits, talk = [], [], Silent()
                self.replace(units, 'kill', lambda _unit, signal, told=told: (told.append(signal), mock.Mock(code=0))[1])
                self.replace(units, 'wait_stopped', lambda _unit, limit, limits=limits, ends_after=ends_after: (
                    limits.append(limit), len(limits) >= ends_after)[1])
                self.assertEqual(draining.drain(old, seconds, talk), cut)
                self.assertEqual((limits, [line['text'] for line in talk.said], told), (waited, said, signals))

    def test_is_recorded_before_anything_is_thrown_away(self):
        book = Records(self.layout)
        for number in (1, 2, 3, 4):
            book.append('proven', number, releaseId=f'r{number}', version='v')
            facts = {'number': number, 'config': config(), 'ports': {}, 'first': True}
            self.write(f'{self.layout.activation(number)}/activation.json', json.dumps(facts))
        book.append('retired', 1)
        os.unlink(f'{self.layout.activation(3)}/activation.json')
        self.replace(draining, 'drain', lambda *_: 0)
        seen = []
        self.replace(
            retire.acts,
            'discard',
            lambda old: (
                seen.append((old.number, Records(self.layout).entry(old.number)['state'])),
                files.remove(self.layout.activation(old.number)),
            ),
        )
        lines = retire.retire(self.layout, book, Silent(), acts.load(self.layout, 4), 1, 5)
        # The first was recorded and not thrown away by a run that died in between.
        self.assertEqual(seen, [(1, 'retired'), (2, 'retired')])
        self.assertEqual(book.unretired(), [4])
        self.assertEqual(Records(self.layout).serving, 4)
        self.assertEqual(self.read(self.layout.history).count('"retired"'), 2)
        self.assertIn('activation 2 drained', lines)


if __name__ == '__main__':
    unittest.main()
