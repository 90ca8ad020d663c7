"""What a build finds of earlier ones, and in which order environments are made."""

import os
import stat
import threading
import unittest
from unittest import mock

from place import ME, PlaceTest, Silent
from slipway import caches, installing, tools
from slipway import environment as envs
from slipway.caches import Caches, Ground
from slipway.failures import Failure


class Kept(PlaceTest):
    def setUp(self):
        super().setUp()
        self.caches = Caches(self.layout)
        self.caches.prepare()

    def shown(self, ground=caches.COMMAND, name='0-0'):
        """{mount point: (folder on the host, may it be written to?)}"""
        found = {}
        for setting in self.caches.open(name, ground):
            kind, _, value = setting.partition('=')
            if kind != 'TemporaryFileSystem':
                source, point = value.split(':')
                found[point.removeprefix('/var/cache/slipway/shop/')] = (source.removeprefix(f'{self.caches.root}/'), kind == 'BindPaths')
        return found

    def test_a_home_is_empty_each_time(self):
        home = f'{self.caches.root}/{self.shown()["home"][0]}'
        self.write(f'{home}/.npmrc', 'registry=http://stranger/')
        self.write(f'{home}/.cache/x')
        self.shown()
        self.assertEqual((os.listdir(home), os.listdir(f'{home}/.cache')), (['.cache'], []))
        self.caches.close('0-0')
        self.assertFalse(os.path.exists(home))

    def test_nobody_writes_what_a_lesser_step_could_read_as_its_own(self):
        self.assertEqual(self.shown(), {
            'home': ('homes/0-0', True), 'home/.cache': ('commands/other', True), 'packages': ('commands/packages', True)})
        self.assertEqual(self.shown(Ground('uv.credentials')), {
            'home': ('homes/0-0', True), 'home/.cache': ('uv.credentials/other', True), 'packages': ('uv.credentials/packages', True)})
        self.assertEqual(self.shown(Ground(reads='npm-lock.credentials', manager='k')), {
            'home': ('homes/0-0', True), 'home/.cache': ('commands/other', True), 'packages': ('npm-lock.credentials/packages', False),
            'manager': ('managers/k', False)})
        self.assertEqual(self.shown(Ground(writes=None, manager='k', brings=True)), {
            'home': ('homes/0-0', True), 'manager': ('managers/new', True)})

    def test_caches_are_by_installer_and_by_trust(self):
        self.assertEqual([caches.of_installer(*given) for given in (('requirements', ()), ('uv-lock', ('A',)), ('npm-lock', ('A',)), ('npm-lock', ()))],
                         ['uv', 'uv.credentials', 'npm-lock.credentials', 'npm-lock'])

    def test_only_what_we_made_to_be_kept_stays(self):
        self.shown(Ground('uv'))
        self.write(f'{self.caches.root}/uv/other/wheel')
        # As an earlier version's home may be, and what a build had put there.
        self.write(f'{self.caches.root}/.npmrc')
        self.write(f'{self.caches.root}/npm/_cacache/x')
        os.symlink('/etc', f'{self.caches.root}/commands')
        with mock.patch.object(caches, '_ROOT', (ME[0], ME[1])):
            self.caches.prepare()
        self.assertEqual(os.listdir(self.caches.root), ['uv'])
        self.assertEqual(self.read(f'{self.caches.root}/uv/other/wheel'), '')
        self.assertEqual(stat.S_IMODE(os.stat(self.caches.root).st_mode), 0o700)

    def test_what_a_builder_owned_is_not_taken_for_ours(self):
        self.shown(Ground('uv'))
        own = os.lstat
        theirs = f'{self.caches.root}/uv'
        with mock.patch.object(caches.os, 'lstat', lambda path: mock.Mock(st_mode=own(path).st_mode, st_uid=ME[0] + (path == theirs))):
            self.caches.prepare()
        self.assertEqual(os.listdir(self.caches.root), [])

    def test_a_manager_is_kept_sealed_and_others_go(self):
        self.shown(Ground(writes=None, brings=True))
        self.write(f'{self.caches.root}/managers/new/v1/pnpm.cjs', mode=0o666)
        os.makedirs(f'{self.caches.root}/managers/old')
        self.caches.keep_manager('key')
        self.caches.forget_managers({'key'})
        self.assertEqual(os.listdir(f'{self.caches.root}/managers'), ['key'])
        self.assertTrue(self.caches.has_manager('key'))
        self.assertEqual(stat.S_IMODE(os.stat(f'{self.caches.root}/managers/key/v1/pnpm.cjs').st_mode), 0o644)


class Order(PlaceTest):
    def setUp(self):
        super().setUp()
        self.write(f'{tools.layout.TOOLS}/uv-0.9.1/uv', '', 0o755)
        self.root = self.layout.release('v1-00000000')
        self.ran = []
        self.fails = None
        self.builder = mock.Mock(credentials={'A': 'secret', 'B': 'secret'}, caches=Caches(self.layout), conversation=Silent(), run=self.run_step)
        self.builder.caches.prepare()

    def run_step(self, name, _lines, given=(), ground=None, writable=None):
        # One user runs them all: whoever runs beside another could enter its view.
        self.assertIs(threading.current_thread(), threading.main_thread())
        self.ran.append((name, tuple(given), writable and [path.removeprefix(f'{self.root}/') for path in writable]))
        self.builder.caches.open(name, ground)
        return (1 if name == self.fails else 0), ''

    def item(self, index, folder, tool, *secrets, runtime='node', manager=None):
        install = {'tool': tool, 'file': 'r.txt', **({'manager': manager} if manager else {})}
        item = envs.Environment(index, folder, runtime, install, self.root, '/tools/node', 'node-24', [])
        item.secrets = set(secrets)
        os.makedirs(item.source, exist_ok=True)
        return item

    def test_what_holds_credentials_runs_before_all_that_does_not(self):
        items = [self.item(0, 'a', 'npm-lock', 'A'), self.item(1, 'b', 'npm-lock'), self.item(2, 'c', 'requirements', 'B', runtime='python')]
        installing.make(self.builder, items, [])
        self.assertEqual(self.ran[:2], [('0-0', ('A',), ['src/a']), ('2-0', ('B',), ['src/c', 'env/2'])])
        self.assertEqual(self.ran[2:], [('0-1', (), None), ('1-0', (), None)])
        self.assertEqual(os.listdir(f'{self.root}/env'), ['2'])

    def test_nothing_without_credentials_runs_when_one_fails(self):
        self.fails = '2-0'
        with self.assertRaises(Failure):
            installing.make(self.builder, [self.item(0, 'a', 'npm-lock', 'A'), self.item(2, 'c', 'npm-lock', 'B')], [])
        self.assertEqual([name for name, *_ in self.ran], ['0-0', '2-0'])

    def test_what_is_made_from_files_beside_it_may_write_there(self):
        item = self.item(0, 'a', 'npm-lock', 'A')
        item.beside = True
        odd = self.item(1, 'a b', 'npm-lock', 'A')
        installing.make(self.builder, [item, odd], [])
        self.assertEqual([writable for *_, writable in self.ran[:2]], [None, None])

    def test_a_manager_is_brought_once(self):
        items = [self.item(0, 'a', 'pnpm-lock', 'A', manager='pnpm@10.1.0'), self.item(1, 'b', 'pnpm-lock', manager='pnpm@10.1.0'),
                 self.item(2, 'c', 'npm-lock')]
        for _ in range(2):
            installing.bring_managers(self.builder, items, [])
        # A registry's credentials are for packages; Corepack has its own.
        self.assertEqual(self.ran, [('0-manager', (), None)])
        self.assertEqual(os.listdir(f'{self.builder.caches.root}/managers'), [caches.manager_key('pnpm@10.1.0', 'node-24')])


if __name__ == '__main__':
    unittest.main()
