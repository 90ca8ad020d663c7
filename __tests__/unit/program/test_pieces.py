"""Blocks of layers: the same wherever the bytes come from, and however they come."""

import gzip
import io
import unittest

from image_transfer import cut, noise, tar
from slipway.layers import pieces


class Blocks(unittest.TestCase):
    def test_are_the_same_however_they_come(self):
        data = tar(a=noise(1, 300_000), b=b'small', c=noise(2, 1000), d=bytes(400_000))
        whole = list(pieces.blocks([data]))
        for size in (1, 511, 100_000):
            self.assertEqual(list(pieces.blocks(iter(cut(data, size)))) if size > 1 else whole, whole)
        self.assertEqual(b''.join(whole), noise(1, 300_000) + noise(2, 1000) + bytes(400_000))
        self.assertTrue(all(len(block) <= pieces.LONGEST for block in whole))

    def test_what_is_put_in_changes_few(self):
        data = noise(5, 2_000_000)
        before = set(pieces.blocks([tar(a=data)]))
        after = [block for block in pieces.blocks([tar(a=data[:700_000] + b'put in' + data[700_000:])]) if block not in before]
        self.assertLess(sum(len(block) for block in after), 2 * pieces.LONGEST)

    def test_what_is_no_tar(self):
        for data in (b'', b'x', noise(1, 5000), tar(a=noise(1, 5000))[:3000]):
            self.assertLessEqual(len(b''.join(pieces.blocks([data]))), len(data))

    def test_inflated_of_several_members(self):
        data = noise(1, 100_000) + bytes(5_000_000)
        stored = gzip.compress(data[:50_000]) + gzip.compress(data[50_000:])
        self.assertEqual(b''.join(pieces._plain(io.BytesIO(stored))), data)
        self.assertEqual(b''.join(pieces._plain(io.BytesIO(data))), data)


if __name__ == '__main__':
    unittest.main()
