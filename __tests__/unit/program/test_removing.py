"""Taking an app off a host: what goes, what stays, and that any cut-short removal is finished by another."""

import ctypes
import json
import os
import unittest
from unittest import mock

from place import ME, PlaceTest
from slipway import (
    departing,
    files,
    layout,
    one_offs,
    ports,
    processes,
    removing,
    settling,
    units,
)
from slipway.project import known_projects
from slipway.records import Records

# Of nobody: what the tests make is whoever's runs them, until a file is said to be the user's.
NUMBERS = (1 << 30, 1 << 30)


class Cut(Exception):
    """A death in the middle."""


class RemovingTest(PlaceTest):
    def setUp(self):
        super().setUp()
        self.users = set()
        self.replace(removing, 'run', self.run_)
        self.replace(departing, 'run', self.run_)
        self.replace(departing, '_numbers', lambda user: NUMBERS if user in self.users else None)
        self.replace(departing, 'MEMORY', (f'{self.folder}/shm',))
        self.replace(departing, 'IPC', f'{self.folder}/sysvipc')
        self.replace(units, 'run', lambda *_given, **_more: processes.Result(0, ''))
        self.replace(units, 'look', lambda _names: {})
        self.replace(removing, 'GIT', f'{self.folder}/srv/git')
        self.replace(removing, 'TIMERS', f'{self.folder}/timers')
        self.replace(removing.circus, 'ROOT', f'{self.folder}/circus')
        self.replace(settling.supervisors, 'of', lambda _name, _layout: type('None', (), {'leftovers': lambda *_given: []})())
        for name in ('claim', 'removing', 'removed'):
            setattr(self.layout, name, f'{layout.STATE}/{ {"claim": "apps"}.get(name, name) }/shop')
        self.make()

    def make(self):
        self.users.update({'app-shop', 'web-shop', 'build-shop', 'app-blog'})
        self.write(self.layout.claim, '{"app":"shop","repository":"ada/shop"}\n')
        for app, number, port in (('shop', 1, 20001), ('shop', 2, 20002), ('shop-2', 1, 20003)):
            self.write(f'{layout.PORTS}/{port}', f'{app} {number} web\n')
        for name, app in (('shop.example.com', 'shop'), ('blog.example.com', 'blog')):
            self.write(f'{layout.DOMAINS}/{name}.claim', json.dumps({'app': app}))
            self.write(f'{layout.DOMAINS}/{name}.json', '{}')
        os.makedirs(os.path.dirname(self.layout.history), exist_ok=True)
        records = Records(self.layout)
        records.append('proven', 2, releaseId='v2-00000002', version='v2')
        for path in ('run/2/activation.json', 'run/2/secrets.json', 'releases/v2-00000002/release.json', 'scratch/v2-00000002/x', 'incoming/x', 'shared/data/file'):
            self.write(f'{self.layout.root}/{path}', '{}')
        for path in (f'{self.layout.caches}/uv/x', f'{self.layout.logs}/2.web.1.log', f'{self.folder}/timers/stamp-slipway-app.shop.2.nightly.timer',
                     f'{self.folder}/timers/stamp-slipway-app.shop-2.2.nightly.timer'):
            self.write(path)

    def run_(self, argv, timeout=60):
        program, *words = argv
        if program.endswith('/getent') and words[1] not in self.users:
            return processes.Result(2, '')
        if program.endswith('/userdel'):
            self.users.discard(words[0])
        return processes.Result(0, '')

    def remove(self, with_data=False):
        said = []
        removing.remove(self.layout, with_data, {'by': 'ada', 'run': 'slipway remove'}, said.append)
        return '\n'.join(said)

    def there(self, path):
        return os.path.lexists(path)

    def gone(self):
        """Nothing of it but `shared`, and all of the others."""
        self.assertEqual(os.listdir(self.layout.root) if self.there(self.layout.root) else [], ['shared'] if self.there(self.layout.shared) else [])
        self.assertEqual(sorted(os.listdir(layout.PORTS)), ['20003'])
        self.assertEqual(sorted(os.listdir(layout.DOMAINS)), ['blog.example.com.claim', 'blog.example.com.json'])
        self.assertEqual(os.listdir(f'{self.folder}/timers'), ['stamp-slipway-app.shop-2.2.nightly.timer'])
        self.assertFalse(self.there(self.layout.caches) or self.there(self.layout.logs))
        self.assertFalse(self.there(self.layout.claim) or self.there(self.layout.removing))


class Removing(RemovingTest):
    def test_data_stay_with_their_owner_and_the_name_with_its_repository(self):
        self.assertIn(f'{self.layout.shared} stays', self.remove())
        self.gone()
        self.assertEqual(self.read(f'{self.layout.shared}/data/file'), '{}')
        self.assertEqual(self.users, {'app-shop', 'app-blog'})
        self.assertIn('ada/shop', self.read(self.layout.removed))
        recorded = json.loads(self.read(f'{os.path.dirname(self.layout.removed)}/log.jsonl'))
        self.assertEqual({key: recorded[key] for key in ('app', 'by', 'served', 'kept')}, {'app': 'shop', 'by': 'ada', 'served': 'v2', 'kept': True})

    def test_with_data_nothing_stays(self):
        self.remove(with_data=True)
        self.gone()
        self.assertFalse(self.there(self.layout.root) or self.there(self.layout.removed))
        self.assertEqual(self.users, {'app-blog'})

    def test_data_that_were_kept_can_go_later(self):
        self.remove()
        self.remove(with_data=True)
        self.gone()
        self.assertFalse(self.there(self.layout.root) or self.there(self.layout.removed))

    def test_of_an_app_of_containers_the_name_is_free_without_an_engine_too(self):
        known_projects.note(self.layout, 'notes')
        files.remove(self.layout.shared)
        self.assertIn('no Docker Engine', self.remove())
        self.assertTrue(self.there(self.layout.removed))
        self.remove(with_data=True)
        self.assertFalse(self.there(self.layout.root) or self.there(self.layout.removed))

    def test_nothing_in_shared_is_nothing_to_keep(self):
        files.clear(f'{self.layout.shared}/data')
        self.remove()
        self.assertFalse(self.there(self.layout.root) or self.there(self.layout.removed))

    def test_what_is_not_ours_stays_and_is_said(self):
        os.makedirs(f'{self.folder}/srv/git/shop.git')
        self.write(f'{self.layout.root}/backup/x')
        kept = self.write(f'{layout.STATE}/taken-over/shop/sites-enabled.shop', 'server {}')
        self.write(f'{kept}.json', '{"path": "/etc/nginx/sites-enabled/shop"}')
        self.write(f'{layout.STATE}/open/shop', '5432/tcp\n')
        secrets = self.write('home/deploy/.config/slipway/shop.env', 'A=1\n')
        self.replace(removing.pwd, 'getpwall', lambda: [mock.Mock(pw_dir=f'{self.folder}/home/{name}') for name in ('deploy', 'ada')])
        said = self.remove(with_data=True)
        for words in (f'sudo rm -r {self.folder}/srv/git/shop.git', f'sudo mv {kept} /etc/nginx/sites-enabled/shop', 'sudo ufw delete allow 5432/tcp', 'backup',
                      f'sudo rm {secrets} '):
            self.assertIn(words, said)
        self.assertTrue(self.there(f'{self.layout.root}/backup/x') and self.there(kept) and self.there(secrets) and self.there(self.layout.removed))
        self.assertFalse(self.there(f'{layout.STATE}/open/shop'))

    def test_a_user_who_is_still_at_work(self):
        self.replace(departing, 'run', lambda argv, timeout=60: processes.Result(8, 'user web-shop is currently used') if 'userdel' in argv[0]
                     else self.run_(argv))
        self.refused('user-stays', self.remove)
        self.assertTrue(self.there(self.layout.removing))
        self.replace(departing, 'run', self.run_)
        self.remove()
        self.gone()

    def test_what_cannot_be_removed(self):
        remove = files.remove
        self.replace(files, 'remove', lambda path: (_ for _ in ()).throw(OSError(39, 'Directory not empty')) if path == self.layout.shared else remove(path))
        self.assertIn(f'findmnt -R {self.layout.shared}', self.refused('files-stay', self.remove, True).cure)


class Volumes(RemovingTest):
    """What is the user's beyond its folders keeps its number from others."""

    def setUp(self):
        super().setUp()
        self.volume = f'{self.folder}/srv/media'
        self.write(f'{self.volume}/deep/picture')
        os.makedirs(f'{self.layout.shared}/uploads')
        os.symlink(self.volume, f'{self.layout.shared}/uploads/media')
        self.write(f'{self.layout.shared}/uploads/other')

    def run_(self, argv, timeout=60):
        return processes.run(argv) if argv[0].endswith('/find') else super().run_(argv)

    def owned(self, numbers):
        self.replace(departing, '_numbers', lambda user: numbers if user in self.users else None)

    def test_with_files_of_the_user_keep_it_and_the_way_to_them(self):
        self.owned((ME[0], NUMBERS[1]))
        said = self.remove(with_data=True)
        for words in (f'sudo rm -r {self.volume}', f'sudo chown -R root: {self.volume}', 'sudo slipway remove shop --with-data'):
            self.assertIn(words, said)
        self.assertEqual(self.users, {'app-shop', 'app-blog'})
        self.assertEqual((os.listdir(self.layout.shared), os.listdir(f'{self.layout.shared}/uploads')), (['uploads'], ['media']))
        self.assertTrue(self.there(f'{self.volume}/deep/picture') and self.there(self.layout.removed))
        self.owned(NUMBERS)
        self.remove(with_data=True)
        self.gone()
        self.assertEqual(self.users, {'app-blog'})

    def test_of_its_group_alone_too(self):
        self.owned((NUMBERS[0], ME[1]))
        self.remove(with_data=True)
        self.assertIn('app-shop', self.users)

    def test_with_none_of_its_files_stay_as_they_are(self):
        self.remove(with_data=True)
        self.gone()
        self.assertEqual(self.users, {'app-blog'})
        self.assertTrue(self.there(f'{self.volume}/deep/picture'))

    def test_that_cannot_be_looked_through_may_hold_some(self):
        self.replace(departing, 'run', lambda argv, timeout=60: processes.Result(124, '') if argv[0].endswith('/find') else self.run_(argv))
        self.remove(with_data=True)
        self.assertIn('app-shop', self.users)

    def test_by_a_link_of_the_apps_are_none(self):
        own = os.lstat
        theirs = f'{self.layout.shared}/uploads'
        self.owned((ME[0], ME[1]))
        self.replace(departing.os, 'lstat', lambda path: mock.Mock(st_mode=own(path).st_mode, st_uid=ME[0] + (path == theirs)))
        self.assertEqual(departing.held_elsewhere(self.layout.shared, 'app-shop'), {})


class Memory(RemovingTest):
    def test_of_a_user_goes_before_its_number_does(self):
        self.write(f'{self.folder}/shm/segment')
        order = []
        self.replace(departing, '_numbers', lambda _user: (ME[0], NUMBERS[1]))
        self.replace(departing, 'run', lambda argv, timeout=60: (order.append(argv[0]), processes.run(argv) if argv[0].endswith('/find') else processes.Result(0, ''))[1])
        departing.forget('app-shop')
        self.assertEqual(order[:2], ['/usr/bin/find', '/usr/sbin/userdel'])
        self.assertEqual(os.listdir(f'{self.folder}/shm'), [])

    def test_of_others_stays(self):
        self.write(f'{self.folder}/shm/segment')
        self.replace(departing, 'run', lambda argv, timeout=60: processes.run(argv) if argv[0].endswith('/find') else processes.Result(0, ''))
        departing.forget('app-shop')
        self.assertEqual(os.listdir(f'{self.folder}/shm'), ['segment'])

    def test_that_is_shared_by_numbers_is_found_by_maker_and_holder(self):
        table = ('       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime\n'
                 + ''.join(f'         0 {number:10} 600 0 0 0 0 {owners} 0\n' for number, owners in (
                     (0, '7 8 7 8'), (1, '0 0 7 0'), (2, '0 8 0 0'), (3, '0 0 0 8'), (4, '8 7 8 7'), (5, '0 0 0 0'))))
        self.assertEqual(departing.ipc_of(table, (7, 8)), [0, 1, 2, 3])
        self.assertEqual(departing.ipc_of('', (7, 8)), [])

    def test_that_is_shared_by_numbers_is_removed(self):
        libc = ctypes.CDLL(None, use_errno=True)
        made = libc.shmget(0, 4096, 0o600 | 0o1000)
        self.addCleanup(libc.shmctl, made, 0, None)
        self.write(f'{self.folder}/sysvipc/shm', f'key shmid uid gid cuid cgid\n0 {made} {NUMBERS[0]} 0 0 0\n')
        departing.forget('app-shop')
        self.assertEqual(libc.shmctl(made, 2, ctypes.create_string_buffer(256)), -1)


class Commands(RemovingTest):
    """Of `slipway run`, while the app is removed."""

    def test_that_begin_late_are_ended_again_and_again(self):
        said = iter((['slipway-run.shop.2.web.a.service'],) * 3)
        stopped = []
        self.replace(one_offs, 'in_hand', lambda _layout, _number: next(said, []))
        self.replace(units, 'stop', lambda names, _timeout: stopped.extend(names))
        self.remove()
        self.assertEqual(len(stopped), 3)
        self.gone()

    def test_that_do_not_end_keep_their_files(self):
        self.replace(removing, 'STOP', 0)
        self.replace(one_offs, 'in_hand', lambda _layout, number: ['slipway-run.shop.2.web.a.service'] if number == 2 else [])
        self.refused('command-stays', self.remove)
        self.assertTrue(self.there(f'{self.layout.run}/2/secrets.json') and self.there(self.layout.removing))


class Ports(RemovingTest):
    def test_that_another_app_gives_back_meanwhile_are_in_nobodys_way(self):
        listed = os.listdir
        self.replace(ports.os, 'listdir', lambda path: ['20000', *listed(path)] if path == layout.PORTS else listed(path))
        self.remove()
        self.replace(ports.os, 'listdir', listed)
        self.gone()


class CutShort(RemovingTest):
    CHANGES = ((os, 'rename'), (os, 'rmdir'), (files, 'remove'), (files, 'append'), (removing, 'run'), (departing, 'run'))

    def die_before(self, count):
        """Does it die before that change of the disk or of the host, or come to its end?"""
        left = [count]

        def dying(act):
            def acted(*given, **more):
                left[0] -= 1
                if left[0] < 0:
                    raise Cut
                return act(*given, **more)
            return acted

        acts = [(module, name, getattr(module, name)) for module, name in self.CHANGES]
        for module, name, act in acts:
            setattr(module, name, dying(act))
        try:
            self.remove()
            return False
        except Cut:
            return True
        finally:
            for module, name, act in acts:
                setattr(module, name, act)

    def test_before_whichever_change_it_dies_another_finishes(self):
        count = 0
        while self.die_before(count):
            with self.subTest(count):
                # With the claim it is whole.
                self.assertFalse(self.there(self.layout.claim) and not self.there(f'{self.layout.run}/2/activation.json'))
                self.remove()
                self.gone()
                self.assertEqual(self.read(f'{self.layout.shared}/data/file'), '{}')
            files.remove(self.layout.removed)
            self.make()
            count += 1
        self.assertGreater(count, 20)


if __name__ == '__main__':
    unittest.main()
