"""Content that travels: nothing is believed before it is hashed, and nothing fills memory or disk."""

import gzip
import hashlib
import json
import os
import random
import tracemalloc
import unittest
import zlib

from place import PlaceTest
from slipway import content


def git(data):
    return 'git:' + hashlib.sha1(b'blob %d\0' % len(data) + data).hexdigest()


def sha(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def frame(key, data, size=None):
    return json.dumps({'key': key, 'size': len(data) if size is None else size}).encode() + b'\n' + data


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


class Receive(PlaceTest):
    def setUp(self):
        super().setUp()
        self.store = content.Store(self.layout, f'{self.layout.incoming}/r')

    def receive(self, data, sizes, pieces=7):
        return self.store.receive(iter(cut(data, pieces)), sizes)

    def test_plain_and_compressed_in_pieces_of_any_size(self):
        contents = [b'', b'a', b'text\n' * 100, bytes(range(256)) * 20, b'{"key":"x","size":1}\n']
        for key_of in (git, sha):
            plain = b''.join(frame(key_of(data), data) for data in contents)
            for encode in (bytes, gzip.compress):
                for pieces in (1, 2, 3, 64, 1 << 20):
                    with self.subTest(key=key_of.__name__, encode=encode.__name__, pieces=pieces):
                        store = content.Store(self.layout, f'{self.layout.incoming}/{key_of.__name__}{pieces}')
                        sizes = {key_of(data): len(data) for data in contents}
                        self.assertEqual(store.receive(iter(cut(encode(plain), pieces)), sizes), sum(map(len, contents)))
                        for data in contents:
                            with open(store.sources[key_of(data)], 'rb') as file:
                                self.assertEqual(file.read(), data)

    def test_keeps_what_it_receives_to_itself(self):
        self.receive(frame(git(b'x'), b'x'), {git(b'x'): 1})
        self.assertEqual(os.stat(self.store.incoming).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.store.sources[git(b'x')]).st_mode & 0o777, 0o600)

    def test_refuses(self):
        good, key = b'good', git(b'good')
        table = {
            'content-corrupt': [
                frame(key, b'goox'),
                frame(key, good)[:-1],
                b'x' * 5000,
                b'not json\n',
                b'{"key":' * 2,
                b'[' * 4000 + b'\n',
                gzip.compress(frame(key, good))[:-9],
                gzip.compress(frame(key, good))[:15],
                b'\x1f\x8bxxxxxxxxxxxxxxxxxxxxxxxxx',
                frame(key, good) + b'{"key',
                b' ' * 4097 + frame(key, good),
                b'\x1f',
                b'\xff\xfe\n',
            ],
            'content-incomplete': [b'', frame(sha(b'other'), b'other'), gzip.compress(b'')],
            'bad-field': [
                frame(sha(b'strange'), b'strange'),
                frame(key, good, 5),
                frame(key, good, 3),
                frame(key, good, 1 << 39),
                frame(key, good, -1),
                b'{"key":"%s","size":4.0}\ngood' % key.encode(),
                b'{"key":"%s","size":NaN}\ngood' % key.encode(),
                b'{"key":"%s","size":true}\ng' % key.encode(),
                b'{"key":"git:../../etc/passwd","size":4}\ngood',
                b'[]\n',
                b'null\n',
                b'"x"\n',
                b'{"key":["%s"],"size":4}\ngood' % key.encode(),
                frame(key, good) + frame(key, good),
            ],
        }
        for code, streams in table.items():
            for data in streams:
                with self.subTest(code=code, data=data[:60]):
                    store = content.Store(self.layout, f'{self.layout.incoming}/{random.random()}')
                    self.refused(code, store.receive, iter(cut(data, 11)), {key: 4, sha(b'other'): 5})

    def test_leads_nobody_out_of_its_folder(self):
        # A link that lies in the way is not followed.
        os.makedirs(self.store.incoming)
        outside = self.write('outside', 'kept')
        os.symlink(outside, f'{self.store.incoming}/{git(b"x").replace(":", "-")}')
        with self.assertRaises(OSError):
            self.receive(frame(git(b'x'), b'x'), {git(b'x'): 1})
        self.assertEqual(self.read('outside'), 'kept')

    def test_a_small_frame_that_inflates_to_much_stays_small_in_memory(self):
        size = 64 << 20
        packer = zlib.compressobj(9, wbits=31)
        packed = packer.compress(b'{"key":"sha256:%s","size":%d}\n' % (b'0' * 64, size))
        for _ in range(size >> 20):
            packed += packer.compress(bytes(1 << 20))
        packed += packer.flush()
        self.assertLess(len(packed), 1 << 17)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        stream = content.Stream(iter([packed]))
        self.assertTrue(stream.line())
        self.assertEqual(sum(map(len, stream.bytes(size))), size)
        self.assertIsNone(stream.line())
        self.assertLess(tracemalloc.get_traced_memory()[1], 8 << 20)


class Stored(PlaceTest):
    def release(self, name, files, links=(), altered=(), shared=(), scratch=()):
        root = self.layout.release(name)
        rows = []
        for path, data in files.items():
            self.write(f'{root}/src/{path}', data)
            rows.append([path, '100644', git(data), len(data)])
        for path, target in links:
            os.symlink(target, f'{root}/src/{path}')
            rows.append([path, '120000', git(target.encode()), len(target)])
        self.write(f'{root}/manifest.json', json.dumps(rows))
        self.write(
            f'{root}/release.json',
            json.dumps({'config': {'shared': list(shared), 'scratch': list(scratch)}, 'altered': list(altered)}),
        )
        return [tuple(row) for row in rows]

    def missing(self, rows, first=None):
        self.store = content.Store(self.layout, f'{self.layout.incoming}/r')
        return self.store.missing(rows, first)

    def test_only_what_no_release_has_is_missing(self):
        old = self.release('v1-00000000', {'a': b'1', 'b': b'2'}, [('l', 'a')])
        new = self.release('v2-00000000', {'c': b'3'})
        rows = [*old, *new, ('d', '100644', git(b'4'), 1)]
        self.assertEqual(self.missing(rows, 'v2-00000000'), [git(b'4')])
        self.assertEqual(self.store.link_text(git(b'a')), 'a')
        self.assertEqual(self.store.sources[git(b'1')], f'{self.layout.release("v1-00000000")}/src/a')

    def test_what_is_not_sealed_has_nothing(self):
        rows = self.release('v1-00000000', {'a': b'1'})
        os.unlink(f'{self.layout.release("v1-00000000")}/release.json')
        self.assertEqual(self.missing(rows), [git(b'1')])

    def test_a_file_that_its_build_wrote_over_is_sent_again(self):
        rows = self.release('v1-00000000', {'a': b'1', 'b': b'2'}, altered=['a'])
        self.assertEqual(self.missing(rows, 'v1-00000000'), [git(b'1')])

    def test_what_became_shared_or_scratch_is_taken_from_where_it_is_kept(self):
        rows = self.release('v1-00000000', {'up/x': b'1', 'tmp': b'2', 'upx': b'3'}, shared=['up'], scratch=['tmp'])
        self.assertEqual(self.missing(rows, 'v1-00000000'), [])
        root = self.layout.release('v1-00000000')
        self.assertEqual(
            {path: self.store.sources[key] for path, _, key, _ in rows},
            {'up/x': f'{root}/kept/up/x', 'tmp': f'{root}/kept/tmp', 'upx': f'{root}/src/upx'},
        )


if __name__ == '__main__':
    unittest.main()
