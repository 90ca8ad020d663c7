"""Commands of `slipway run`: what keeps the files that they use, and how they ended."""

import fcntl
import os
import signal
import subprocess
import sys
import unittest

from place import ME, PlaceTest, activated, config, service
from slipway import activation, files, one_offs, retire, units
from slipway.failures import Failure
from slipway.records import Records
from slipway.shell import running
from slipway.state import State


class OneOffTest(PlaceTest):
    def setUp(self):
        super().setUp()
        self.replace(one_offs, 'identity', lambda _user: ME)
        self.running = {}
        self.replace(units, 'look', lambda names: {name: self.running[name] for name in names if name in self.running})
        self.activation = activated(self.layout, config(service('web')), releaseId='v1-00000001', version='v1')
        self.write(self.layout.claim, '{}')
        os.makedirs(self.layout.activation(1))

    def begin(self, script='true\n'):
        return one_offs.OneOff(self.activation, self.activation.services()[0], script)


class Marks(OneOffTest):
    def test_it_is_in_hand_while_who_began_it_lives(self):
        one_off = self.begin()
        self.assertEqual(one_offs.in_hand(self.layout, 1), [one_off.unit])
        one_off.end()
        self.assertEqual(one_offs.in_hand(self.layout, 1), [])

    def test_it_is_in_hand_while_its_unit_has_processes(self):
        one_off = self.begin()
        os.close(one_off._lock)
        self.assertEqual(one_offs.in_hand(self.layout, 1), [])
        self.running[one_off.unit] = State('up', pids=(1,))
        self.assertEqual(one_offs.in_hand(self.layout, 1), [one_off.unit])

    def test_the_script_can_be_read_by_the_app_whatever_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        one_off = self.begin()
        self.assertEqual(os.stat(one_off.script).st_mode & 0o777, 0o640)
        self.assertEqual(os.stat(os.path.dirname(one_off.script)).st_mode & 0o777, 0o711)

    def test_an_activation_that_is_gone_does_not_come_back(self):
        files.clear(self.layout.activation(1))
        self.assertRaises(FileNotFoundError, self.begin)
        self.assertFalse(os.path.exists(self.layout.activation(1)))

    def test_what_the_app_may_open_is_not_what_is_locked(self):
        one_off = self.begin()
        os.close(one_off._lock)
        with open(one_off.script, encoding='utf-8') as of_the_app:
            fcntl.flock(of_the_app, fcntl.LOCK_EX)
            self.assertEqual(one_offs.in_hand(self.layout, 1), [])
        self.assertEqual(os.stat(f'{one_off.script}.lock').st_mode & 0o777, 0o600)

    def test_two_may_ask_at_once(self):
        one_off = self.begin()
        os.close(one_off._lock)
        with open(f'{one_off.script}.lock', encoding='utf-8') as another:
            fcntl.flock(another, fcntl.LOCK_SH)
            self.assertEqual(one_offs.in_hand(self.layout, 1), [])

    def test_nothing_stays(self):
        self.begin().end()
        self.assertEqual(os.listdir(f'{self.layout.activation(1)}/one-offs'), [])


class Ends(OneOffTest):
    """The word of its end comes from the app's user."""

    def said(self, content):
        one_off = self.begin()
        self.write(f'{one_off.script}.ended', content)
        return one_off.end_of_it()

    def test_an_exit_code_or_a_signal(self):
        self.assertEqual(self.begin().end_of_it(), ('not begun', None))
        for said, code in (('exited 0', 0), ('exited 3', 3), ('exited 255', 255), ('killed TERM', 143), ('dumped SEGV', 139),
                           ('killed RTMIN', 128 + signal.SIGRTMIN), ('killed RTMIN+3', 131 + signal.SIGRTMIN)):
            with self.subTest(said):
                self.assertEqual(self.said(f'{said}\n'), ('ended', code))

    def test_anything_else_is_not_known(self):
        for said in ('\n', ' \n', 'exited 0', 'exited\n', 'exited 256\n', 'exited -1\n', 'exited 0\nexited 1\n', 'exited ٣\n', 'killed NOTHING\n',
                     'killed _DFL\n', 'killed 15\n', 'killed TERM+9\n', 'done 0\n', 'exited 0' + ' ' * 80 + '\n', b'\xff\x00', 'x' * 100000):
            with self.subTest(said[:20]):
                self.assertEqual(self.said(said), ('unknown', None))

    def test_no_other_file_is_read(self):
        for put in (lambda path: os.symlink('/etc/hostname', path), os.mkfifo, os.mkdir, lambda _path: None):
            one_off = self.begin()
            os.unlink(f'{one_off.script}.ended')
            put(f'{one_off.script}.ended')
            self.assertEqual(one_off.end_of_it(), ('unknown', None))

    def test_the_app_writes_one_word_and_nothing_beside_it(self):
        one_off = self.begin()
        self.assertEqual(os.stat(f'{one_off.script}.ended').st_mode & 0o777, 0o620)
        self.assertIn(f'ReadWritePaths={one_off.script}.ended', one_off.settings())

    def test_no_command_of_its_unit_is_roots(self):
        argv = running.arguments(self.activation, self.activation.services()[0], self.begin(), False)
        commands = [word.partition('=Exec')[2].partition('=')[2] for word in argv if word.startswith('--property=Exec')]
        self.assertEqual(len(commands), 1)
        for command in commands:
            self.assertRegex(command, r'\A/')


class Retired(OneOffTest):
    """What a rollout leaves of an activation that no longer serves."""

    def setUp(self):
        super().setUp()
        self.replace(activation.Activation, 'stop', lambda *_given: None)
        self.replace(activation.Activation, 'remove', lambda *_given: None)
        self.activation.ports['web'] = [20001]
        self.write(f'{activation.port_book.places.PORTS}/20001')

    def left(self):
        return os.path.exists(self.layout.activation(1)), os.path.exists(f'{activation.port_book.places.PORTS}/20001')

    def test_files_and_ports_stay_until_it_has_ended(self):
        one_off = self.begin()
        activation.discard(self.activation)
        self.assertEqual(self.left(), (True, True))
        self.assertIn(one_off.unit, one_offs.kept(self.layout, 1)[0])
        one_off.end()
        activation.discard(self.activation)
        self.assertEqual(self.left(), (False, False))

    def test_its_release_stays(self):
        records = Records(self.layout)
        for number in (1, 2, 3):
            release = f'v{number}-0000000{number}'
            self.write(f'{self.layout.release(release)}/release.json', '{}')
            records.append('proven', number, releaseId=release, version=f'v{number}')
        self.assertEqual(retire.prune(self.layout, records, 2), [])
        files.clear(self.layout.activation(1))
        self.assertEqual(retire.prune(self.layout, records, 2), ['v1-00000001'])


class Begun(OneOffTest):
    def begun(self, *serving):
        """What is begun in when the history names these, one after another."""
        said = iter(serving)
        self.replace(running, 'Records', lambda _layout: type('Records', (), {'serving': next(said)})())
        self.replace(running.acts, 'load', lambda layout, number: activated(layout, self.activation.config, number, releaseId='r', version=f'v{number}'))
        return running._begin(self.layout, None, ['id'])[0].number

    def test_in_what_serves(self):
        self.assertEqual(self.begun(1, 1), 1)

    def test_again_when_another_has_come_to_serve_before_the_mark_was_seen(self):
        os.makedirs(self.layout.activation(2))
        self.assertEqual(self.begun(1, 2, 2, 2), 2)
        self.assertEqual(one_offs.in_hand(self.layout, 1), [])

    def test_again_when_it_was_retired_before_the_mark_was_made(self):
        files.clear(self.layout.activation(1))
        os.makedirs(self.layout.activation(2))
        self.assertEqual(self.begun(1, 2, 2), 2)

    def test_nothing_when_a_removal_took_the_claim_before_the_mark_was_seen(self):
        make = one_offs.OneOff

        def made(*given):
            os.unlink(self.layout.claim)
            return make(*given)

        self.replace(one_offs, 'OneOff', made)
        self.refused('being-removed', self.begun, 1, 1)
        self.assertEqual(one_offs.in_hand(self.layout, 1), [])

    def test_in_which_service(self):
        several = activated(self.layout, config(service('web'), service('mail', route=None), service('pages', static={'folder': 'x', 'cache': None, 'fallback': None})))
        self.assertEqual(running._service(several, 'mail')['name'], 'mail')
        for wanted, code in ((None, 'which-service'), ('mial', 'no-such-service'), ('pages', 'no-such-service')):
            with self.subTest(wanted), self.assertRaises(Failure) as caught:
                running._service(several, wanted)
            self.assertEqual(caught.exception.code, code)
        alone = activated(self.layout, config(service('web'), service('pages', static={'folder': 'x', 'cache': None, 'fallback': None})))
        self.assertEqual(running._service(alone, None)['name'], 'web')

    def test_with_a_terminal_or_with_our_own_streams(self):
        one_off = self.begin()
        for terminal, option in ((True, '--pty'), (False, '--pipe')):
            argv = running.arguments(self.activation, self.activation.services()[0], one_off, terminal)
            self.assertIn(option, argv)
            self.assertIn('--property=User=app-shop', argv)
            self.assertIn(f'--property=EnvironmentFile={self.layout.activation(1)}/web.1.env', argv)
            self.assertEqual(argv[-2:], ['/bin/sh', one_off.script])


class Written(PlaceTest):
    def test_lines_of_many_at_once_are_whole(self):
        path = f'{self.folder}/log'
        code = ('import sys; sys.path.insert(0, sys.argv[2])\nfrom slipway import files\n'
                'for turn in range(50): files.append(sys.argv[1], sys.argv[3] * 9000)')
        program = os.path.dirname(os.path.dirname(os.path.abspath(files.__file__)))
        writers = [subprocess.Popen([sys.executable, '-c', code, path, program, letter]) for letter in 'abcd']
        self.assertEqual([writer.wait() for writer in writers], [0] * 4)
        lines = self.read(path).split('\n')
        self.assertEqual(sorted(lines), sorted([''] + [letter * 9000 for letter in 'abcd'] * 50))


if __name__ == '__main__':
    unittest.main()
