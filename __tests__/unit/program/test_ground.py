"""Root works in folders that others may write to, or could once: what they leave there must not lead it astray."""

import hashlib
import json
import os
import stat
import struct
import unittest
from unittest import mock

from place import ME, PlaceTest, Silent, config, service
from slipway import (
    bytecode,
    capacity,
    layout,
    manifest,
    processes,
    release_tree,
    seal,
    staging,
    tools,
)
from slipway import release as releases


def git(data):
    return 'git:' + hashlib.sha1(b'blob %d\0' % len(data) + data).hexdigest()


class Owning(PlaceTest):
    def tree(self):
        self.write('tree/a/b/c')
        self.write('tree/run', mode=0o4775)
        self.write('tree/a/secret', mode=0o600)
        os.symlink('/etc/passwd', f'{self.folder}/tree/a/link')
        os.symlink('/etc', f'{self.folder}/tree/folder-link')
        os.chmod(f'{self.folder}/tree/a', 0o2777)
        return f'{self.folder}/tree'

    def order(self, seal):
        """Paths in the order in which they change hands."""
        calls = []
        with mock.patch.object(
            processes.os, 'chown', lambda path, uid, gid, follow_symlinks: calls.append((path, follow_symlinks))
        ):
            processes.own_tree(self.tree(), 12345, 12345, seal)
        self.assertFalse(any(follow for _, follow in calls))
        return [path[len(self.folder) :] for path, _ in calls]

    def test_gives_away_from_the_leaves_and_takes_from_the_root(self):
        # While anything in a folder is still to be changed, the folder itself must not be somebody else's.
        given, taken = self.order(False), None
        self.folder += '/again'
        taken = self.order(True)
        everything = {
            '/tree',
            '/tree/a',
            '/tree/a/b',
            '/tree/a/b/c',
            '/tree/run',
            '/tree/a/secret',
            '/tree/a/link',
            '/tree/folder-link',
        }
        self.assertEqual((set(given), set(taken)), (everything, everything))
        for path in everything - {'/tree'}:
            self.assertLess(given.index(path), given.index(os.path.dirname(path)), path)
            self.assertGreater(taken.index(path), taken.index(os.path.dirname(path)), path)

    def test_sealing_takes_rights_away_and_leaves_what_links_lead_to(self):
        before = os.stat('/etc/passwd').st_mode
        tree = self.tree()
        os.chmod(f'{tree}/a/b', 0o700)
        os.chmod(tree, 0o777)
        processes.own_tree(tree, *ME, seal=True)
        modes = {path: stat.S_IMODE(os.lstat(f'{tree}/{path}').st_mode) for path in ('', 'a', 'a/b', 'a/b/c', 'run', 'a/secret')}
        self.assertEqual(modes, {'': 0o755, 'a': 0o755, 'a/b': 0o755, 'a/b/c': 0o644, 'run': 0o755, 'a/secret': 0o644})
        self.assertEqual(os.stat('/etc/passwd').st_mode, before)

    def test_a_single_file(self):
        processes.own_tree(self.write('file', mode=0o666), *ME, seal=True)
        self.assertEqual(os.stat(f'{self.folder}/file').st_mode & 0o777, 0o644)

    def test_sealing_takes_away_what_lists_of_access_give(self):
        tree = self.tree()
        lists = {f'{tree}/a': ['system.posix_acl_default', 'user.note', 'system.posix_acl_access'], f'{tree}/run': ['user.note']}
        removed = []
        with (
            mock.patch.object(processes.os, 'listxattr', lambda path, follow_symlinks: lists.get(path, [])),
            mock.patch.object(
                processes.os, 'removexattr', lambda path, name, follow_symlinks: removed.append((path, name, follow_symlinks))
            ),
        ):
            processes.own_tree(tree, *ME, seal=False)
            self.assertEqual(removed, [])
            processes.own_tree(tree, *ME, seal=True)
        self.assertEqual(sorted(removed), [(f'{tree}/a', f'system.posix_acl_{kind}', False) for kind in ('access', 'default')])

    def test_a_list_of_access_is_gone_from_the_disk(self):
        tree = self.tree()
        # Version 2; owner, a user by number, group, mask, others.
        entries = ((0x01, 7, 2**32 - 1), (0x02, 7, 12345), (0x04, 5, 2**32 - 1), (0x10, 7, 2**32 - 1), (0x20, 5, 2**32 - 1))
        value = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
        try:
            os.setxattr(f'{tree}/a', 'system.posix_acl_default', value)
        except OSError:
            # A file system without such lists has none to take away.
            value = None
        self.assertEqual('system.posix_acl_default' in os.listxattr(f'{tree}/a'), value is not None)
        processes.own_tree(tree, *ME, seal=True)
        self.assertNotIn('system.posix_acl_default', os.listxattr(f'{tree}/a'))


class Open(PlaceTest):
    """Who has a file open for writing keeps that through every change of owner and rights."""

    def setUp(self):
        super().setUp()
        self.path = self.write('tree/src/app.py', 'x = 1\n')
        self.write('tree/src/other.py')
        os.symlink('/etc/passwd', f'{self.folder}/tree/link')
        os.mkfifo(f'{self.folder}/tree/fifo')

    def check(self):
        seal.still_written(f'{self.folder}/tree')

    def test_a_file_open_for_writing_is_found(self):
        for flags in (os.O_WRONLY, os.O_RDWR):
            descriptor = os.open(self.path, flags)
            failure = self.refused('release-still-written', self.check)
            self.assertIn(' src/app.py ', failure.what)
            os.close(descriptor)
            self.check()

    def test_a_file_that_is_read_is_nobodys_harm(self):
        descriptor = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        self.check()

    def test_it_leaves_no_lease(self):
        self.check()
        # With a lease of ours this would wait.
        os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))

    def test_a_file_system_that_cannot_say_refuses_nothing(self):
        with mock.patch.object(seal.fcntl, 'fcntl', mock.Mock(side_effect=OSError(22, 'Invalid argument'))):
            self.check()


class Running(unittest.TestCase):
    def test_gives_code_and_the_end_of_both_streams(self):
        done = processes.run(['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'])
        self.assertEqual((done.code, done.output), (3, 'out\nerr\n'))
        self.assertEqual(processes.run(['/bin/cat'], given=b'word').output, 'word')
        self.assertEqual(processes.run(['/nowhere/to-be-found']).code, 127)

    def test_ends_what_takes_too_long(self):
        done = processes.run(['/bin/sh', '-c', 'echo begun; exec sleep 600'], timeout=2)
        self.assertEqual((done.code, done.output), (124, 'begun\n'))

    def test_does_not_keep_all_that_is_printed(self):
        done = processes.run(['/bin/sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last'])
        self.assertEqual((done.code, len(done.output), done.output[-5:]), (0, processes.LIMIT, 'last\n'))

    def test_lives_with_a_program_that_does_not_read(self):
        self.assertEqual(processes.run(['/bin/true'], given=b'x' * 60000).code, 0)

    def test_a_user_that_is_not_there_is_a_cure_and_no_stack(self):
        with self.assertRaises(processes.Failure) as caught:
            processes.identity('app-nobody-made-this')
        self.assertEqual(caught.exception.code, 'host-not-prepared')


class Bytecode(PlaceTest):
    def compiled(self):
        return sorted(
            os.path.relpath(f'{folder}/{name}', self.folder)
            for folder, _, names in os.walk(self.folder)
            for name in names
            if name.endswith('.pyc')
        )

    def test_is_made_of_what_is_there_and_taken_from_what_is_the_same(self):
        self.write('old/a.py', 'x = 1\n')
        bytecode.compile_changed(f'{self.folder}/old', ['a.py'], {})
        self.write('new/a.py', 'x = 1\n')
        self.write('new/d/b.py', 'y = 2\n')
        self.write('new/broken.py', 'x = = 1\n')
        self.write('new/nul.py', 'x\0')
        bytecode.compile_changed(
            f'{self.folder}/new', ['a.py', 'd/b.py', 'broken.py', 'nul.py', 'gone.py'], {'a.py': f'{self.folder}/old/a.py'}
        )
        made = self.compiled()
        self.assertEqual([path.split('.')[0] for path in made], ['new/__pycache__/a', 'new/d/__pycache__/b', 'old/__pycache__/a'])
        self.assertTrue(os.path.samefile(f'{self.folder}/{made[0]}', f'{self.folder}/{made[2]}'))

    def test_reads_and_writes_nothing_that_a_build_linked_in(self):
        outside = self.write('outside/secret.py', 'PASSWORD = "hunter2"\n')
        os.makedirs(f'{self.folder}/src')
        os.symlink(outside, f'{self.folder}/src/a.py')
        os.symlink('../outside', f'{self.folder}/src/d')
        self.write('src/c.py', 'x = 1\n')
        os.symlink('../outside', f'{self.folder}/src/__pycache__')
        os.mkfifo(f'{self.folder}/src/fifo.py')
        bytecode.compile_changed(f'{self.folder}/src', ['a.py', 'd/secret.py', 'c.py', 'fifo.py'], {})
        self.assertEqual(self.compiled(), [])


class Staging(PlaceTest):
    """A whole release, made without a builder."""

    def stage(self, name, files, links=(), base=None, removed=(), inline=False, **more):
        rows = [(path, '100644', git(data), len(data)) for path, data in files.items()]
        rows += [(path, '120000', git(os.fsencode(target)), len(os.fsencode(target))) for path, target in links]
        contents = {git(data): data for data in [*files.values(), *(os.fsencode(target) for _, target in links)]}
        base_rows = json.loads(self.read(f'{self.layout.release(base)}/manifest.json')) if base else []
        full = {row[0]: tuple(row) for row in base_rows if row[0] not in removed}
        full.update({row[0]: row for row in rows})
        wanted = {
            'id': name,
            'version': 'v1',
            'commit': 'a' * 40,
            'config': config(service(runtime=more.pop('runtime', None)), **more),
            'base': base,
            'removed': list(removed),
            'manifest': rows,
            'digest': manifest.digest(sorted(full.values(), key=lambda row: row[0].encode())),
        }
        talk = Silent()
        self.contents = {**getattr(self, 'contents', {}), **contents}
        keys = list(dict.fromkeys(row[2] for row in rows)) if inline else None
        self.travelled = []

        def content():
            needed = [item['keys'] for item in talk.said if item['type'] == 'need']
            sent = needed[-1] if needed else keys
            self.travelled += sent
            for key in sent:
                yield json.dumps({'key': key, 'size': len(self.contents[key])}).encode() + b'\n' + self.contents[key]

        talk.content = content
        if more_of := getattr(self, 'planned', None):
            return more_of(staging.Staging(self.layout, talk, wanted, 10))
        made = staging.Staging(self.layout, talk, wanted, 10).make(keys)
        made.begin_sync()
        made.settle_on_disk()
        return f'{made.folder}/src'

    def test_lays_out_what_was_meant(self):
        src = self.stage('v1-00000000', {'a': b'1', 'd/é': b'2'}, [('l', 'd/\u00e9')])
        self.assertEqual((self.read(f'{src}/a'), self.read(f'{src}/d/é'), os.readlink(f'{src}/l')), ('1', '2', 'd/é'))
        self.assertEqual(os.stat(f'{src}/..').st_mode & 0o777, 0o750)
        src2 = self.stage('v2-00000000', {'a': b'9'}, base='v1-00000000')
        self.assertEqual((self.read(f'{src2}/a'), self.read(f'{src2}/d/é'), self.travelled), ('9', '2', [git(b'9')]))
        self.assertTrue(os.path.samefile(f'{src}/d/é', f'{src2}/d/é'))
        self.assertEqual(self.read(f'{src}/a'), '1')
        self.assertEqual(os.listdir(self.layout.incoming), [])

    def test_a_file_may_have_the_bytes_of_a_link(self):
        self.stage('v1-00000000', {}, [('l', 'target')])
        src = self.stage('v2-00000000', {'f': b'target'}, base='v1-00000000')
        self.assertEqual(
            (self.read(f'{src}/f'), os.path.islink(f'{src}/f'), os.readlink(f'{src}/l')), ('target', False, 'target')
        )

    def test_refuses_links_that_lead_out(self):
        for target in ('/etc/passwd', '../x', 'up/../../../x', ''):
            with self.subTest(target=target):
                self.refused('link-escapes', self.stage, 'v1-00000000', {'f': b'1'}, [('a', target), ('up', 'd')])

    def test_nothing_is_kept_behind_a_link_of_the_tree(self):
        os.makedirs(f'{self.folder}/outside/data')
        for kept in ({'shared': ['l/data']}, {'scratch': ['l/data']}, {'shared': ['l']}, {'scratch': ['l/a/b']}):
            with self.subTest(kept=kept):
                failure = self.refused(
                    'path-behind-link', lambda kept=kept: self.stage('v1-00000000', {'d/x': b'1'}, [('l', 'd')], **kept)
                )
                self.assertIn(' l.', failure.what)
                self.assertEqual(os.listdir(self.layout.shared), [])
        self.stage('v1-00000000', {'d/x': b'1'}, [('l', 'd')], shared=['d/data'], scratch=['lx'])

    def test_what_is_kept_is_judged_without_following_what_lies_there(self):
        # The link in the place of the folder appears after the tree was laid out.
        secret = self.write('outside/data/secret', 'root only')
        lay_out = release_tree.lay_out

        def led_astray(making):
            origin = lay_out(making)
            os.symlink(f'{self.folder}/outside', f'{making.folder}/src/up')
            return origin

        self.replace(release_tree, 'lay_out', led_astray)
        self.refused('bad-field', lambda: self.stage('v1-00000000', {'a': b'1'}, shared=['up/data']))
        self.assertEqual((os.listdir(self.layout.shared), self.read(secret)), ([], 'root only'))

    def test_only_the_builder_may_look_in_while_it_is_made(self):
        for module in (seal, staging):
            self.replace(module, 'identity', lambda user: (ME[0], {'app-shop': 4242, 'build-shop': 4343}.get(user, ME[1])))
        given, seen = {}, []
        self.replace(staging.os, 'chown', lambda path, uid, gid, **_: given.update({path: gid}))
        lay_out = release_tree.lay_out

        def look(making):
            mode = os.stat(making.folder).st_mode & 0o777
            seen.append((mode, given.get(making.folder), os.listdir(f'{making.folder}/src')))
            return lay_out(making)

        self.replace(release_tree, 'lay_out', look)
        self.stage('v1-00000000', {'a': b'1'})
        self.assertEqual(seen, [(0o750, 4343, [])])
        self.assertEqual(given[self.layout.release('v1-00000000')], 4242)

    def test_a_plan_says_what_would_be_done_and_does_nothing(self):
        self.stage('v1-00000000', {'a': b'1', 'requirements.txt': b''})
        self.write(f'{layout.TOOLS}/uv-0.9.1/uv', '', 0o755)
        self.replace(tools, 'python', lambda _version: ('/usr/bin/python3', 'python3.11'))
        before = sorted(os.walk(self.folder))
        self.planned = lambda making: making.plan()
        given = {'name': 'v2-00000000', 'files': {'a': b'1', 'b': b'22'}, 'runtime': {'name': 'python', 'version': None}}
        lines = self.stage(**given)
        self.assertEqual(lines, ['1 of 2 files travel, 2 B', 'python environment of .: made anew'])
        with mock.patch.object(staging.envs, 'find_twin', lambda *_: {'files': 1, 'bytes': 1}):
            self.assertIn('python environment of .: cloned', self.stage(**given))
        with mock.patch.object(
            capacity.os, 'statvfs', lambda _path: mock.Mock(f_bavail=1000, f_frsize=4096, f_files=0, f_favail=0)
        ):
            self.refused('disk-too-small', lambda: self.stage(**given))
        self.assertEqual(sorted(os.walk(self.folder)), before)

    def test_a_node_environment_is_not_cloned_behind_a_link(self):
        making = staging.Staging.__new__(staging.Staging)
        making.folder, making.building, making.detail = (self.layout.release('v1-00000000'), False, [])
        os.makedirs(f'{making.folder}/src/real')
        os.symlink('real', f'{making.folder}/src/web')
        cloned = self.replace(staging.envs, 'clone', mock.Mock())
        twin = dict.fromkeys(('relocatable', 'rewrite', 'files', 'bytes'))

        def clone(folder):
            item = staging.envs.Environment(0, folder, 'node', {'tool': 'npm-lock'}, making.folder, '/n/bin/node', '24', [])
            making._clone_environment(item, twin)

        for folder in ('web', 'web/deep', 'missing'):
            self.refused('bad-field', clone, folder)
        cloned.assert_not_called()
        clone('real')
        clone('.')
        self.assertEqual(cloned.call_count, 2)

    def test_puts_shared_and_scratch_outside(self):
        files = {'up/seed': b'1', 'tmp/x': b'2', 'db': b'3', 'app': b'4'}
        src = self.stage('v1-00000000', files, shared=['up', 'db', 'new/deep'], scratch=['tmp'])
        self.assertEqual(os.readlink(f'{src}/up'), f'{self.layout.shared}/up')
        self.assertEqual((self.read(f'{src}/up/seed'), self.read(f'{src}/db'), self.read(f'{src}/tmp/x')), ('1', '3', '2'))
        self.assertEqual(os.readlink(f'{src}/tmp'), f'{self.layout.scratch}/v1-00000000/tmp')
        self.assertTrue(os.path.isdir(f'{src}/new/deep'))
        # It belongs to the app now: what the repository says of it later changes nothing, and the app may remove it.
        self.write(f'{self.layout.shared}/db', 'changed by the app')
        os.unlink(f'{self.layout.shared}/up/seed')
        src = self.stage('v2-00000000', {'app': b'5'}, base='v1-00000000', shared=['up', 'db', 'new/deep'], scratch=['tmp'])
        self.assertEqual(
            (self.read(f'{src}/db'), os.listdir(f'{src}/up'), self.read(f'{src}/tmp/x')), ('changed by the app', [], '2')
        )

    def test_does_not_take_up_what_the_app_put_in_the_place_of_a_file(self):
        secret = self.write('secret', 'root only')
        self.stage('v1-00000000', {'up/seed': b'1'}, shared=['up'])
        os.unlink(f'{self.layout.shared}/up/seed')
        os.symlink(secret, f'{self.layout.shared}/up/seed')
        src = self.stage('v2-00000000', {}, base='v1-00000000')
        self.assertEqual(self.read(f'{src}/up/seed'), '1')

    def test_makes_nothing_where_the_app_could_lead_it_elsewhere(self):
        outside = f'{self.folder}/outside'
        os.makedirs(outside)
        self.stage('v1-00000000', {'a': b'1'}, shared=['up'])
        os.symlink(outside, f'{self.layout.shared}/up/x')
        failure = self.refused('shared-inside-another', lambda: self.stage('v2-00000000', {'up/x/y': b'evil'}, shared=['up/x/y']))
        self.assertIn('up', failure.cure)
        self.assertEqual(os.listdir(outside), [])

    def test_a_folder_of_the_apps_user_is_no_ground_for_root(self):
        self.stage('v1-00000000', {'a': b'1'}, shared=['up'])
        with mock.patch.object(staging.os, 'geteuid', lambda: 54321):
            self.refused('shared-inside-another', lambda: self.stage('v2-00000000', {'a': b'1'}, shared=['up/new']))

    def test_a_half_made_release_is_removed_and_a_sealed_one_stays(self):
        self.stage('v1-00000000', {'a': b'1'})
        self.write(f'{self.layout.release("v2-00000000")}/release.json.unsealed', '{}')
        self.write(f'{self.layout.incoming}/x')
        for name in ('v1-00000000', 'v2-00000000', 'v0-00000000'):
            self.write(f'{self.layout.scratch}/{name}/tmp/x')
        os.symlink(self.write('outside/kept')[:-5], f'{self.layout.scratch}/v0-00000000/link')
        releases.remove_unsealed(self.layout)
        # What has no release any more is nobody's.
        self.assertEqual((os.listdir(self.layout.scratch), os.listdir(f'{self.folder}/outside')), (['v1-00000000'], ['kept']))
        self.assertEqual((os.listdir(self.layout.releases), os.listdir(self.layout.incoming)), (['v1-00000000'], []))
        self.assertEqual(layout.release_ids(self.layout), ['v1-00000000'])

    def test_says_beforehand_when_it_does_not_fit(self):
        with mock.patch.object(
            capacity.os, 'statvfs', lambda _path: mock.Mock(f_bavail=1000, f_frsize=4096, f_files=0, f_favail=0)
        ):
            self.refused('disk-too-small', self.stage, 'v1-00000000', {'a': b'1'})
        self.assertEqual(os.listdir(self.layout.releases), [])


class Built(PlaceTest):
    """With a builder, who is played by a function that does what a hostile build would."""

    def setUp(self):
        super().setUp()
        self.python = self.write('bin/python3.11', '', 0o755)
        self.replace(tools, 'python', lambda _version: (self.python, 'python3.11'))
        self.write(f'{layout.TOOLS}/uv-0.9.1/uv', '', 0o755)

    def stage(self, build, name='v1-00000000', **more):
        def run(builder, _name, _lines, **_more):
            self.assertEqual(os.lstat(builder.release_folder).st_uid, os.geteuid())
            os.makedirs(f'{builder.release_folder}/env/0/bin', exist_ok=True)
            build(builder.release_folder)
            return 0, ''

        self.replace(staging.building.Builder, 'run', run)
        helper = Staging('setUp')
        helper.layout = self.layout
        helper.read = self.read
        helper.contents = {git(data): data for data in (b'x = 1\n', b'y = 2\n')}
        files = {'app.py': b'x = 1\n', 'd/b.py': b'y = 2\n'} if not more.get('base') else {'new.py': b'z = 3\n'}
        return Staging.stage(helper, name, files, runtime={'name': 'python', 'version': None}, **more)

    def test_gives_the_builder_what_it_builds_and_not_the_folder_around(self):
        given = []
        own = processes.own_tree
        for module in (seal, staging):
            self.replace(
                module, 'own_tree', lambda path, uid, gid, seal=False: (given.append((path, seal)), own(path, *ME, seal=seal))
            )
        src = self.stage(lambda _root: None)
        root = os.path.dirname(src)
        self.assertEqual(given, [(f'{root}/src', False), (f'{root}/env', False), (root, True)])

    def test_what_a_build_wrote_over_is_not_offered_again(self):
        src = self.stage(lambda root: self.write(f'{root}/src/app.py', 'x = 666\n'))
        info = json.loads(self.read(f'{src}/../release.json'))
        self.assertEqual(info['altered'], ['app.py'])
        # The runner counts on what the release before has of it, and is asked for it.
        src = self.stage(lambda _root: None, 'v2-00000000', base='v1-00000000', inline=True)
        self.assertEqual(self.read(f'{src}/app.py'), 'x = 1\n')

    def test_what_a_build_left_open_is_refused(self):
        kept = []
        self.addCleanup(lambda: [os.close(descriptor) for descriptor in kept])
        write = lambda root: kept.append(os.open(f'{root}/src/app.py', os.O_WRONLY))
        self.assertIn('src/app.py', self.refused('release-still-written', self.stage, write).what)
        self.assertEqual(layout.release_ids(self.layout), [])

    def test_an_environment_that_became_a_link_is_refused(self):
        def build(root):
            os.rename(f'{root}/env/0', f'{root}/env/aside')
            os.symlink('/etc', f'{root}/env/0')

        self.refused('environment-moved', self.stage, build)

    def test_a_link_in_the_place_of_a_source_is_not_read(self):
        secret = self.write('secret.py', 'PASSWORD = "hunter2"\n')

        def build(root):
            os.unlink(f'{root}/src/app.py')
            os.symlink(secret, f'{root}/src/app.py')

        src = self.stage(build)
        for folder, _, names in os.walk(src):
            for name in names:
                if name.endswith('.pyc'):
                    with open(f'{folder}/{name}', 'rb') as file:
                        self.assertNotIn(b'hunter2', file.read())
        src = self.stage(lambda _root: None, 'v2-00000000')
        self.assertFalse(os.path.islink(f'{src}/app.py'))


if __name__ == '__main__':
    unittest.main()
