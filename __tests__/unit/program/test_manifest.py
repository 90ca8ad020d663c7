"""The list of files, and where links may lead."""

import hashlib
import os
import unittest

from place import PlaceTest
from slipway import manifest

A, B = f'git:{"a" * 40}', f'git:{"b" * 40}'


def row(path, mode='100644', key=A, size=1):
    return (path, mode, key, size)


class Digest(PlaceTest):
    def test_is_the_one_that_the_runner_computes(self):
        # Computed by manifestDigest of src/release/manifest.ts.
        rows = [
            row('bin/run me', '100755', A, 5),
            row('übung', '120000', B, 3),
            row('\U0001f600/x', '100644', f'sha256:{"c" * 64}', 0),
        ]
        self.assertEqual(manifest.digest(rows), '9a7cd8da355704ffafc840c06d226336feccaad5500d2bbc2056365258b5a98d')
        self.assertEqual(manifest.digest([]), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')

    def test_orders_by_bytes_as_the_runner_does(self):
        names = [
            'a',
            'a/b',
            'a-b',
            'a.b',
            'aa',
            'ä',
            'Z',
            '\U0001f600',
            '\ufffd',
            '\ue000',
            '\ud7ff',
            'a\U0001f600',
            '\U00010000',
        ]
        rows = [row(name) for name in names if name not in ('a', 'a/b')]
        expected = sorted(rows, key=lambda item: item[0].encode())
        self.assertEqual(manifest.assemble([], [], rows, manifest.digest(expected)), expected)

    def test_assembles_a_stored_list_and_a_difference(self):
        base = [row('a'), row('b'), row('c')]
        wanted = [row('a'), row('b', key=B), row('d', '100755')]
        self.assertEqual(manifest.assemble(base, ['c'], [row('d', '100755'), row('b', key=B)], manifest.digest(wanted)), wanted)
        self.assertEqual(manifest.assemble(base, ['never-there'], [], manifest.digest(base)), base)

    def test_refuses_anything_else_than_what_is_meant(self):
        base = [row('a'), row('b')]
        for removed, changed in (([], []), (['a', 'b'], []), ([], [row('a', '100755')]), ([], [row('b', key=B)])):
            with self.subTest(removed=removed, changed=changed):
                self.refused('manifest-mismatch', manifest.assemble, base, removed, changed, manifest.digest([row('a')]))

    def test_lets_nothing_lie_below_a_file_or_a_link(self):
        for rows in (
            [row('a'), row('a/b')],
            [row('a', '120000'), row('a/b/c')],
            [row('x/y'), row('x/y/z/w')],
            [row('é', '120000'), row('é/x')],
        ):
            with self.subTest(rows=rows):
                self.refused('bad-field', manifest.assemble, [], [], rows, manifest.digest(sorted(rows)))
        manifest.check_tree([row('a'), row('a.b/c'), row('ab'), row('a-b')])

    def test_names_the_folders_above(self):
        self.assertEqual([list(manifest.folders_above(path)) for path in ('a', 'a/b', 'a/b/c')], [[], ['a'], ['a/b', 'a']])

    def test_tells_folders_apart(self):
        rows = [row('a/x'), row('ab/x'), row('b')]
        self.assertNotEqual(manifest.folder_digest(rows, 'a'), manifest.folder_digest(rows, 'ab'))
        self.assertEqual(manifest.folder_digest(rows, 'a'), manifest.digest(rows[:1]))
        self.assertEqual(manifest.folder_digest(rows, '.'), manifest.digest(rows))


class Links(unittest.TestCase):
    def test_stay_in_the_release(self):
        table = [
            # path, target, other links, stays
            ('a', 'b', {}, True),
            ('a', './b/../c', {}, True),
            ('x/a', '../b', {}, True),
            ('a', 'missing', {}, True),
            ('x/y/a', '../../b', {}, True),
            ('a', 'b//c/./d', {}, True),
            ('a', '.', {}, True),
            ('a', '/etc/passwd', {}, False),
            ('a', '..', {}, False),
            ('a', '../b', {}, False),
            ('x/a', '../../b', {}, False),
            ('a', 'b/../../c', {}, False),
            ('a', 'nothing/../../etc', {}, False),
            ('a', '', {}, False),
            ('a', 'b\0c', {}, False),
            ('a', 'x/' * 3000, {}, False),
            # Chains: each step is harmless by itself.
            ('a', 'b/../c', {'b': 'x/y'}, True),
            ('a', 'd/x', {'d': '.'}, True),
            ('a', 'b/up/x', {'b/up': '..'}, True),
            ('a', 'up/../..', {'up': 'x/y'}, True),
            ('a', 'up/../../..', {'up': 'x/y'}, False),
            ('a', 'up/../x', {'up': '.'}, False),
            ('a', 'out/x', {'out': '/etc'}, False),
            ('a', 'b', {'b': 'c', 'c': '../..'}, False),
            ('x/a', 'b/up', {'x/b': '..', 'up': '..'}, False),
            ('x/y/a', 'up/up/up', {'x/y/up': '..', 'x/up': '..', 'up': '..'}, False),
            # Loops end.
            ('a', 'a', {'a': 'a'}, False),
            ('a', 'b', {'a': 'b', 'b': 'a'}, False),
            ('a', 'b', {'b': 'b/x'}, False),
        ]
        for path, target, links, stays in table:
            with self.subTest(path=path, target=target[:20], links=links):
                self.assertIs(manifest.link_stays(path, target, links), stays)


class Altered(PlaceTest):
    def test_finds_what_a_build_changed(self):
        def git(data):
            return 'git:' + hashlib.sha1(b'blob %d\0' % len(data) + data).hexdigest()

        names = ['same', 'd/same', 'changed', 'gone', 'now-link', 'd/link', 'relinked', 'sub/x', 'fifo']
        rows = [row(name, key=git(b'text')) for name in names if 'link' not in name or name == 'now-link']
        rows += [
            row('d/link', '120000', git(b'same')),
            row('relinked', '120000', git(b'same')),
            row('sha', key='sha256:' + hashlib.sha256(b'text').hexdigest()),
        ]
        for item in rows:
            if item[1] == '120000':
                os.makedirs(f'{self.folder}/d', exist_ok=True)
                os.symlink('same', f'{self.folder}/{item[0]}')
            else:
                self.write(item[0], 'text')
        self.assertEqual(manifest.altered(rows, self.folder), [])
        self.write('changed', 'texT')
        os.unlink(f'{self.folder}/gone')
        os.rename(f'{self.folder}/now-link', f'{self.folder}/aside')
        os.symlink('aside', f'{self.folder}/now-link')
        os.unlink(f'{self.folder}/relinked')
        os.symlink('/etc/passwd', f'{self.folder}/relinked')
        os.rename(f'{self.folder}/sub', f'{self.folder}/elsewhere')
        os.symlink('elsewhere', f'{self.folder}/sub')
        os.unlink(f'{self.folder}/fifo')
        os.mkfifo(f'{self.folder}/fifo')
        self.assertEqual(
            sorted(manifest.altered(rows, self.folder)), ['changed', 'fifo', 'gone', 'now-link', 'relinked', 'sub/x']
        )


if __name__ == '__main__':
    unittest.main()
