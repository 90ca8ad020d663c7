"""What people type on a host and what they see."""

import contextlib
import io
import json
import unittest
from unittest import mock

from place import PlaceTest
from slipway import layout as places
from slipway import one_offs
from slipway.failures import Failure
from slipway.records import Records
from slipway.shell import command, logs, looking, page, removal, rolling
from slipway.shell.words import Words


class Typed(unittest.TestCase):
    def test_an_app_or_none(self):
        words = Words([])
        self.assertEqual((words.verb, words.app, words.json), ('status', None, False))
        words = Words(['shop', '--json'])
        self.assertEqual((words.verb, words.app, words.json), ('status', 'shop', True))
        words = Words(['status', 'logs'])
        self.assertEqual((words.verb, words.app), ('status', 'logs'))

    def test_logs(self):
        words = Words(['logs', 'shop'])
        self.assertEqual((words.number, words.service, words.lines, words.follow), (None, None, 100, False))
        words = Words(['logs', '--service=api', 'shop', '12', '--lines', '5', '-f'])
        self.assertEqual((words.app, words.number, words.service, words.lines, words.follow), ('shop', 12, 'api', 5, True))

    def test_rollback(self):
        self.assertIsNone(Words(['rollback', 'shop']).version)
        self.assertEqual(Words(['rollback', 'shop', 'v1.2']).version, 'v1.2')

    def test_run(self):
        words = Words(['run', 'shop', '--', 'python', 'manage.py', 'shell'])
        self.assertEqual((words.verb, words.app, words.service, words.command), ('run', 'shop', None, ['python', 'manage.py', 'shell']))
        # What follows is the command's, whatever it looks like.
        words = Words(['run', 'shop', 'web', '--', 'x', '--json', '--help', '--', '-f'])
        self.assertEqual((words.service, words.json, words.command), ('web', False, ['x', '--json', '--help', '--', '-f']))

    def test_remove(self):
        words = Words(['remove', 'shop'])
        self.assertEqual((words.verb, words.app, words.yes, words.with_data), ('remove', 'shop', False, False))
        words = Words(['remove', '--yes', 'shop', '--with-data'])
        self.assertEqual((words.app, words.yes, words.with_data), ('shop', True, True))

    def test_what_it_does_not_know(self):
        for argv in (
            ['Shop'],
            ['../etc'],
            ['shop', 'more'],
            ['--jsn'],
            ['shop', '--follow'],
            ['shop', '--lines', '3'],
            ['logs'],
            ['logs', 'shop', '0'],
            ['logs', 'shop', '-1'],
            ['logs', 'shop', '1', '2'],
            ['logs', 'shop', '--lines'],
            ['logs', 'shop', '--lines', '٣'],
            ['logs', 'shop', '--lines', '9' * 5000],
            ['logs', 'shop', '--service', '*'],
            ['rollback'],
            ['rollback', 'shop', '-v'],
            ['rollback', 'shop', 'a=b'],
            ['rollback', 'shop', 'v1', 'v2'],
            ['restart'],
            ['restart', 'shop', 'v1'],
            ['remove'],
            ['remove', 'shop', 'web'],
            ['shop', '--yes'],
            ['run', 'shop', '--with-data', '--', 'id'],
            ['run'],
            ['run', 'shop', 'web', 'more', '--', 'id'],
            ['run', 'shop', '../web', '--', 'id'],
            ['run', '--', 'id'],
            ['shop', '--', 'id'],
            ['remove', 'shop', '--json'],
            ['rollback', 'shop', '--json'],
            ['restart', '--json', 'shop'],
            ['run', 'shop', '--json', '--', 'id'],
        ):
            with self.subTest(argv), self.assertRaises(Failure) as caught:
                Words(argv)
            self.assertEqual((caught.exception.code, caught.exception.cure), ('bad-words', 'slipway --help'))


    def test_a_slip_and_what_was_meant(self):
        for argv, cure in (
            (['run', 'shop'], 'sudo slipway run shop -- COMMAND'),
            (['run', 'shop', '--'], 'sudo slipway run shop -- COMMAND'),
            (['run', 'shop', 'python', 'manage.py'], 'sudo slipway run shop [SERVICE] -- COMMAND'),
            (['run', 'shop', 'api', 'python', 'manage.py', 'migrate', '--noinput'], 'sudo slipway run shop [SERVICE] -- COMMAND'),
            (['run', 'shop', 'tail', '-f', 'x'], 'sudo slipway run shop [SERVICE] -- COMMAND'),
            (['run', '../shop', 'id'], 'sudo slipway run APP [SERVICE] -- COMMAND'),
            (['shop', 'logs'], 'sudo slipway logs shop'),
            (['shop', 'logs', '--follow', '7'], 'sudo slipway logs shop --follow 7'),
            (['shop', 'run', 'web', '--', 'sh', '-c', 'a b'], "sudo slipway run shop web -- sh -c 'a b'"),
            (['shop', 'rollback', 'v1'], 'slipway rollback shop v1'),
            (['logs', 'shop', 'api'], 'sudo slipway logs shop --service api'),
        ):
            with self.subTest(argv), self.assertRaises(Failure) as caught:
                Words(argv)
            self.assertEqual((caught.exception.code, caught.exception.cure), ('bad-words', cure))

    def test_an_app_that_is_named_like_a_command(self):
        self.assertEqual(Words(['logs', 'run']).app, 'run')
        self.assertEqual(Words(['run', 'logs', '--', 'id']).app, 'logs')


class Refused(unittest.TestCase):
    def test_without_root_it_says_what_to_type_to_the_letter(self):
        with mock.patch.object(command.os, 'geteuid', return_value=1000), self.assertRaises(Failure) as caught:
            command._main(['run', 'shop', '--', 'sh', '-c', 'pg_dump "$DATABASE_URL"'])
        self.assertEqual(caught.exception.cure, """sudo slipway run shop -- sh -c 'pg_dump "$DATABASE_URL"'""")


class Asked(PlaceTest):
    def ask(self, typed, with_data=False):
        self.replace(removal.sys, 'stdin', mock.Mock(isatty=lambda: True))
        with mock.patch('builtins.input', side_effect=typed), contextlib.redirect_stdout(io.StringIO()) as printed:
            removal._ask(self.layout, with_data)
        return printed.getvalue()

    def test_volumes_are_named_first(self):
        self.replace(removal.leaving, 'foretell', lambda layout, with_data: [f'{layout.app} {with_data}'])
        self.assertIn('\nshop True\n', self.ask(['shop'], True))

    def test_the_name_is_the_consent(self):
        self.ask(['shop'])
        for answer in (['blog'], [''], EOFError, KeyboardInterrupt):
            with self.subTest(answer):
                failure = self.refused('not-confirmed', self.ask, answer, True)
                self.assertIn('Nothing was done.', failure.what)
                self.assertEqual(failure.cure, 'sudo slipway remove shop --with-data')


class Seen(PlaceTest):
    def setUp(self):
        super().setUp()
        self.layout = places.Layout('shop')
        self.layout.history = self.write('history')
        self.layout.releases = f'{self.folder}/releases'

    def records(self, *records):
        self.write('history', ''.join(json.dumps(record) + '\n' for record in records))
        return Records(self.layout)

    def proven(self, number, version, release=None, **more):
        release = release or f'{version}-0000000{number}'
        self.write(f'releases/{release}/release.json', '{}')
        return {'event': 'proven', 'number': number, 'version': version, 'releaseId': release, **more}

    def test_what_can_be_returned_to(self):
        withdrawn = {'event': 'withdrawn', 'number': 3, 'serving': 4}
        records = self.records(
            self.proven(1, 'v1'), self.proven(2, 'v2'), self.proven(3, 'v3'), self.proven(4, 'v2', 'v2-00000002'), withdrawn
        )
        self.write(self.layout.warm, '{"number": 1}')
        self.assertEqual(
            [(entry['version'], entry['number'], entry['withdrawn'], entry['warm']) for entry in looking.returnable(self.layout, records)],
            [('v3', 3, True, False), ('v1', 1, False, True)],
        )

    def test_not_what_was_removed_or_never_served(self):
        gone = {'event': 'proven', 'number': 1, 'version': 'v1', 'releaseId': 'v1-00000001'}
        staged = {**self.proven(2, 'v2'), 'event': 'staged'}
        self.assertEqual(looking.returnable(self.layout, self.records(gone, staged, self.proven(3, 'v3'))), [])

    def test_of_one_version_the_release_that_was_not_rolled_back_from(self):
        records = self.records(
            self.proven(1, 'v1', 'v1-00000001'),
            self.proven(2, 'v1', 'v1-00000002'),
            {'event': 'withdrawn', 'number': 2, 'serving': 1},
            self.proven(3, 'v3'),
        )
        self.assertEqual([entry['number'] for entry in looking.returnable(self.layout, records)], [1])

    def test_lines_of_others_in_the_history(self):
        records = self.records(self.proven(1, 'v1'), {'event': 'proven', 'number': None}, {'event': 'failed', 'number': [1]}, 7)
        self.assertEqual([entry['number'] for entry in looking.ordered(records)], [1])
        self.assertEqual(records.serving, 1)

    def test_why_it_failed(self):
        records = self.records(
            {'event': 'staged', 'number': 1, 'version': 'v1'}, {'event': 'failed', 'number': 1, 'serving': None, 'reason': 'it ended'}
        )
        self.assertEqual(looking._failure(records.entry(1))['reason'], 'it ended')

    def test_commands_that_were_run(self):
        self.replace(one_offs, 'in_hand', lambda _layout, number: ['slipway-run.shop.2.web.b.service'] if number == 2 else [])
        facts = {'event': 'one-off', 'service': 'web', 'command': 'id', 'by': 'ada', 'run': 'slipway run'}
        records = self.records(
            self.proven(1, 'v1'),
            {**facts, 'number': 1, 'id': 'a', 'result': 'begun', 'at': 'first'},
            {**facts, 'number': 2, 'id': 'b', 'result': 'begun', 'at': 'second'},
            {**facts, 'number': 1, 'id': 'a', 'result': 'ended', 'code': 3, 'at': 'third'},
            {**facts, 'number': 1, 'id': 'c', 'result': 'begun', 'at': 'fourth'},
            {**facts, 'number': 1, 'id': 'd', 'result': 'not begun', 'at': 'fifth'},
            {**facts, 'number': 1, 'id': ['e']},
        )
        self.assertEqual(
            [(entry['begun'], entry['state'], entry['code']) for entry in looking._one_offs(self.layout, records)],
            [('fifth', 'not begun', None), ('fourth', 'unknown', None), ('second', 'in hand', None), ('first', 'ended', 3)],
        )
        self.assertEqual((records.serving, records.next_number(), len(records.ordered())), (1, 2, 1))

    def test_who_is_not_an_app(self):
        with self.assertRaises(Failure) as caught:
            looking.known('shpo', ['blog', 'shop'])
        self.assertIn('did you mean shop?', caught.exception.what)
        with self.assertRaises(Failure) as caught:
            looking.known('zebra', ['blog', 'shop'])
        self.assertNotIn('did you mean', caught.exception.what)
        self.assertEqual(caught.exception.cure, 'sudo slipway')

    def test_what_is_typed_is_a_command_and_nothing_else(self):
        for act in (lambda: looking.known('zebra', []), lambda: looking.known('shpo', ['shop']),
                    lambda: logs.show(self.layout, Words(['logs', 'shop', '7']))):
            with self.assertRaises(Failure) as caught:
                act()
            self.assertRegex(page.failure(caught.exception, page.Style(False)), r'\n  Type: sudo slipway( shop)?$')


SERVING = {
    'version': 'v1', 'number': 1, 'commit': 'a' * 40, 'at': '2026-11-20T19:55:22Z', 'by': 'ada', 'run': 'x#1/1', 'releaseId': 'r',
}
APP = {
    'app': 'shop', 'domain': None, 'serving': SERVING, 'lock': None, 'intent': None, 'returnable': [], 'failures': [],
    'units': [{'name': 'web 1', 'state': 'failed', 'restarts': 3, 'well': False, 'memory': 0}], 'oneOffs': [],
    'disk': {'releases': 0, 'shared': 0, 'scratch': 0},
}

ONE_OFF = {'number': 1, 'service': 'web', 'command': 'id', 'by': 'ada', 'at': '', 'begun': '2026-11-20T19:55:22Z', 'state': 'ended', 'code': 0}


class Told(unittest.TestCase):
    def test_fits_80_columns_whatever_it_holds(self):
        long = 'word ' * 60 + 'x' * 200
        entry = {**SERVING, 'version': 'v' * 63, 'withdrawn': False, 'warm': True, 'reason': long, 'by': long, 'run': 'y' * 300}
        one_off = {**ONE_OFF, 'command': long, 'by': long, 'service': 's' * 32}
        text = page.app(
            {**APP, 'serving': {**SERVING, 'by': long}, 'returnable': [entry], 'failures': [entry], 'oneOffs': [one_off],
             'lock': {'by': long, 'run': '', 'since': ''}},
            page.Style(False),
        )
        self.assertEqual([line for line in text.split('\n') if len(line) > 80], [])
        brief = {'app': 'a' * 25, 'domain': None, 'serving': {**SERVING, 'version': 'v' * 63}, 'unwell': ['a', 'b'], 'lock': {'by': long}}
        text = page.apps({'apps': [brief]}, page.Style(False))
        self.assertEqual([line for line in text.split('\n') if len(line) > 80], [])

    def test_obeys_nothing_that_others_wrote(self):
        entry = {**SERVING, 'withdrawn': False, 'warm': False, 'reason': '\x1b[2J\x07\u202eevil'}
        one_off = {**ONE_OFF, 'command': entry['reason'], 'by': entry['reason']}
        text = page.app({**APP, 'failures': [entry], 'oneOffs': [one_off]}, page.Style(False))
        self.assertNotRegex(text, '[\x00-\x09\x0b-\x1f\x7f\u202e]')

    def test_colours_where_somebody_looks(self):
        terminal = mock.Mock(isatty=lambda: True)
        with mock.patch.dict('os.environ', {'TERM': 'xterm'}, clear=True):
            self.assertIn('\x1b[31m', page.app(APP, page.Style.of(terminal)))
            self.assertNotIn('\x1b', page.app(APP, page.Style.of(io.StringIO())))
        for quiet in ({'NO_COLOR': '1', 'TERM': 'xterm'}, {'TERM': 'dumb'}):
            with mock.patch.dict('os.environ', quiet, clear=True):
                self.assertNotIn('\x1b', page.app(APP, page.Style.of(terminal)))

    def test_how_a_command_ended(self):
        for state, code, said in (('ended', 3, 'id (ended with 3)'), ('in hand', None, 'id (in hand)'), ('unknown', None, 'is not known)')):
            text = ' '.join(page.app({**APP, 'oneOffs': [{**ONE_OFF, 'state': state, 'code': code}]}, page.Style(False)).split())
            self.assertRegex(text, r'commands 2026-11-20 19:55 UTC, [^,]*, by ada in web #1: id')
            self.assertIn(said, text)

    def test_an_intent_that_nobody_is_at(self):
        intent = {'phase': 'switch', 'from': 1, 'to': 2, 'at': '', 'by': 'ada', 'run': ''}
        self.assertIn('Nobody is at it', page.app({**APP, 'intent': intent}, page.Style(False)))

    def test_times(self):
        self.assertEqual([page.ago(count) for count in (-5, 59, 60, 7199, 86400, 172800)],
                         ['0 s ago', '59 s ago', '1 min ago', '1 h ago', '24 h ago', '2 days ago'])
        self.assertEqual(page.at('nonsense'), 'nonsense')
        self.assertTrue(page.at('2026-11-20T19:55:22Z').startswith('2026-11-20 19:55 UTC, '))

    def test_a_failure_says_what_others_wrote_without_steering_the_terminal(self):
        evil = 'name\x1b]0;x\x07\x9b31m\nsecond'
        text = page.failure(Failure('x', evil, evil, evil), page.Style(False))
        self.assertEqual(text.splitlines(), ['slipway: name?]0;x??31m second', '  name?]0;x??31m second', '  name?]0;x??31m second'])


class Journal(unittest.TestCase):
    def entry(self, **more):
        return logs.entry(json.dumps({'__REALTIME_TIMESTAMP': '1763668522123456', '_SYSTEMD_UNIT': 'slipway-app.shop.3.web.2.service', 'MESSAGE': 'hello', **more}))

    def test_a_line(self):
        self.assertEqual(self.entry(), {'at': '2025-11-20T19:55:22.123Z', 'process': 'web 2', 'text': 'hello'})

    def test_what_systemd_says_of_it(self):
        self.assertEqual(self.entry(_SYSTEMD_UNIT='init.scope', UNIT='slipway-app.shop.3.web.1.service')['process'], 'web 1')
        self.assertEqual(self.entry(_SYSTEMD_UNIT='slipway-router.shop.3.service')['process'], 'router')

    def test_bytes_that_are_no_text(self):
        self.assertEqual(self.entry(MESSAGE=[104, 105, 255, -1, 'x'])['text'], 'hi�')
        self.assertEqual(self.entry(MESSAGE=None)['text'], '')

    def test_what_is_none(self):
        for line in ('', 'no', '[]', '{}', '{"MESSAGE": "x"}', '{"MESSAGE": "x", "__REALTIME_TIMESTAMP": "y"}'):
            self.assertIsNone(logs.entry(line))

    def test_files_of_another_supervisor(self):
        said = b'==> /var/log/slipway/shop/3.web.1.log <==\none\n\n==> /var/log/slipway/shop/3.web.2.log <==\ntwo\xff\n'
        self.assertEqual(
            list(logs.from_files(io.BytesIO(said))),
            [{'at': '', 'process': 'web 1', 'text': 'one'}, {'at': '', 'process': 'web 2', 'text': 'two\ufffd'}],
        )

    def test_units(self):
        layout = places.Layout('shop')
        self.assertEqual(logs.patterns(layout, 3, None), ['slipway-app.shop.3.*.service', 'slipway-router.shop.3.service'])
        self.assertEqual(logs.patterns(layout, 3, 'router'), ['slipway-router.shop.3.service'])
        # The second is of what has no instances: a scheduled run, a job.
        self.assertEqual(
            logs.patterns(layout, 3, 'api'), ['slipway-app.shop.3.api.*.service', 'slipway-app.shop.3.api.service']
        )


class Back(PlaceTest):
    def test_by_the_newest_node(self):
        self.replace(places, 'TOOLS', self.folder)
        self.assertIsNone(rolling.newest_node())
        for version in ('9.9.9', '24.19.0', '24.2.0'):
            self.write(f'node-{version}/bin/node', '', 0o755)
        self.assertEqual(rolling.newest_node(), f'{self.folder}/node-24.19.0/bin/node')


if __name__ == '__main__':
    unittest.main()
