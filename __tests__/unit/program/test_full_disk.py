"""A disk that is full, or becomes it: each write around the proof fails, and the law holds."""

import contextlib
import errno
import io
import itertools
import json
import os
from unittest import mock

from place import PlaceTest, Silent, config, service
from slipway import cutover, draining, files, router, session, telling
from slipway import layout as places
from slipway.records import Records
from transaction import NOBODY, TransactionTest

FULL = OSError(errno.ENOSPC, 'No space left on device')


class HalfWritten(PlaceTest):
    """What a write beside a file came to before there was no room."""

    def test_is_taken_away(self):
        for call in ('write', 'fsync'):
            with self.subTest(call=call), mock.patch.object(os, call, side_effect=FULL):
                path = self.write('history/some', 'as it was')
                with self.assertRaises(OSError):
                    files.write(path, 'another', durable=True)
            self.assertEqual(os.listdir(os.path.dirname(path)), ['some'])
            with open(path, encoding='utf-8') as file:
                self.assertEqual(file.read(), 'as it was')


class FullDisk(TransactionTest):
    """Each write around the proof fails: once, or until there is room again. Proven and recorded, or switched back."""

    def setUp(self):
        super().setUp()
        self.services.append(service('report', route=None, schedule={'kind': 'times', 'calendar': ['*-*-* 6:0:00 UTC']}))
        for number in (1, 2):
            self.change(number, config=config(*self.services))
        self.book.intend('start', 1, 2, **NOBODY)
        self.room, self.once, self.fails, self.failed = True, False, lambda _what: False, []
        self.replace(draining, 'drain', lambda *_: 0)
        # Set up once more within a test, it is another place with the same limits.
        if 'limited' in vars(self):
            return
        self.limited = True
        for where, name in ((files, 'append'), (files, 'write'), (files, 'point')):
            self.limit(where, name)

    def limit(self, where, name):
        """Lets a write fail that `self.fails` names, while there is no room."""
        real = getattr(where, name)

        def limited(path, content, *more, **options):
            what = f'{os.path.basename(path)} {content if isinstance(content, str) else ""}'
            if not self.room and self.fails(what):
                self.failed.append(what)
                if self.once:
                    self.room = True
                raise FULL
            return real(path, content, *more, **options)

        self.replace(where, name, limited)

    def full(self, fails, once=False):
        self.fails, self.once, self.room = fails, once, False

    def lawful(self):
        """What users reach is what is recorded to serve; where it is not, the intent says that somebody has to go on."""
        book = Records(self.layout)
        if (book.intent() or {}).get('phase') != 'switch':
            self.assertEqual(router.points_to(self.layout), book.serving)
        return book

    def session(self):
        made = session.Session.__new__(session.Session)
        made.layout, made.conversation, made.actor, made.records = self.layout, Silent(), NOBODY, Records(self.layout)
        made.release, made.foreign, made.trouble = mock.Mock(id='r2'), None, ''
        return made

    def asked(self, made, verb, **given):
        made._answer(verb, given)
        return made.conversation.said[-1]

    def test_without_a_record_it_is_switched_back_and_the_runner_is_told_what_serves(self):
        for once in (True, False):
            with self.subTest(once=once):
                self.setUp()
                self.full(lambda what: what.startswith('log.jsonl') and '"proven"' in what, once)
                answer = self.asked(self.session(), 'cutover', number=2, withdraw=False)
                self.assertEqual((answer['ok'], answer['failure']['code'], answer['failure']['why']), (False, 'disk-full', 'Activation 1 serves.'))
                self.assertEqual(len(self.failed), 1)
                self.assertEqual(self.stands(1, gone=2).entry(2)['state'], 'failed')
                self.assertFalse(Records(self.layout).entry(2)['proven'])
                self.assertIsNone(self.settle())

    def test_where_not_even_that_can_be_noted_it_is_switched_back_and_the_next_run_notes_it(self):
        self.full(lambda what: what.startswith('log.jsonl'))
        answer = self.asked(self.session(), 'cutover', number=2, withdraw=False)
        self.assertEqual((answer['failure']['code'], answer['failure']['why']), ('disk-full', 'Activation 1 serves.'))
        self.stands(1, gone=2, phase='switch')
        with self.assertRaises(OSError):
            self.settle()
        self.stands(1, gone=2, phase='switch')
        self.room = True
        self.settle()
        self.stands(1, gone=2)

    def test_a_record_that_reached_the_disk_all_the_same_is_not_believed_after_the_way_back(self):
        cut = mock.Mock(side_effect=FULL)
        with mock.patch.object(cutover, 'record_proven', lambda records, new, *_: (records.append('proven', new.number), cut())):
            self.full(lambda what: '"failed"' in what)
            with self.assertRaises(OSError):
                self.cut_over()
        self.assertEqual((Records(self.layout).serving, router.points_to(self.layout)), (2, 1))
        self.room = True
        self.activation(2)
        self.assertIn('activation 1 serves again', self.settle())
        self.stands(1, gone=2)

    def test_a_line_that_cannot_be_written_leaves_nothing_behind(self):
        before = self.read(self.layout.history)
        real = os.write
        for broken in (mock.patch.object(files.os, 'write', lambda fd, data: real(fd, data[:9]) if len(data) > 40 else self.raises()),
                       mock.patch.object(files.os, 'fsync', lambda _fd: self.raises())):
            with broken, self.assertRaises(OSError):
                files.append(self.layout.history, json.dumps({'event': 'proven', 'number': 2, 'filler': 'x' * 20}))
            self.assertEqual(self.read(self.layout.history), before)

    def raises(self):
        raise FULL

    def goodbye(self, made):
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            made.end()
        return said.getvalue()

    def after_the_proof(self):
        """(what fails, what is written there): everything between the record and the intent `retire`."""
        return {
            'withdrawn': lambda what: what.startswith('log.jsonl') and '"withdrawn"' in what,
            'timer': lambda what: what.startswith('slipway-app.shop.2.report.timer '),
            'intent': lambda what: what.startswith('intent.json') and '"retire"' in what,
        }

    def test_what_follows_from_a_recorded_proof_undoes_nothing_and_is_done_before_anything_is_retired(self):
        for name, fails in self.after_the_proof().items():
            with self.subTest(name=name):
                self.setUp()
                self.full(fails)
                made = self.session()
                answer = self.asked(made, 'cutover', number=2, withdraw=True)
                self.assertTrue(answer['ok'])
                self.assertIn('not all that follows from the proof is done yet', answer['value']['seen'][0])
                self.stands(2, phase='switch')
                # Red, and nothing of what it replaced is thrown away.
                answer = self.asked(made, 'retire', number=2, drain=0)
                self.assertEqual((answer['ok'], answer['failure']['why']), (False, 'Activation 2 serves.'))
                self.stands(2, phase='switch')
                self.assertTrue(os.path.exists(self.layout.activation(1)))
                self.room = True
                self.assertTrue(self.asked(made, 'retire', number=2, drain=0)['ok'])
                self.complete()

    def test_what_follows_from_a_recorded_proof_is_done_by_the_next_run(self):
        for name, fails in self.after_the_proof().items():
            with self.subTest(name=name):
                self.setUp()
                self.full(fails)
                made = self.session()
                self.asked(made, 'cutover', number=2, withdraw=True)
                # It says goodbye, and is not in the way of its own end.
                self.assertIn('not settled', self.goodbye(made))
                self.stands(2, phase='switch')
                self.room = True
                self.assertIn('was proven: it serves', self.settle())
                self.complete()

    def complete(self):
        book = self.stands(2, gone=1)
        self.assertTrue(book.entry(1)['withdrawn'])
        timer = 'slipway-app.shop.2.report.timer'
        self.assertIn(('start', [timer]), self.told)
        self.assertIn(timer, os.listdir(places.WANTS))

    def test_each_write_of_a_cut_over_fails_once_or_for_good_and_the_law_holds(self):
        seen = []
        self.full(lambda what: seen.append(what) or False)
        self.cut_over(withdraw=True)
        self.assertGreater(len(seen), 8)
        for at, once in itertools.product(range(len(seen)), (True, False)):
            with self.subTest(at=seen[at][:60], once=once):
                self.setUp()
                count = itertools.count()
                self.full(lambda _what, count=count, at=at: next(count) >= at, once)
                made = self.session()
                answer = self.asked(made, 'cutover', number=2, withdraw=True)
                self.assertTrue(self.failed)
                book = self.lawful()
                reached = router.points_to(self.layout)
                if answer['ok']:
                    self.assertEqual((book.serving, reached), (2, 2))
                else:
                    # Where not even the way back can be written, that is what is said.
                    self.assertTrue(answer['failure']['why'].startswith(f'Activation {reached} serves.'), answer['failure'])
                    self.assertEqual('not recorded yet' in answer['failure']['why'], reached == 2)
                self.goodbye(made)
                self.room = True
                self.settle()
                self.assertIsNone(self.lawful().intent())
                self.stands(1, gone=2) if reached == 1 else self.complete()

    def test_a_folder_is_removed_where_there_is_no_room_to_put_it_aside(self):
        self.write(f'{self.folder}/away/a')
        with mock.patch.object(files.os, 'mkdir', mock.Mock(side_effect=FULL)):
            files.take_away(f'{self.folder}/away', self.layout.incoming)
        self.assertFalse(os.path.exists(f'{self.folder}/away'))

    def test_a_word_that_cannot_be_kept_is_no_reason_to_fail(self):
        self.full(lambda what: what.startswith('settled.json'))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            telling.leave_word(self.layout, 'it is so')
        self.assertIn('it is so', said.getvalue())
        self.assertEqual(telling.take_words(self.layout), [])
