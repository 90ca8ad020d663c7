"""Unit files: complete, and with nothing in them that a user wrote."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from place import PlaceTest, config, service
from slipway import activation as acts
from slipway import (
    activation_router,
    configuration,
    counting,
    preparing,
    sandbox,
    shellwords,
    tasks,
    units,
)
from slipway import layout as places
from slipway.router_unit import router_unit
from slipway.state import FAILED, RESTARTING, STOPPED, UP, State
from slipway.supervisors import Definition
from slipway.supervisors.systemd import unit

SANDBOX = tuple(sandbox.properties('app-shop', 'app-shop', ['/opt/shop/shared']))
ANALYZE = shutil.which('systemd-analyze')


def parse(text):
    """{section: {key: [values]}} as systemd reads it; a line that is neither is an error."""
    sections, current = {}, None
    for line in text.splitlines():
        if not line or line[0] in '#;':
            continue
        assert not line.endswith('\\'), line
        if line.startswith('['):
            assert line.endswith(']'), line
            current = sections.setdefault(line[1:-1], {})
            continue
        key, separator, value = line.partition('=')
        assert separator and key.isalnum(), line
        current.setdefault(key, []).append(value)
    return sections


class Text(PlaceTest):
    def service(self, simple=True, **more):
        given = configuration.config(config(service('api', **more)), 'shop')['services'][0]
        return parse(unit(Definition(self.layout, 7, given, 2, f'{self.layout.release("v1-00000000")}/src', simple, SANDBOX)))

    def test_of_a_service_is_complete(self):
        unit = self.service(stop={'signal': 'SIGINT', 'timeout': 2.5}, memory=1 << 28)
        run = self.layout.activation(7)
        self.assertEqual(
            {
                key: unit['Service'][key]
                for key in (
                    'User',
                    'Group',
                    'WorkingDirectory',
                    'EnvironmentFile',
                    'ExecStart',
                    'KillMode',
                    'KillSignal',
                    'TimeoutStopSec',
                    'MemoryMax',
                    'NoNewPrivileges',
                )
            },
            {
                'User': ['app-shop'],
                'Group': ['app-shop'],
                'WorkingDirectory': [f'{self.layout.release("v1-00000000")}/src'],
                'EnvironmentFile': [f'{run}/api.2.env'],
                'ExecStart': [f'/bin/sh {run}/api.start'],
                'KillMode': ['mixed'],
                'KillSignal': ['SIGINT'],
                'TimeoutStopSec': ['2500ms'],
                'MemoryMax': [str(1 << 28)],
                'NoNewPrivileges': ['yes'],
            },
        )
        self.assertEqual(unit['Install'], {'WantedBy': ['multi-user.target']})
        self.assertEqual(self.service(simple=False)['Service']['KillMode'], ['control-group'])
        self.assertNotIn('MemoryMax', self.service()['Service'])

    def test_never_waits_for_ever(self):
        # To systemd a limit of 0 is none.
        for given, said in ((0, '1ms'), (0.0001, '1ms'), (1e-7, '1ms'), (30, '30000ms'), (3600, '3600000ms')):
            self.assertEqual(self.service(stop={'signal': 'SIGTERM', 'timeout': given})['Service']['TimeoutStopSec'], [said])

    def test_holds_nothing_that_a_user_wrote(self):
        marks = {
            'start': 'MARK-start',
            'route': '/MARK-route',
            'path': 'MARK-path',
            'env': {'MARK': 'MARK-env'},
            'secrets': ['MARK_SECRET'],
            'build': ['MARK-build'],
            'before': ['MARK-before'],
            'health': {'kind': 'command', 'command': 'MARK-health'},
        }
        given = configuration.config(config(service('api', **marks)), 'shop')['services'][0]
        for text in (
            unit(Definition(self.layout, 7, given, 1, '/opt/shop/releases/v1-00000000/src', True, SANDBOX)),
            router_unit(self.layout, 7),
        ):
            self.assertNotIn('MARK', text)
            self.assertNotIn('%', text)

    def test_of_a_router_lets_it_write_to_its_folder_alone(self):
        unit = parse(router_unit(self.layout, 7))['Service']
        self.assertEqual(
            (unit['User'], unit['ProtectSystem'], unit['ReadWritePaths']),
            (['web-shop'], ['strict'], [f'{self.layout.activation(7)}/router']),
        )

    def test_of_a_router_gives_each_count_memory_of_its_own_so_that_none_takes_the_room_of_another(self):
        rooms = dict(line.split(':', 1) for line in parse(router_unit(self.layout, 7))['Service']['TemporaryFileSystem'])
        text = activation_router.configuration(self.layout, 7, config(), {}, 'token')
        files = re.findall(r'access_log (/\S+) counted', text)
        self.assertEqual(len(files), 2)
        self.assertEqual({os.path.dirname(path) for path in files}, set(rooms))
        self.assertEqual(len(rooms), 2)
        for settings in rooms.values():
            self.assertIn(f'size={counting.MOST}', settings.split(','))
        self.assertEqual(set(re.findall(r'alias (/\S+/count);', text)), set(files))

    @unittest.skipUnless(ANALYZE, 'systemd-analyze is not on this machine')
    def test_systemd_finds_nothing_wrong(self):
        for name, text in (
            (
                'slipway-app.shop.7.api.1.service',
                unit(Definition(self.layout, 7, service(memory=1 << 28), 1, '/opt/src', True, SANDBOX)),
            ),
            ('slipway-router.shop.7.service', router_unit(self.layout, 7)),
        ):
            # Users of hosts are not on this machine, and nginx need not be.
            path = self.write(
                name, text.replace('User=', 'User=root #').replace('Group=', '#').replace(places.NGINX, '/bin/true')
            )
            with open(path, encoding='utf-8') as file:
                text = '\n'.join(line.split(' #')[0] for line in file.read().splitlines())
            self.write(name, text)
            done = subprocess.run(
                [ANALYZE, 'verify', '--man=no', path],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                env={**os.environ, 'SYSTEMD_LOG_LEVEL': 'warning'},
            )
            self.assertNotIn(name, done.stdout)


class Looking(unittest.TestCase):
    def test_reads_what_systemctl_shows(self):
        shown = (
            'Id=a.service\nActiveState=active\nSubState=running\nNRestarts=0\nControlGroup=\n\n'
            'Id=b.service\nActiveState=failed\nResult=exit-code\nExecMainCode=1\nExecMainStatus=3\nControlGroup=/nowhere\n'
        )
        with mock.patch.object(units, 'run', lambda argv, **_: mock.Mock(output=shown)):
            seen = units.look(['a.service', 'b.service'])
        self.assertEqual(seen['a.service'], State(UP, said='active/running'))
        self.assertTrue(seen['a.service'].is_well())
        self.assertEqual(seen['b.service'], State(FAILED, exit=3, said='failed/'))
        self.assertTrue(seen['b.service'].has_died())

    def test_asks_systemd_whether_a_unit_is_over_only_when_the_kernel_sees_no_process(self):
        # Between two attempts there is none either: then systemd has the word.
        processes, states, asked = [[1], [1], [], [], []], [State(RESTARTING), State(STOPPED)], []
        with (
            mock.patch.object(units, 'pids', lambda _cgroup: processes.pop(0) if processes else []),
            mock.patch.object(units, 'look', lambda names: (asked.append(len(processes)), {names[0]: states.pop(0)})[1]),
        ):
            self.assertTrue(units.wait_stopped('a.service', 5))
        self.assertEqual(asked, [2, 2])
        with mock.patch.object(units, 'pids', lambda _cgroup: [1]), mock.patch.object(units, 'look', lambda _names: {'a.service': State(UP)}):
            self.assertFalse(units.wait_stopped('a.service', 0.1))

    def test_finds_groups_on_a_machine_and_in_a_container_that_sees_those_around_it(self):
        for text, wanted in (
            ('0::/init.scope\n', ''),
            ('12:pids:/init.scope\n1:name=systemd:/init.scope\n0::/init.scope\n', ''),
            ('8:pids:/docker/1cb9\n1:name=systemd:/docker/1cb9/init.scope\n0::/docker/1cb9/init.scope\n', '/docker/1cb9'),
            ('0::/\n', ''),
        ):
            with self.subTest(text=text), tempfile.NamedTemporaryFile('w') as file:
                file.write(text)
                file.flush()
                self.assertEqual(units.top_group(file.name), wanted)

    def test_asks_for_processes_where_the_unit_is(self):
        with mock.patch.object(units, 'top_group', lambda: '/docker/1cb9'), mock.patch.object(
            units, 'pids', lambda group: [1] if group == '/docker/1cb9/system.slice/a.service' else []):
            self.assertTrue(units.runs('a.service'))

    def test_tells_a_signal_and_memory_from_an_exit(self):
        for facts, words in (
            ({'ExecMainCode': '2', 'ExecMainStatus': '9'}, 'was killed by signal 9'),
            ({'ExecMainCode': '3', 'ExecMainStatus': '11'}, 'was killed by signal 11'),
            ({'ExecMainCode': '2', 'ExecMainStatus': '9', 'Result': 'oom-kill'}, 'was killed because memory ran out'),
            ({'ExecMainCode': '1', 'ExecMainStatus': '7'}, 'ended with exit code 7'),
        ):
            with self.subTest(words=words):
                self.assertEqual(units.as_state({'ActiveState': 'failed', **facts}).ending(), words)

    def test_knows_what_never_ran_and_what_is_over(self):
        waiting = units.as_state({'ActiveState': 'activating', 'SubState': 'auto-restart', 'NRestarts': '1', 'ExecMainCode': '1'})
        dead = units.as_state({'ActiveState': 'inactive', 'SubState': 'dead', 'ExecMainCode': '0', 'ExecMainStatus': '0'})
        self.assertEqual((waiting.never_ran(), waiting.is_over(), waiting.has_died()), (False, False, True))
        self.assertEqual((dead.never_ran(), dead.is_over(), dead.has_died()), (True, True, False))
        self.assertFalse(State(FAILED, pids=(1,)).is_over())

    def test_nothing_is_nothing(self):
        self.assertEqual(units.look([]), {})
        with mock.patch.object(units, 'run', lambda argv, **_: mock.Mock(output='Failed to connect to bus\n')):
            self.assertEqual(units.look(['a.service']), {})


class Told(PlaceTest):
    """What systemd is told, and what is said of it."""

    def setUp(self):
        super().setUp()
        self.told = []
        self.replace(
            units, 'run', lambda argv, timeout=60: (self.told.append((argv[1:], timeout)), mock.Mock(output='', code=0))[1]
        )
        for name in ('a.service', 'b.service'):
            units.write(name, '[Unit]\n')
        units.enable(['a.service', 'b.service'])

    def test_disabling_leaves_the_unit(self):
        units.disable(['a.service', 'never.service'])
        self.assertEqual(os.listdir(places.WANTS), ['b.service'])
        self.assertIn('a.service', os.listdir(places.UNITS))
        units.enable(['a.service'])
        self.assertEqual(sorted(os.listdir(places.WANTS)), ['a.service', 'b.service'])

    def test_stopping_waits_as_long_as_it_is_told(self):
        units.stop(['a.service'], 3700)
        units.stop([])
        self.assertEqual(self.told, [(['stop', 'a.service'], 3700)])

    def test_removing_leaves_nothing(self):
        self.assertIsNone(units.remove(['a.service', 'b.service']))
        self.assertEqual((os.listdir(places.WANTS), os.path.lexists(f'{places.UNITS}/a.service')), ([], False))
        self.assertEqual(
            [argv for argv, _ in self.told],
            [['reset-failed', 'a.service', 'b.service'], ['list-units', '--all', '--plain', '--no-legend', 'a.service', 'b.service']],
        )
        count = len(self.told)
        units.remove([])
        self.assertEqual(len(self.told), count)

    def test_removing_what_came_up_with_the_host_has_systemd_read_its_files(self):
        kept = 'a.service loaded inactive dead Slipway: shop 2, web 1\n'
        self.replace(
            units, 'run', lambda argv, timeout=60: (self.told.append((argv[1:], timeout)), mock.Mock(output=kept, code=0))[1]
        )
        with tempfile.TemporaryDirectory() as transient:
            self.replace(units, '_TRANSIENT', transient)
            units.remove(['a.service'])
            self.assertEqual(self.told[-1][0], ['daemon-reload'])
            # That would take its sandbox from what somebody runs meanwhile.
            pathlib.Path(transient, 'slipway-run.shop.2.web.0a1b.service').touch()
            units.remove(['a.service'])
            self.assertEqual(self.told[-1][0], ['reset-failed', 'a.service'])

    def test_how_a_unit_stands_in_words(self):
        for facts, words in (
            (
                {'ActiveState': 'activating', 'SubState': 'auto-restart', 'NRestarts': '3', 'ExecMainCode': '1', 'ExecMainStatus': '7'},
                'activating/auto-restart, restarted 3 times, last ended with exit code 7',
            ),
            (
                {'ActiveState': 'inactive', 'SubState': 'dead', 'NRestarts': '0', 'ExecMainStatus': '0'},
                'inactive/dead, restarted 0 times',
            ),
        ):
            self.assertEqual(units.as_state(facts).words(), words)


class Prepared(PlaceTest):
    """Everything of an activation but its processes."""

    def setUp(self):
        super().setUp()
        self.config = configuration.config(
            config(
                service('api', start='node main.js', env={'LEVEL': 'a "b" $c'}, secrets=['KEY'], instances=2),
                service('beat', route=None, start='cd x && ./beat', on='first', secrets=[]),
                service('cron', route=None, start='./cron'),
            ),
            'shop',
        )
        release = mock.Mock(
            id='v1-00000000', folder=self.layout.release('v1-00000000'), info={'version': 'v1', 'commit': 'c' * 40}
        )
        release.environment_of = lambda item: (
            {'path': ['/venv/bin'], 'location': '/venv', 'runtime': 'python'} if item['name'] == 'api' else None
        )
        self.make = lambda first, **more: preparing.prepare(
            self.layout, 7, release, self.config, {'KEY': 'line\none "two" $three'}, first, **more
        )
        self.folder_of = self.layout.activation(7)

    def test_keeps_secrets_where_only_root_reads(self):
        self.make(True)
        secret = 'line\none "two" $three'
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(f'{folder}/{name}', encoding='utf-8') as file:
                    text = file.read()
                if 'line' in text and ('two' in text):
                    self.assertEqual(os.stat(f'{folder}/{name}').st_mode & 0o777, 0o600, name)
        self.assertIn(shellwords.environment_file({'KEY': secret}), self.read(f'{self.folder_of}/api.1.env'))
        for name in ('beat.1.env', 'cron.1.env', 'activation.json'):
            self.assertNotIn('two', self.read(f'{self.folder_of}/{name}'))
        self.assertEqual(os.stat(f'{self.folder_of}/api.start').st_mode & 0o777, 0o640)

    def test_gives_each_instance_a_port_of_its_own(self):
        made = self.make(True)
        ports = [port for one in made.ports.values() for port in one]
        self.assertEqual((len(ports), len(set(ports))), (4, 4))
        for instance in (1, 2):
            text = self.read(f'{self.folder_of}/api.{instance}.env')
            self.assertIn(f'PORT="{made.ports["api"][instance - 1]}"\n', text)
            self.assertIn('PATH="/venv/bin:/usr/local/bin:/usr/bin:/bin"\n', text)
            self.assertIn('LEVEL="a \\"b\\" \\$c"\n', text)
        self.assertEqual(self.read(f'{places.PORTS}/{ports[0]}'), 'shop 7 api\n')

    def test_runs_on_the_first_host_what_runs_on_one(self):
        self.assertEqual([item['name'] for item in self.make(True).workers()], ['beat', 'cron'])
        made = self.make(False)
        self.assertEqual([item['name'] for item in made.workers()], ['cron'])
        self.assertEqual([item['name'] for item in made.routed()], ['api'])
        self.assertEqual(
            made.names(),
            [
                'slipway-app.shop.7.api.1.service',
                'slipway-app.shop.7.api.2.service',
                'slipway-app.shop.7.cron.1.service',
                'slipway-router.shop.7.service',
            ],
        )

    def test_is_one_by_its_last_file_which_holds_all_that_later_steps_need(self):
        write, written = preparing.files.write, []
        self.replace(preparing.files, 'write', lambda path, *given, **more: (written.append(os.path.basename(path)), write(path, *given, **more)))
        kept = {**tasks.facts(['api: ./migrate'], ['api: ./warm']), 'certificate': None, 'takeOver': '/etc/nginx/sites-enabled/old'}
        made = self.make(True, kept=kept)
        self.assertEqual((written[-1], written.count('activation.json')), ('activation.json', 1))
        again = acts.load(self.layout, 7)
        self.assertEqual(again.facts, made.facts)
        self.assertEqual((tasks.kept(again, 'before'), tasks.kept(again, 'after')), (['api: ./migrate'], ['api: ./warm']))
        self.assertEqual({key: again.facts[key] for key in kept}, kept)

    def test_has_a_home_of_its_own(self):
        given = []
        self.replace(preparing, 'identity', lambda user: (given.append(user), (os.getuid() + 1, os.getgid() + 2))[1])
        owned = {}
        self.replace(preparing.os, 'chown', lambda path, *ids, **_: owned.update({path: ids}))
        self.replace(preparing.files.os, 'fchown', lambda *_: None)
        self.make(True)
        home = f'{self.folder_of}/home'
        self.assertEqual((owned[home], os.stat(home).st_mode & 0o777), ((os.getuid() + 1, os.getgid() + 2), 0o700))
        self.assertEqual(set(given), {'app-shop'})
        self.assertIn(f'HOME="{home}"\n', self.read(f'{self.folder_of}/api.1.env'))

    def test_knows_how_long_its_end_may_take(self):
        self.assertEqual(self.make(True).longest_stop(), 90)
        for item, timeout in zip(self.config['services'], (5, 3600, 700)):
            item['stop']['timeout'] = timeout
        self.assertGreater(self.make(True).longest_stop(), 3600)
        # The second runs on the first host alone.
        made = self.make(False)
        self.assertTrue(700 < made.longest_stop() < 3600)
        told = []
        self.replace(units, 'stop', lambda names, timeout: told.append((names, timeout)))
        self.replace(units, 'run', mock.Mock())
        acts.discard(made)
        self.assertEqual(told, [(made.names(), made.longest_stop())])

    def test_reads_itself_again(self):
        made = self.make(True)
        again = acts.load(self.layout, 7)
        self.assertEqual(
            (again.ports, again.config, again.secrets()), (made.ports, made.config, {'KEY': 'line\none "two" $three'})
        )
        self.refused('activation-missing', acts.require, self.layout, 8)

    def test_takes_its_secrets_out_of_what_leaves_the_host(self):
        made = self.make(True)
        self.write(
            f'{self.folder_of}/secrets.json',
            '{"A": "abcdef", "B": "abcdefGHIJ", "C": "first line\\nsecond line\\n", "D": "short"}',
            0o600,
        )
        self.assertEqual(made.redact('x abcdefGHIJ abcdef first line / second line short'), 'x *** *** *** / *** short')


if __name__ == '__main__':
    unittest.main()
