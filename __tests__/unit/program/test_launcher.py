"""The one program that may be run as root by who connects: it refuses before it does anything."""

import json
import os
import stat
import subprocess
import unittest
from unittest import mock

from place import PROGRAM, PlaceTest
from slipway import layout as places

LAUNCHER = f'{PROGRAM}/slipway-host'


def run(given, *arguments, **variables):
    return subprocess.run(
        ['/bin/sh', LAUNCHER, *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={'PATH': '/usr/bin:/bin', **variables},
    )


class Refusals(unittest.TestCase):
    def refused(self, code, given, *arguments):
        with self.subTest(given=given[:60], arguments=arguments):
            done = run(given, *arguments)
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertEqual(json.loads(done.stdout), {'type': 'refused', 'code': code, 'what': json.loads(done.stdout)['what']})
            self.assertEqual(done.stdout.count(b'\n'), 1)

    def test_takes_no_arguments(self):
        for arguments in (['session'], [''], ['--help'], ['session', '1', 'shop', '0']):
            self.refused('bad-arguments', b'session 1 shop 0\n', *arguments)

    def test_wants_its_first_line_exactly(self):
        for line in (
            b'',
            b'session',
            b'session 1 shop 0',
            b'\n',
            b'settle 1 shop 0\n',
            b'session 1 shop 0 more\n',
            b'SESSION 1 shop 0\n',
            b'session one shop 0\n',
            b'session -1 shop 0\n',
            b'session 1 shop\n',
            b'session 1 shop x\n',
            b'session 1 shop -1\n',
            b'session 1 shop 100000\n',
            b'session 1 shop 00\n',
            b'session 1 shop 010\n',
            b'session 1 shop 09\n',
            b'session 1 shop 1;id\n',
            b'session 1 shop $(id)\n',
            b'session 1;id shop 0\n',
            b'session \xd9\xa3 shop 0\n',
            b'session  shop 0\n',
            b'\0session 1 shop 0 x\n',
            b'x' * 100000 + b'\n',
        ):
            self.refused('bad-hello', line)

    def test_wants_the_name_of_an_app(self):
        for app in (
            b'Shop',
            b'1shop',
            b'-shop',
            b'shop-',
            b'../shop',
            b'shop/x',
            b'sh.op',
            b'sh_op',
            b'*',
            b'?',
            b'[a-z]',
            b'$HOME',
            b'`id`',
            b'shop;id',
            b'shop\t',
            b'\\shop',
            b'"shop"',
            b"'shop'",
            b'sh\xc3\xb6p',
            b'\xd1\x95hop',
            b'shop\r',
            b'%n',
            b'~',
            b'shop\\',
            b'shop\x1b',
            b'a' * 26,
            b'a' * 5000,
        ):
            self.refused('bad-app', b'session 1 %s 0\n' % app)

    def test_wants_an_app_that_this_host_was_prepared_for(self):
        self.refused('app-not-prepared', b'session 1 no-such-app-anywhere 0\n')
        self.refused('app-not-prepared', b'session 1 %s 0\n' % (b'a' * 25))

    def test_says_no_word_of_what_it_was_given(self):
        # What comes back is JSON, whatever went in.
        done = run(b'session 1 x","code":"no 0\n')
        self.assertEqual(json.loads(done.stdout)['code'], 'bad-app')

    def test_uses_no_program_of_the_callers(self):
        done = run(b'session 1 no-such-app-anywhere 0\n', PATH='/nowhere', IFS='e', ENV='/etc/passwd', LC_ALL='tr_TR.UTF-8')
        self.assertEqual((done.returncode, json.loads(done.stdout)['code']), (64, 'app-not-prepared'))

    def test_leaves_what_follows_its_first_line(self):
        reader, writer = os.pipe()
        os.write(writer, b'session 1 X 0\nbegin {}\n')
        os.close(writer)
        subprocess.run(['/bin/sh', LAUNCHER], stdin=reader, stdout=subprocess.DEVNULL, timeout=60, check=False)
        self.assertEqual(os.read(reader, 100), b'begin {}\n')
        os.close(reader)


class Prepared(PlaceTest):
    """On a host in a folder, where whoever runs the tests is root and systemd a word."""

    PATHS = ('opt/shop', 'opt/shop/releases', 'opt/shop/run')

    def setUp(self):
        super().setUp()
        with open(LAUNCHER, encoding='utf-8') as file:
            text = file.read()
        for old, new in (
            ('PATH=/usr/sbin', f'PATH={self.folder}/bin:/usr/sbin'),
            ('/var/lib/slipway', f'{self.folder}/var/lib/slipway'),
            ('"/opt/', f'"{self.folder}/opt/'),
            ('/run/slipway-', f'{self.folder}/run/slipway-'),
            ('0\n0\n0\n0', '\n'.join([str(os.geteuid())] * 4)),
        ):
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.launcher = self.write('slipway-host', text)
        self.write('bin/systemctl', '#!/bin/sh\necho inactive\n', 0o755)
        self.write('bin/systemd-run', '#!/bin/sh\nexit 42\n', 0o755)
        self.claim = self.write('var/lib/slipway/apps/shop')

    def outcome(self):
        """42 when it would begin; else why not."""
        done = subprocess.run(
            ['/bin/sh', self.launcher], input=b'session 1 shop 0\n', capture_output=True, timeout=60, check=False
        )
        return done.returncode if done.returncode != 64 else json.loads(done.stdout)['code']

    def replaced(self, path, make):
        aside = f'{self.folder}/aside'
        os.rename(path, aside)
        make(path, aside)
        found = self.outcome()
        (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)
        os.rename(aside, path)
        return found

    def test_begins_only_where_setup_was(self):
        self.assertEqual(self.outcome(), 42)
        link = lambda path, aside: os.symlink(aside, path)
        wrong = 'app-not-prepared'
        for path in self.PATHS:
            full = f'{self.folder}/{path}'
            self.assertEqual(self.replaced(full, link), wrong, path)
            self.assertEqual(self.replaced(full, lambda path, _aside: self.write(path)), wrong, path)
        self.assertEqual(self.replaced(self.claim, link), wrong)
        self.assertEqual(self.replaced(self.claim, lambda path, _aside: os.mkdir(path)), wrong)
        os.unlink(self.claim)
        self.assertEqual(self.outcome(), wrong)

    def test_begins_only_where_it_is_roots(self):
        # The owner of each in turn is somebody else.
        for path in ('var/lib/slipway/apps/shop', *self.PATHS):
            self.write(
                'bin/stat',
                '#!/bin/sh\nshift 2\nfor path; do case $path in '
                f'{self.folder}/{path}) echo 54321 ;; *) /usr/bin/stat -c %u "$path" ;; esac; done\n',
                0o755,
            )
            self.assertEqual(self.outcome(), 'app-not-prepared', path)
        os.unlink(f'{self.folder}/bin/stat')
        self.assertEqual(self.outcome(), 42)

    def starts(self, codes, states):
        """What it comes to when systemd answers so, one time after another; and how often it was asked for what."""
        for name, answers, act in (('systemd-run', codes, 'exit'), ('systemctl', states, 'echo')):
            asked = self.write(f'asked-{name}', '')
            self.write(
                f'bin/{name}',
                f'#!/bin/sh\necho >>{asked}\nset -- {" ".join(map(str, answers))}\nshift $(($(wc -l <{asked}) - 1))\n{act} "$1"\n',
                0o755,
            )
        found = self.outcome()
        return (found, *(os.path.getsize(f'{self.folder}/asked-{name}') for name in ('systemd-run', 'systemctl')))

    def test_asks_how_the_unit_stands_only_when_it_was_refused(self):
        self.assertEqual(self.starts([42], []), (42, 1, 0))
        # Who held it has just ended.
        self.assertEqual(self.starts([1, 42], ['inactive']), (42, 2, 1))
        self.assertEqual(self.starts([1], ['active']), (75, 1, 1))
        self.assertEqual(self.starts([1], ['deactivating']), (75, 1, 1))
        self.assertEqual(self.starts([1, 1], ['inactive', 'failed']), ('session-failed', 2, 2))

    def test_the_program_judges_as_the_launcher_does(self):
        found = {'uid': {}, 'mode': {}}

        def lstat(path):
            inside = path if path.startswith(self.folder) else self.folder + path
            status = os.lstat(inside)
            name = os.path.relpath(inside, self.folder)
            return mock.Mock(st_uid=found['uid'].get(name, 0), st_mode=found['mode'].get(name, status.st_mode))

        self.replace(places, 'os', mock.Mock(lstat=lstat))
        self.assertTrue(places.is_prepared('shop'))
        self.assertFalse(places.is_prepared('blog'))
        for name in ('var/lib/slipway/apps/shop', *self.PATHS):
            found['uid'] = {name: 1000}
            self.assertFalse(places.is_prepared('shop'), name)
            found['uid'], found['mode'] = {}, {name: stat.S_IFLNK | 0o777}
            self.assertFalse(places.is_prepared('shop'), name)
            found['mode'] = {}
        self.assertTrue(places.is_prepared('shop'))


class Program(unittest.TestCase):
    def test_refuses_what_is_no_app(self):
        for arguments in ([], ['session'], ['session', 'a', 'b'], ['settle'], ['other', 'shop'], ['settle-all', 'x']):
            done = subprocess.run(
                ['python3', '-I', '-S', '-B', f'{PROGRAM}/main.py', *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )
            self.assertEqual((done.returncode, done.stdout), (64, b''), arguments)
        for app in ('../etc', 'a' * 26, '', 'shop\n', '-'):
            done = subprocess.run(
                ['python3', '-I', '-S', '-B', f'{PROGRAM}/main.py', 'session', app],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=60,
                check=False,
            )
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stdout, b'')


if __name__ == '__main__':
    unittest.main()
