"""History and intent: what is on disk after anything that can happen to it."""

import json
import os
import unittest

from place import PlaceTest
from slipway import activation, files
from slipway.records import Records


class History(PlaceTest):
    def records(self, *events):
        """Records in which these (event, number, more) were appended, read anew."""
        book = Records(self.layout)
        for event, number, *more in events:
            book.append(event, number, releaseId=f'r{number}', version=f'v{number}', **(more[0] if more else {}))
        anew = Records(self.layout)
        self.assertEqual((anew.serving, anew.entries), (book.serving, book.entries))
        return anew

    def test_begins_empty(self):
        book = Records(self.layout)
        self.assertEqual(
            (book.serving, book.entries, book.next_number(), book.serving_entry(), book.intent()), (None, {}, 1, None, None)
        )

    def test_follows_what_serves(self):
        table = [
            ([('staged', 1), ('started', 1)], None),
            ([('proven', 1)], 1),
            ([('staged', 2), ('proven', 2)], 2),
            ([('retired', 1)], 2),
            ([('staged', 3), ('failed', 3, {'serving': 2})], 2),
            ([('staged', 4), ('proven', 4), ('withdrawn', 2, {'serving': 4})], 4),
            ([('withdrawn', 4, {'serving': 2})], 2),
            ([('withdrawn', 2, {'serving': None})], None),
            ([('proven', 2)], 2),
            ([('failed', 2)], None),
            # What ends is no word on what serves.
            ([('proven', 4), ('retired', 4)], 4),
            ([('proven', 5), ('failed', 5, {'serving': 4})], 4),
        ]
        for events, serving in table:
            with self.subTest(events=events):
                self.assertEqual(self.records(*events).serving, serving)

    def test_keeps_of_each_activation_what_became_of_it(self):
        book = self.records(
            ('staged', 1, {'by': 'ann'}),
            ('proven', 1),
            ('staged', 2),
            ('failed', 2),
            ('staged', 3),
            ('proven', 3),
            ('withdrawn', 3, {'serving': 1}),
            ('retired', 3),
            ('task', 3, {'name': 'x'}),
        )
        seen = {entry['number']: (entry['state'], entry['proven'], entry['withdrawn']) for entry in book.ordered()}
        self.assertEqual(seen, {1: ('proven', True, False), 2: ('failed', False, False), 3: ('retired', True, True)})
        self.assertEqual(book.entry(1)['by'], 'ann')
        self.assertEqual(book.next_number(), 4)
        self.assertFalse(self.records(('proven', 3)).entry(3)['withdrawn'])

    def test_goes_by_numbers_and_not_by_clocks(self):
        lines = [
            {'at': at, 'event': 'proven', 'number': number, 'releaseId': 'r', 'version': 'v'}
            for at, number in (('2030-01-01T00:00:00Z', 10), ('1970-01-01T00:00:00Z', 11), ('2020-01-01T00:00:00Z', 9))
        ]
        self.write(self.layout.history, ''.join(json.dumps(line) + '\n' for line in lines))
        book = Records(self.layout)
        self.assertEqual([entry['number'] for entry in book.ordered()], [9, 10, 11])
        self.assertEqual(book.next_number(), 12)

    def test_lives_with_a_last_line_that_a_power_cut_left_half_written(self):
        for torn in (b'{"at":"2026', b'{', b'"', b'\xc3', b'\0' * 100, b'12', b'[]', b'{"event":"proven","number":9', b'null'):
            with self.subTest(torn=torn):
                self.write(
                    self.layout.history, b'{"at":"x","event":"proven","number":1,"releaseId":"r1","version":"v1"}\n' + torn
                )
                book = Records(self.layout)
                self.assertEqual(book.serving, 1)
                # What is recorded next must not be lost in the torn line.
                book.append('proven', 2, releaseId='r2', version='v2')
                self.assertEqual(Records(self.layout).serving, 2)
                self.assertIn(2, Records(self.layout).entries)

    def test_is_not_written_through_a_link(self):
        outside = self.write('outside', '')
        os.symlink(outside, self.layout.history)
        with self.assertRaises(OSError):
            Records(self.layout).append('staged', 1)
        self.assertEqual(self.read('outside'), '')

    def test_names_activations_whose_files_are_there(self):
        book = self.records(('proven', 1), ('retired', 1), ('proven', 2), ('failed', 3), ('staged', 4), ('failed', 5))
        for number in (1, 2, 4, 5):
            os.makedirs(self.layout.activation(number))
        # Whatever was recorded of them: a run that died in between may have left processes.
        self.assertEqual(book.unretired(), [1, 2, 4, 5])

    def test_knows_what_has_ended_by_its_last_word_though_files_are_there(self):
        table = [
            ([], True),
            ([('staged', 2), ('started', 2)], False),
            ([('proven', 2)], False),
            # Rolled back from: until it is retired it is there to go back to.
            ([('withdrawn', 2, {'serving': 3})], False),
            ([('retired', 2)], True),
            ([('proven', 2), ('failed', 2, {'serving': 1})], True),
            ([('proven', 2), ('withdrawn', 2, {'serving': 1})], True),
            ([('proven', 2), ('withdrawn', 2, {'serving': None})], True),
        ]
        os.makedirs(self.layout.activation(2))
        for events, ended in table:
            with self.subTest(events=events):
                self.assertIs(self.records(*events).has_ended(2), ended)


class Intent(PlaceTest):
    def test_says_what_is_in_hand(self):
        book = Records(self.layout)
        book.intend('switch', 1, 2, withdraw=True, by='ann', run='7')
        found = Records(self.layout).intent()
        self.assertEqual(
            {key: found[key] for key in ('phase', 'from', 'to', 'withdraw', 'by', 'run')},
            {'phase': 'switch', 'from': 1, 'to': 2, 'withdraw': True, 'by': 'ann', 'run': '7'},
        )
        self.assertEqual(os.stat(self.layout.intent).st_mode & 0o777, 0o600)
        book.done()
        book.done()
        self.assertIsNone(Records(self.layout).intent())

    def test_is_whole_or_not_there(self):
        for junk in ('', '{"phase"'):
            self.write(self.layout.intent, junk)
            self.assertIsNone(Records(self.layout).intent())


class Files(PlaceTest):
    def test_are_written_beside_and_renamed(self):
        path = self.write('file', 'old')
        os.link(path, f'{self.folder}/linked')
        files.write(path, 'new', mode=0o640)
        self.assertEqual((self.read('file'), self.read('linked'), os.stat(path).st_mode & 0o777), ('new', 'old', 0o640))
        self.assertFalse(os.path.lexists(f'{path}.new'))

    def test_are_not_written_through_links(self):
        outside = self.write('outside', 'kept')
        for name in ('file', 'file.new'):
            os.symlink(outside, f'{self.folder}/{name}')
        files.write(f'{self.folder}/file', 'new')
        self.assertEqual((self.read('outside'), self.read('file'), os.path.islink(f'{self.folder}/file')), ('kept', 'new', False))

    def test_links_are_moved_at_once(self):
        files.point(f'{self.folder}/link', 'a')
        self.write('link.new', 'left by a dead run')
        files.point(f'{self.folder}/link', 'b')
        self.assertEqual(os.readlink(f'{self.folder}/link'), 'b')

    def test_removing_follows_no_link(self):
        self.write('kept/file')
        os.symlink('kept', f'{self.folder}/link')
        os.makedirs(f'{self.folder}/gone')
        os.symlink('../kept', f'{self.folder}/gone/link')
        for name in ('link', 'gone', 'never-there'):
            files.remove(f'{self.folder}/{name}')
        self.assertEqual(os.listdir(self.folder + '/kept'), ['file'])
        self.assertFalse(os.path.lexists(f'{self.folder}/link') or os.path.exists(f'{self.folder}/gone'))

    def test_plain_is_what_no_link_leads_to(self):
        self.write('a/b/c')
        os.symlink('a', f'{self.folder}/link')
        os.symlink('c', f'{self.folder}/a/b/link')
        self.assertTrue(files.plain_mode(self.folder, 'a/b/c'))
        self.assertTrue(files.plain_mode(self.folder, ''))
        for path in ('link', 'link/b', 'link/b/c', 'a/b/link', 'a/x', 'a/b/c/d'):
            self.assertEqual(files.plain_mode(self.folder, path), 0, path)
        self.assertEqual(files.plain_mode(f'{self.folder}/link', 'b'), 0)


class Stored(PlaceTest):
    def test_an_activation_that_a_power_cut_left_half_written_is_none(self):
        for junk in ('', '{"number": 1,'):
            self.write(f'{self.layout.activation(1)}/activation.json', junk)
            self.assertIsNone(activation.load(self.layout, 1))


if __name__ == '__main__':
    unittest.main()
