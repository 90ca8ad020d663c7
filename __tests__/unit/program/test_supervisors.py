"""Supervisor and Circus: what is written for them, what is heard of them, and how often a process may start."""

import base64
import json
import os
import shutil
import socket
import struct
import threading
import unittest
from concurrent import futures
from unittest import mock

from place import PlaceTest, config, service
from slipway import (
    circus_hooks,
    configuration,
    confinement,
    records,
    sandbox,
    shellwords,
    state,
)
from slipway.failures import Failure
from slipway.starts import BURST, REFUSED, Starts
from slipway.supervisors import (
    Definition,
    circus,
    logfiles,
    of,
    scopes,
    supervisord,
    unix_rpc,
    zmtp,
)

HOSTILE = ['', 'plain', 'a\'b"c', '$HOME `id` $(id)', '\\', '\\"', '\\\\', 'two\nlines\n', 'x" y="z', '$', '%(x)s', ' # ; ', 'ä €', '\\n', 'a="b"\nB="c"\n']

SANDBOX = tuple(sandbox.properties('app-shop', 'app-shop', ['/opt/shop/shared']))


class Environment(unittest.TestCase):
    def test_is_read_as_it_was_written(self):
        values = {f'V{index}': value for index, value in enumerate(HOSTILE)}
        self.assertEqual(shellwords.read_environment_file(shellwords.environment_file(values)), values)


class Allowed(PlaceTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.layout.activation(3))
        self.starts = Starts(self.layout.activation(3), 'web', '1')

    def after_restart(self):
        return mock.patch.object(records, 'boot', return_value='another run of the host')

    def test_is_nobody_at_first(self):
        self.assertFalse(self.starts.may())

    def test_until_the_host_restarts_or_always(self):
        self.starts.allow(boot=False)
        self.assertTrue(self.starts.may())
        with self.after_restart():
            self.assertFalse(self.starts.may())
        self.starts.allow(boot=True)
        with self.after_restart():
            self.assertTrue(self.starts.may())
        self.starts.forbid()
        self.assertFalse(self.starts.may())
        with self.after_restart():
            self.assertFalse(self.starts.may())

    def test_what_was_counted_stays_when_it_may_come_back_with_the_host(self):
        self.starts.allow(boot=False)
        self.starts.begin(1)
        self.starts.begin(2)
        self.starts.allow(boot=True)
        self.assertEqual(self.starts.read()['count'], 2)
        with self.after_restart():
            self.assertEqual(self.starts.read()['count'], 0)
        self.starts.allow(boot=False)
        self.assertEqual(self.starts.read()['count'], 0)

    def test_ten_in_a_minute_and_no_more(self):
        self.starts.allow(boot=True)
        self.assertEqual([self.starts.begin(1, now=float(at)) for at in range(BURST)], [True] * BURST)
        self.assertFalse(self.starts.begin(1, now=59.0))
        self.assertFalse(self.starts.may())
        with self.after_restart():
            self.assertTrue(self.starts.may())
        self.starts.allow(boot=False)
        self.assertTrue(self.starts.may())

    def test_slowly_as_often_as_it_likes(self):
        self.starts.allow(boot=True)
        self.assertTrue(all(self.starts.begin(1, now=7.0 * at) for at in range(50)))

    def test_a_record_that_was_cut_short_allows_nothing(self):
        self.starts.allow(boot=True)
        with open(self.starts.path, 'w', encoding='utf-8') as file:
            file.write('{"allowed": "alw')
        self.assertFalse(self.starts.may())

    def test_several_may_change_it_at_the_same_moment(self):
        """When a host begins, the supervisor starts a process that whoever settles allows just then."""
        self.starts.allow(boot=True)
        with futures.ThreadPoolExecutor(4) as pool:
            starting = [pool.submit(self.starts.begin, 1, 60.0 * at) for at in range(100)]
            others = [pool.submit(change) for _ in range(50) for change in (lambda: self.starts.allow(True), lambda: self.starts.ended(0, None))]
            self.assertEqual([done.result() for done in starting + others], [True] * 100 + [None] * 100)
        self.assertEqual(self.starts.read()['count'], 100)

    def test_of_an_activation_that_is_gone_is_nothing_to_forbid(self):
        shutil.rmtree(self.layout.activation(3))
        self.starts.forbid()
        self.assertFalse(self.starts.may())

    def test_circus_asks_and_tells(self):
        watcher = mock.Mock()
        watcher.name = f'slipway-app.{self.layout.app}.3.web.1'
        with mock.patch.object(circus_hooks, 'Starts', side_effect=lambda _, *rest: Starts(self.layout.activation(3), *rest)):
            self.assertFalse(circus_hooks.may_spawn(watcher=watcher, arbiter=None))
            self.starts.allow(boot=True)
            self.assertTrue(circus_hooks.may_spawn(watcher=watcher, arbiter=None))
            for code, ended in ((7, (7, None)), (-9, (None, 9)), (REFUSED, (None, 9)), (None, (None, 9))):
                circus_hooks.reaped(watcher=watcher, exit_code=code, process_pid=1)
                self.assertEqual((self.starts.read()['exit'], self.starts.read()['signal']), ended)


class Written(PlaceTest):
    def definition(self, **more):
        words = {'start': 'sh -c "echo %(ENV_X)s ; $(id)"', 'env': {'A': 'OPEN-WORD'}, 'stop': {'signal': 'SIGQUIT', 'timeout': 2.5}, **more}
        given = configuration.config(config(service('api', **words)), 'shop')['services'][0]
        return Definition(self.layout, 7, given, 2, f'{self.layout.release("v1-00000000")}/src', False, SANDBOX)

    def test_for_supervisor_has_no_word_of_the_user(self):
        text = supervisord.program(self.definition())
        self.assertNotIn('OPEN-WORD', text)
        self.assertNotIn('echo', text)
        lines = text.splitlines()
        self.assertIn('[program:slipway-app.shop.7.api.2]', lines)
        self.assertIn(f'command=/usr/bin/python3 -I -S /usr/local/lib/slipway/host/launch.py {self.layout.activation(7)} api 2', lines)
        self.assertIn('stopsignal=QUIT', lines)
        # Whole seconds are all that it knows; never less than was asked for.
        self.assertIn('stopwaitsecs=3', lines)
        self.assertIn('stopasgroup=true', lines)

    def test_for_circus_is_the_same_in_its_file_and_in_its_command(self):
        driver = circus.Circus(self.layout)
        text = driver.text(self.definition())
        self.assertNotIn('OPEN-WORD', text)
        path = f'{self.layout.root}/watcher.ini'
        os.makedirs(self.layout.root, exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        options = circus.read_options(path)
        self.assertEqual(options.pop('cmd'), scopes.command(self.definition()))
        self.assertEqual((options['stop_signal'], options['graceful_timeout'], options['copy_env']), (3, 2.5, False))
        self.assertEqual(options['hooks'], {'before_spawn': ['slipway.circus_hooks.may_spawn', False],
                                            'after_reap': ['slipway.circus_hooks.reaped', True]})
        self.assertEqual(options['stdout_stream'], {'class': 'FileStream', 'filename': '/var/log/slipway/shop/7.api.2.log',
                                                    'max_bytes': '10000000', 'backup_count': '2'})

    def test_limits_are_the_scopes(self):
        facts = scopes.launched(self.definition(memory=64 << 20))
        self.assertEqual((facts['scope'], facts['slice']), ('slipway-app.shop.7.api.2.scope', 'slipway_shop.7.api.2.slice'))
        self.assertIsNone(scopes.launched(self.definition())['slice'])

    def test_files_of_an_unfinished_activation_are_found(self):
        folder = f'{self.layout.root}/conf.d'
        os.makedirs(folder)
        for name in ('slipway-app.shop.7.api.1.conf', 'slipway-app.shop.70.api.1.conf', 'slipway-app.other.7.api.1.conf', 'x.conf'):
            with open(f'{folder}/{name}', 'w', encoding='utf-8'):
                pass
        with mock.patch.object(supervisord, 'FOLDER', folder):
            self.assertEqual(of('supervisor', self.layout).leftovers(7), ['slipway-app.shop.7.api.1'])


class Logs(PlaceTest):
    def test_stay_for_some_activations_and_are_read_over_a_rotation(self):
        with mock.patch.object(logfiles, 'FOLDER', f'{self.layout.root}/log'):
            os.makedirs(f'{self.layout.root}/log/shop')
            for name in ('1.web.1.log', '1.web.1.log.2', '2.web.1.log', '2.web.1.log.1', 'mine.log', '1.web.1.log.old'):
                with open(f'{self.layout.root}/log/shop/{name}', 'w', encoding='utf-8') as file:
                    file.write(''.join(f'{name} {at}\n' for at in range(3)))
            logfiles.prune(self.layout, {2, 3})
            self.assertEqual(sorted(os.listdir(f'{self.layout.root}/log/shop')), ['1.web.1.log.old', '2.web.1.log', '2.web.1.log.1', 'mine.log'])
            place = logfiles.path(self.layout, 2, 'web', 1)
            self.assertEqual(logfiles.last_lines(place, 4).splitlines(), ['2.web.1.log.1 2', *(f'2.web.1.log {at}' for at in range(3))])
            self.assertEqual(logfiles.last_lines(place, 1), '2.web.1.log 2')
            self.assertEqual(logfiles.last_lines(logfiles.path(self.layout, 9, 'web', 1), 4), '')


class Heard(PlaceTest):
    def test_of_a_broken_file_names_it_and_its_line(self):
        path = f'{self.layout.root}/legacy.conf'
        os.makedirs(self.layout.root, exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('; old\n[program:a]\ncommand=x\n[program:b]\n')
        for said, place in (
            (f"CANT_REREAD: Source contains parsing errors: '{path}'\n\t[line  2]: 'foo bar\\n'", f' at {path}, line 2'),
            (f"CANT_REREAD: program section program:b does not specify a command in section 'program:b' (file: '{path}')", f' at {path}, line 4'),
            (f"CANT_REREAD: File contains no section headers.\nfile: '{path}', line: 1\n'x\\n'", f' at {path}, line 1'),
            ('CANT_REREAD: something else', ''),
        ):
            self.assertEqual(supervisord.broken_place(said), place)

    def test_where_supervisord_listens(self):
        path = f'{self.layout.root}/supervisord.conf'
        os.makedirs(self.layout.root, exist_ok=True)
        for text, heard in (
            ('[unix_http_server]\nfile=/run/x.sock   ; (the path)\nchmod=0700\n', ('/run/x.sock', None, None)),
            ('[unix_http_server]\nfile = /run/y.sock\nusername = ada\npassword = p%w;d\n', ('/run/y.sock', 'ada', 'p%w;d')),
            ('[supervisord]\n', ('/var/run/supervisor.sock', None, None)),
        ):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            self.assertEqual(unix_rpc.where(path), heard)

    def test_its_password_is_offered(self):
        with mock.patch.object(unix_rpc, 'where', return_value=('/x', 'ada', 'secret')):
            transport = unix_rpc.server('/any')('transport')
            self.assertIn(('Authorization', 'Basic ' + base64.b64encode(b'ada:secret').decode()), transport._headers)

    def driver(self, log='', **info):
        driver = supervisord.Supervisord(self.layout)
        name = 'slipway-app.shop.3.web.1'
        answers = {'getAllProcessInfo': [{'name': name, 'statename': 'RUNNING', 'exitstatus': 0, **info}], 'readLog': log}
        driver._call = lambda method, *_, **__: answers[method]
        os.makedirs(self.layout.activation(3), exist_ok=True)
        return driver, Starts(self.layout.activation(3), 'web', '1'), name

    def test_of_a_process_before_it_is_one_that_starts(self):
        driver, starts, name = self.driver()
        starts.allow(boot=False)
        self.assertEqual(driver.look([name])[name].phase, state.STARTING)
        starts.begin(1)
        self.assertEqual(driver.look([name])[name].phase, state.STARTING)
        starts.entered('/nowhere', 0)
        self.assertTrue(driver.look([name])[name].has_died())

    def test_how_a_process_ended_comes_from_its_log_when_it_is_started_again(self):
        log = ('2026 WARN exited: slipway-app.shop.3.web.1 (exit status 7; not expected)\n'
               '2026 WARN exited: slipway-app.shop.3.web.1 (terminated by SIGKILL; not expected)\n'
               f'2026 INFO exited: slipway-app.shop.3.web.1 (exit status {REFUSED}; expected)\n'
               '2026 WARN exited: slipway-app.shop.3.web.11 (exit status 8; not expected)\n')
        driver, starts, name = self.driver(log)
        starts.allow(boot=False)
        starts.begin(1)
        starts.begin(2)
        starts.entered('/nowhere', 0)
        with mock.patch.object(scopes, 'pids', return_value=[2]):
            seen = driver.look([name])[name]
        self.assertEqual((seen.phase, seen.restarts, seen.exit, seen.signal), (state.UP, 1, None, 9))

    def test_what_gave_up_has_failed_and_what_may_not_start_is_stopped(self):
        driver, starts, name = self.driver(statename='EXITED', exitstatus=REFUSED)
        self.assertEqual(driver.look([name])[name].phase, state.STOPPED)
        starts.allow(boot=True)
        for at in range(BURST + 1):
            starts.begin(1, now=float(at))
        self.assertEqual(driver.look([name])[name].phase, state.FAILED)

    def test_of_one_that_is_down_the_processes_are_told_all_the_same(self):
        driver, _, name = self.driver()
        driver._call = mock.Mock(side_effect=Failure('supervisor-down', 'it is down'))
        with mock.patch.object(scopes, 'pids', return_value=[42]):
            seen = driver.look([name])[name]
        self.assertEqual((seen.pids, seen.said, seen.is_well(), seen.is_over()), ((42,), 'supervisor is down', False, False))


class Zmtp(PlaceTest):
    """A circusd of four lines: greets, and answers each command with what is in hand."""

    def serve(self, answers):
        os.makedirs(self.layout.root, exist_ok=True)
        path = f'{self.layout.root}/control'
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.listen()
        self.asked = []

        def run():
            connection, _ = listener.accept()
            with connection, connection.makefile('rb') as file:
                connection.sendall(zmtp._GREETING)
                file.read(64)
                ready = b'\x05READY'
                connection.sendall(bytes([4, len(ready)]) + ready)
                file.read(file.read(2)[1])
                for answer in answers:
                    flags = file.read(1)[0]
                    size = struct.unpack('>Q', file.read(8))[0] if flags & 2 else file.read(1)[0]
                    self.asked.append(json.loads(file.read(size)))
                    for body in answer(self.asked[-1]['id']):
                        connection.sendall(b'\x02' + struct.pack('>Q', len(body)) + body)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 10)
        connection = zmtp.Connection(path)
        self.addCleanup(connection.close)
        return connection

    def test_asks_and_hears_its_own_answer(self):
        other = json.dumps({'id': 'x', 'status': 'ok'}).encode()
        connection = self.serve([
            lambda number: [other, json.dumps({'id': number, 'status': 'ok', 'long': 'y' * 70000}).encode()],
            lambda number: [json.dumps({'id': number, 'status': 'error', 'reason': 'no'}).encode()],
        ])
        self.assertEqual(len(connection.ask('list', {'x': 'z' * 300})['long']), 70000)
        self.assertEqual(connection.ask('rm', {'name': 'a'})['reason'], 'no')
        self.assertEqual([(asked['command'], asked['properties']) for asked in self.asked], [('list', {'x': 'z' * 300}), ('rm', {'name': 'a'})])

    def test_says_when_the_other_goes_away(self):
        connection = self.serve([lambda _: []])
        with self.assertRaises(OSError):
            connection.ask('list', {})

    def test_answers_that_are_no_json_are_an_error(self):
        with self.assertRaises(OSError):
            self.serve([lambda _: [b'not json']]).ask('list', {})


class Arguments(unittest.TestCase):
    def test_of_the_bus_are_counted(self):
        self.assertEqual(scopes._count(['PIDs', 'au', '2', '7', '8', 'Slice', 's', 'x.slice', 'TasksMax', 't', '5']), 3)

    def test_mount_points_with_strange_names(self):
        text = '1 0 8:1 / / rw - ext4 x rw\n2 1 8:1 / /mnt/a\\040b rw - ext4 x rw\n'
        self.assertEqual(confinement.mount_points(text), ['/', '/mnt/a b'])
