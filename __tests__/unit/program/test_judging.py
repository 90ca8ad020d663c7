"""What the host says of an app that does not come up, of its own limits, and of what may be removed."""

import json
import os
import socket
import unittest
from unittest import mock

from place import PlaceTest, Silent, config, service
from slipway import activation as acts
from slipway import (
    addresses,
    asking,
    bake,
    capacity,
    counting,
    health,
    ports,
    proof,
    public,
    retire,
    units,
    writes,
)
from slipway import layout as places
from slipway.addresses import Port, connects, held
from slipway.failures import Failure
from slipway.records import Records
from slipway.state import FAILED, RESTARTING, STARTING, UP, State

RELEASE = '/opt/shop/releases/v1.0.0-0123abcd'


class ForbiddenWrite(unittest.TestCase):
    # (where it runs, what the log says, the path in the repository)
    LOGS = (
        ('.', "PermissionError: [Errno 13] Permission denied: 'cache/x.json'", 'cache/x.json'),
        ('src/py', "PermissionError: [Errno 13] Permission denied: 'app.db'", 'src/py/app.db'),
        ('src/py', "PermissionError: [Errno 13] Permission denied: '../data/app.db'", 'src/data/app.db'),
        ('.', "PermissionError: [Errno 13] Permission denied: '../app.db'", None),
        ('.', f"PermissionError: [Errno 13] Permission denied: '{RELEASE}/src/log/app.log'", 'log/app.log'),
        ('src/js', f"Error: EACCES: permission denied, open '{RELEASE}/src/src/js/data.json'", 'src/js/data.json'),
        ('src/js', "Error: EACCES: permission denied, mkdir 'uploads'", 'src/js/uploads'),
        (
            '.',
            f"    at open ({RELEASE}/src/main.js:3:1)\nError: EROFS: read-only file system, open '{RELEASE}/src/x.txt'",
            'x.txt',
        ),
        ('.', f"Error: can't write PID file: [Errno 13] Permission denied: '{RELEASE}/src/gunicorn.pid'", 'gunicorn.pid'),
        ('.', "OSError: [Errno 30] Read-only file system: '__pycache__/x.pyc'", '__pycache__/x.pyc'),
        ('.', 'sqlite3.connect("data/app.db")\nsqlite3.OperationalError: unable to open database file', 'data/app.db'),
        ('.', "PermissionError: [Errno 13] Permission denied: '/etc/ssl/private/key.pem'", None),
        ('.', "PermissionError: [Errno 13] Permission denied: '/var/log/app.log'", None),
        ('.', "ModuleNotFoundError: No module named 'flask'", None),
        ('.', '', None),
        ('.', "open 'app.db': fine\nKeyError: 'DATABASE_URL'", None),
    )

    def test_is_found_in_logs(self):
        for folder, log, path in self.LOGS:
            with self.subTest(log=log):
                found = writes.forbidden_write(log, RELEASE, service('api', path=folder))
                self.assertEqual(found and found.path, path)


class Starting(PlaceTest):
    def watch(self, facts, log='', **more):
        item = service('api', **more)
        activation = acts.Activation(
            self.layout,
            {
                'number': 3,
                'config': config(item),
                'ports': {'api': [20001], 'web': []},
                'first': True,
                'releaseId': 'v1-00000000',
            },
        )
        self.write(f'{self.layout.activation(3)}/secrets.json', '{"KEY": "hunter2-hunter2"}', 0o600)
        self.talk = Silent()
        self.replace(
            units,
            'look',
            lambda names: {
                name: State(**{'phase': UP, **(facts if 'app' in name else {})})
                for name in names
            },
        )
        self.replace(units, 'logs', lambda *_: log)
        return health.Starting(activation, mock.Mock(folder=self.layout.release('v1-00000000')), [item], self.talk)

    def failure(self, facts, **more):
        with self.assertRaises(Failure) as caught:
            self.watch(facts, **more).wait()
        return caught.exception

    def test_says_how_it_died(self):
        for facts, words in (
            ({'phase': RESTARTING, 'exit': 3}, 'ended with exit code 3'),
            ({'phase': FAILED, 'signal': 9}, 'was killed by signal 9'),
            ({'restarts': 2, 'exit': 1}, 'ended with exit code 1'),
            ({'phase': FAILED, 'out_of_memory': True, 'signal': 9}, 'memory ran out'),
        ):
            with self.subTest(words=words):
                failure = self.failure(facts, log='Traceback: KEY is hunter2-hunter2')
                self.assertEqual(failure.code, 'exits-at-start')
                self.assertIn(words, failure.what)
                self.assertIn('Traceback', failure.evidence[0]['text'])
                self.assertNotIn('hunter2', json.dumps(failure.as_json()))

    def test_knows_who_wrote_into_the_release(self):
        failure = self.failure({'phase': FAILED}, log="PermissionError: [Errno 13] Permission denied: 'var/x'", path='py')
        self.assertEqual(failure.code, 'writes-into-release')
        self.assertIn('py/var/x', failure.what)

    def test_says_which_port_it_took(self):
        self.replace(health, 'held', lambda _pids: {Port(8000)})
        self.replace(health, 'ELSEWHERE_PATIENCE', 0.1)
        self.replace(asking, 'ask', mock.Mock(side_effect=asking.NoAnswer('Connection refused')))
        failure = self.failure({'pids': (1,)})
        self.assertEqual(failure.code, 'wrong-port')
        self.assertRegex(failure.what, '8000.*20001')

    def test_says_what_the_last_check_heard_without_its_secrets(self):
        self.replace(asking, 'ask', lambda *_, **__: (503, 'x' * 280 + 'no database at hunter2-hunter2'))
        failure = self.failure({}, health={'kind': 'path', 'path': '/healthz'}, healthTimeout=0.4)
        self.assertEqual(failure.code, 'never-healthy')
        self.assertIn('GET /healthz on port 20001: 503', failure.what)
        watch = self.watch({}, health={'kind': 'path', 'path': '/healthz'}, healthTimeout=6)
        watch._well(service('api'), 1)
        self.assertNotIn('hunter2', json.dumps(failure.as_json()) + watch._said(service('api'), 1, ''))

    def test_a_content_command_is_not_enough_while_the_port_is_closed(self):
        self.replace(health, 'run_as_app', lambda *_, **__: (0, ''))
        command = {'kind': 'command', 'command': 'true'}
        for is_open in (True, False):
            self.replace(health, 'connects', lambda _address, _layout, is_open=is_open: is_open)
            watch = self.watch({}, health=command)
            self.assertIs(watch._well(service('api', health=command), 1), is_open)

    def seen(self, **more):
        """Seconds after the start at which a worker that is up after 0, or `after`, seconds was looked at, by a clock of its own."""
        clock = mock.Mock(now=1000.0)
        clock.monotonic = lambda: clock.now
        clock.sleep = lambda seconds: setattr(clock, 'now', clock.now + seconds)
        self.replace(health, 'time', clock)
        self.replace(health, 'at_rest', more.pop('rests', lambda _pids: True))
        after = more.pop('after', 0)
        watch = self.watch({}, route=None, healthTimeout=30)
        looks = []

        def look(names):
            looks.append(clock.now - watch.started)
            return {name: State(UP if looks[-1] >= after else STARTING, **more) for name in names}

        self.replace(units, 'look', look)
        watch.wait()
        return looks

    def test_a_worker_that_is_still_at_work_is_starting_but_not_for_ever(self):
        busy = iter([True, True, False])
        self.assertAlmostEqual(self.seen(rests=lambda _pids: not next(busy))[-1], health.SETTLED + 3 * health.LATE, delta=health.LATE)
        self.assertAlmostEqual(self.seen(rests=lambda _pids: False)[-1], health.NEVER_RESTING, delta=2 * health.LATE)

    def test_looks_seldom_at_a_worker_that_tells_nothing_and_as_soon_as_it_can_be_well(self):
        looks = self.seen()
        self.assertLess(len(looks), 5)
        self.assertEqual([at >= health.SETTLED for at in looks], [False] * (len(looks) - 1) + [True])
        self.assertLess(looks[-1], health.SETTLED + 0.1)

    def test_a_worker_that_comes_late_is_seen_soon_and_one_that_dies_too(self):
        self.assertLess(self.seen(after=5)[-1], 5 + 2 * health.LATE)
        self.assertEqual(self.failure({'restarts': 1, 'exit': 1}, route=None).code, 'exits-at-start')

    def test_says_what_the_environment_lacks(self):
        for log, words in (
            ('/opt/shop/run/3/api.start: 4: exec: gunicorn: not found', 'lacks the program gunicorn'),
            ("ModuleNotFoundError: No module named 'requests'", 'lacks the module requests'),
            ("Error: Cannot find module 'express'", 'lacks the module express'),
        ):
            self.assertIn(words, self.failure({'phase': FAILED, 'exit': 1}, log=log).cure)
        # A file of the app's own is no package.
        for log in ("Error: Cannot find module './routes'", 'the order was not found'):
            self.assertNotIn('lacks', self.failure({'phase': FAILED, 'exit': 1}, log=log).cure)

    def test_says_that_the_path_of_the_check_is_not_there(self):
        self.replace(asking, 'ask', lambda *_, **__: (404, '<!doctype html>'))
        failure = self.failure({}, health={'kind': 'path', 'path': '/healthzz'}, healthTimeout=0.4)
        self.assertIn('has no /healthzz: correct `health` of api', failure.cure)

    def test_progress_holds_no_secret(self):
        self.replace(asking, 'ask', lambda *_, **__: (503, 'hunter2-hunter2'))
        watch = self.watch({}, healthTimeout=1)
        watch.started -= 100
        with self.assertRaises(Failure):
            watch.wait()
        self.assertNotIn('hunter2', json.dumps(self.talk.said))

    def test_is_content_with_what_answers(self):
        for declared, well in (
            (False, {200: True, 302: True, 404: True, 500: False}),
            (True, {200: True, 302: True, 404: False, 503: False}),
        ):
            for status, expected in well.items():
                self.assertIs(health.is_well(status, declared), expected)
        self.replace(asking, 'ask', lambda *_, **__: (200, 'ok'))
        self.watch({}).wait()


class LeadsTo(unittest.TestCase):
    def test_is_what_nginx_does(self):
        services = [
            service('root', route='/'),
            service('js', route='/js/'),
            service('deep', route='/js/deep'),
            service('beat', route=None),
        ]
        activation = acts.Activation(mock.Mock(), {'number': 1, 'config': config(*services), 'ports': {}, 'first': True})
        for path, name in (
            ('/', 'root'),
            ('/js', 'js'),
            ('/js/', 'js'),
            ('/jsx', 'root'),
            ('/js?x=/js/deep', 'js'),
            ('/js/deep', 'deep'),
            ('/js/deeper', 'js'),
            ('/js/deep/x', 'deep'),
            ('/x/js', 'root'),
        ):
            with self.subTest(path=path):
                self.assertEqual(proof.leads_to(activation, path), name)
        only = acts.Activation(
            mock.Mock(), {'number': 1, 'config': config(service('js', route='/js')), 'ports': {}, 'first': True}
        )
        self.assertIsNone(proof.leads_to(only, '/'))


class Listening(PlaceTest):
    """Whether what listens is the activation's own, with processes and ports as they are told here."""

    def listeners(self, *held, listens=True):
        looks = iter(held)
        self.replace(health, 'held', lambda _pids: {Port(20001)} if next(looks) else set())
        self.replace(health, 'connects', lambda *_: listens)
        self.replace(acts.Activation, 'logs', lambda *_: 'Booting')
        facts = {'number': 3, 'config': config(service('api')), 'ports': {'api': [20001]}, 'first': True, 'releaseId': 'v1-00000000'}
        activation = acts.Activation(self.layout, facts)
        health.own_listeners(activation, {name: State(UP, pids=(7,)) for name in activation.names()})

    def test_another_process_is_told_from_none_yet(self):
        self.listeners(True)
        self.refused('foreign-listener', lambda: self.listeners(False, False))
        self.assertIn('Booting', json.dumps(self.refused('not-listening', lambda: self.listeners(False, False, listens=False)).as_json()))

    def test_one_that_comes_between_two_looks_is_its_own(self):
        self.listeners(False, True)
        self.listeners(False, True, listens=False)


class Proving(PlaceTest):
    """Activation 3 is asked the way its users come in; `heard` is what comes back, the last of it again and again."""

    def prove(self, *heard, limit=0.3):
        activation = acts.Activation(
            self.layout,
            {'number': 3, 'config': config(service(route=None)), 'ports': {}, 'first': True, 'token': 't', 'version': 'v3'},
        )
        heard = list(heard)
        self.asked = 0

        def once(given):
            self.asked += 1
            said = heard.pop(0) if len(heard) > 1 else heard[0]
            if isinstance(said, Exception):
                raise said
            return {'number': given.number, 'host': public.host_header(given.config)}

        self.replace(proof, '_once', once)
        self.replace(units, 'logs', lambda *_: '')
        return proof.prove(activation, limit)

    def test_asks_again_until_it_is_well(self):
        found = self.prove(asking.NoAnswer('refused'), Failure('restarted', 'it fell', '', ''), True)
        self.assertEqual((found, self.asked), ({'number': 3, 'host': 'shop.example.com'}, 3))

    def test_gives_up_in_time_and_says_what_it_heard(self):
        self.assertIn('refused', self.refused('not-proven', lambda: self.prove(asking.NoAnswer('refused'), limit=0.1)).what)
        self.refused('restarted', lambda: self.prove(Failure('restarted', 'it fell', '', ''), limit=0.1))
        self.assertGreater(self.asked, 1)

    def test_does_not_wait_while_users_meet_a_foreign_process(self):
        self.refused('foreign-listener', lambda: self.prove(Failure('foreign-listener', 'another', '', ''), True, limit=5))
        self.assertEqual(self.asked, 1)


class Capacity(unittest.TestCase):
    def refuses(self, free, files, need_bytes, need_files):
        found = mock.Mock(f_bavail=free // 4096, f_frsize=4096, f_files=0 if files is None else 10**6, f_favail=files or 0)
        with mock.patch.object(capacity.os, 'statvfs', lambda _path: found), self.assertRaises(Failure) as caught:
            capacity.check_disk('/opt', need_bytes, need_files)
        return caught.exception

    def test_says_what_is_needed_and_what_is_there(self):
        failure = self.refuses(80 * 10**6, None, 380 * 10**6, 1)
        self.assertEqual(failure.code, 'disk-too-small')
        self.assertIn('needs 414 MB, /opt has 80.0 MB', failure.what)
        failure = self.refuses(10**12, 1500, 1, 3000)
        self.assertEqual(failure.code, 'inodes-too-few')
        self.assertIn('needs 4000, /opt has 1500', failure.what)
        with mock.patch.object(capacity, 'available_memory', lambda: 90 * 10**6), self.assertRaises(Failure) as caught:
            capacity.check_memory(512 * 10**6, 'shop')
        self.assertRegex(caught.exception.what, 'shop needs 512 MB, .*90.0 MB')

    def test_takes_what_fits(self):
        capacity.check_disk('/', 1, 1)
        capacity.check_memory(1, 'shop')
        with mock.patch.object(capacity, 'available_memory', lambda: None):
            capacity.check_memory(1 << 60, 'shop')
        self.assertGreater(capacity.resident([os.getpid()]), 1 << 20)
        self.assertEqual(capacity.resident([2**22 + 1]), 0)

    def test_speaks_plainly(self):
        self.assertEqual(
            [capacity.human(size) for size in (0, 999, 1000, 12345, 999999, 10**6, 5 * 10**9, 10**13)],
            ['0 B', '999 B', '1.0 kB', '12.3 kB', '1000 kB', '1.0 MB', '5.0 GB', '10000 GB'],
        )


class Ports(PlaceTest):
    def test_are_recorded_and_not_given_twice(self):
        self.replace(ports, '_is_free', lambda port: port != 20003)
        self.assertEqual(ports.allocate('shop 1 api', 3), [20000, 20001, 20002])
        self.assertEqual(ports.allocate('blog 1 api', 2), [20004, 20005])
        self.assertEqual(self.read(f'{places.PORTS}/20004'), 'blog 1 api\n')
        self.assertFalse(os.path.exists(f'{places.PORTS}/20003'))
        ports.release([20000, 20001, 29999])
        # What was just given back is not the next.
        self.assertEqual(ports.allocate('shop 2 api', 1), [20006])

    def test_come_around_and_come_to_an_end(self):
        self.replace(ports, 'LAST', 20003)
        self.replace(ports, '_is_free', lambda _port: True)
        self.assertEqual(ports.allocate('a 1 a', 3), [20000, 20001, 20002])
        ports.release([20000])
        self.assertEqual(ports.allocate('a 2 a', 2), [20003, 20000])
        self.refused('no-port', ports.allocate, 'a 3 a', 1)
        ports.release([20001])
        self.refused('no-port', ports.allocate, 'a 3 a', 2)
        self.assertEqual(sorted(os.listdir(places.PORTS)), ['20000', '20002', '20003'])

    def test_tells_who_listens(self):
        with socket.socket() as one:
            one.bind(('127.0.0.1', 0))
            port = one.getsockname()[1]
            self.assertFalse(connects(Port(port), None))
            self.assertFalse(ports._is_free(port) and Port(port) in held([os.getpid()]))
            one.listen()
            self.assertIn(Port(port), held([os.getpid()]))
            self.assertFalse(ports._is_free(port))
            self.assertTrue(connects(Port(port), None))
        self.assertEqual(held([2**22 + 1]), set())

    def test_counts_only_listeners_that_127_0_0_1_reaches(self):
        for address, counts in (('0.0.0.0', True), ('127.0.0.1', True), ('127.0.0.2', False)):
            with self.subTest(address=address), socket.socket() as one:
                one.bind((address, 0))
                one.listen()
                self.assertEqual(Port(one.getsockname()[1]) in held([os.getpid()]), counts)

    def test_counts_them_on_ipv6_as_well(self):
        os.symlink('socket:[77]', f'{self.folder}/7')
        lines = {
            '00000000000000000000000000000000:4E20': True,
            '0000000000000000FFFF00000100007F:4E20': True,
            '00000000000000000000000001000000:4E20': False,
            'B80D0120000000000000000001000000:4E20': False,
        }
        for address, counts in lines.items():
            table = self.write(
                'tcp6', f'head\n 0: {address} 0:0 0A 0:0 00:0 0 0 0 77 1\n 1: {address} 0:0 01 0:0 00:0 0 0 0 77 1\n'
            )
            with (
                self.subTest(address=address),
                mock.patch.object(
                    addresses, 'open', lambda path, table=table, **_: open(table if path.endswith('6') else os.devnull), create=True
                ),
                mock.patch.object(addresses.os, 'listdir', lambda _path: ['7']),
                mock.patch.object(addresses.os, 'readlink', lambda _path: 'socket:[77]'),
            ):
                self.assertEqual(held([5]), {Port(20000)} if counts else set())

    def test_tells_nobody_but_root_whose_they_are(self):
        self.replace(ports, '_is_free', lambda _port: True)
        ports.allocate('shop 1 api', 1)
        self.assertEqual(os.stat(f'{places.PORTS}/20000').st_mode & 0o777, 0o600)


class Prune(PlaceTest):
    def prune(self, keep, *events):
        book = Records(self.layout)
        for event, number, release_id, *more in events:
            book.append(event, number, releaseId=release_id, version='v', **(more[0] if more else {}))
            self.write(f'{self.layout.release(release_id)}/release.json', '{}')
            self.write(f'{self.layout.scratch}/{release_id}/x')
        removed = retire.prune(self.layout, book, keep)
        self.assertEqual(sorted(os.listdir(self.layout.releases)), sorted(os.listdir(self.layout.scratch)))
        self.assertEqual(set(removed) & set(os.listdir(self.layout.releases)), set())
        return removed

    def test_keeps_the_last_that_were_proven(self):
        events = [('proven', number, f'r{number}-00000000') for number in range(1, 8)]
        self.assertEqual(self.prune(5, *events), ['r1-00000000', 'r2-00000000'])

    def test_counts_releases_and_not_activations(self):
        events = [
            ('proven', 1, 'a-00000000'),
            ('proven', 2, 'b-00000000'),
            *[('proven', number, 'c-00000000') for number in range(3, 9)],
        ]
        self.assertEqual(self.prune(2, *events), ['a-00000000'])

    def test_does_not_count_what_failed(self):
        events = [
            ('proven', 1, 'a-00000000'),
            ('proven', 2, 'b-00000000'),
            *[('failed', number, f'f{number}-00000000', {'serving': 2}) for number in range(3, 9)],
        ]
        self.assertEqual(self.prune(2, *events), [f'f{number}-00000000' for number in range(3, 9)])

    def test_does_not_count_what_was_rolled_back_from(self):
        good = [('proven', number, f'g{number}-00000000') for number in (1, 2)]
        bad = [event for number in (3, 4, 5) for event in (('proven', number, f'w{number}-00000000'), ('withdrawn', number, f'w{number}-00000000', {'serving': 2}))]
        # A newer one is good: those go, and the good ones of before stay.
        self.assertEqual(self.prune(3, *good, *bad, ('proven', 6, 'n-00000000')), ['w3-00000000', 'w4-00000000', 'w5-00000000'])

    def test_keeps_what_was_rolled_back_from_while_nothing_newer_is_good(self):
        events = [('proven', number, f'r{number}-00000000') for number in range(1, 6)]
        # Back from 5 to 4 and, since that was in vain, to 3: both may be gone forward to again.
        back = [('proven', 6, 'r4-00000000'), ('withdrawn', 5, 'r5-00000000', {'serving': 6}),
                ('proven', 7, 'r3-00000000'), ('withdrawn', 6, 'r4-00000000', {'serving': 7})]
        self.assertEqual(self.prune(2, *events, *back), ['r1-00000000'])
        self.assertEqual(self.prune(2, ('proven', 8, 'r6-00000000')), ['r2-00000000', 'r4-00000000', 'r5-00000000'])

    def test_counts_again_what_was_gone_back_to_after_it_had_been_rolled_back_from(self):
        events = [('proven', 1, 'a-00000000'), ('proven', 2, 'b-00000000'), ('proven', 3, 'a-00000000'), ('withdrawn', 2, 'b-00000000', {'serving': 3}),
                  ('proven', 4, 'b-00000000'), ('proven', 5, 'c-00000000')]
        self.assertEqual(self.prune(2, *events), ['a-00000000'])

    def test_never_removes_what_serves_or_served_before(self):
        self.assertEqual(self.prune(1, ('proven', 1, 'a-00000000'), ('proven', 2, 'b-00000000')), [])
        events = [('proven', 3, 'c-00000000'), ('proven', 4, 'd-00000000'), ('withdrawn', 4, 'd-00000000', {'serving': 1})]
        # By the record the first serves again, though it is neither among the last nor newer than what is good.
        self.assertEqual(self.prune(1, *events), [])
        self.assertEqual(self.prune(1, ('proven', 5, 'e-00000000'), ('proven', 6, 'f-00000000'), ('withdrawn', 6, 'f-00000000', {'serving': 1})),
                         ['b-00000000', 'd-00000000'])

    def test_keeps_what_pages_that_are_open_ask_for_also_when_it_was_rolled_back_from(self):
        facts = {'number': 4, 'config': config(), 'ports': {}, 'first': True, 'formerRelease': 'w-00000000'}
        self.write(f'{self.layout.activation(4)}/activation.json', json.dumps(facts))
        events = [('proven', 1, 'a-00000000'), ('proven', 2, 'w-00000000'), ('withdrawn', 2, 'w-00000000', {'serving': 1}),
                  ('proven', 3, 'b-00000000'), ('proven', 4, 'c-00000000')]
        self.assertEqual(self.prune(2, *events), ['a-00000000'])

    def test_follows_no_link_out_of_scratch(self):
        self.write('outside/kept')
        self.write(f'{self.layout.release("a-00000000")}/release.json', '{}')
        os.makedirs(f'{self.layout.scratch}/a-00000000')
        os.symlink(f'{self.folder}/outside', f'{self.layout.scratch}/a-00000000/link')
        retire.prune(self.layout, Records(self.layout), 5)
        self.assertEqual((os.listdir(self.layout.scratch), os.listdir(f'{self.folder}/outside')), ([], ['kept']))


class Served(PlaceTest):
    def count(self):
        activation = acts.Activation(self.layout, {'number': 1, 'config': config(), 'ports': {}, 'first': True, 'token': 'x'})
        return bake.served(activation)

    def test_takes_the_words_of_the_router(self):
        self.assertEqual(self.count(), (0, 0))
        self.errors = (200, '\n' * 2)
        stub = 'Active connections: 2 \nserver accepts handled requests\n 16 17 31 \nReading: 0 Writing: 1 Waiting: 1 \n'
        self.replace(asking, 'ask', lambda _door, path, _host, **__: (200, stub) if path.endswith('/requests') else self.errors)
        # The router of an earlier version is not asked for what it does not know.
        self.assertEqual(self.count(), (0, 31))
        os.makedirs(counting.folder(self.layout, 1))
        self.assertEqual(self.count(), (2, 31))
        for self.errors in ((404, '\n'), (200, '<html>\n')):
            self.assertEqual(self.count(), (0, 31))
        self.errors = (200, '\n' * counting.MOST)
        self.assertEqual(counting.words(self.count()[0]), f'at least {1 << 20}')


if __name__ == '__main__':
    unittest.main()
