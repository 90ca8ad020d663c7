"""Parts of layers. A layer is a tar: its headers change with every checkout, the content of most files does not. So the content of
files is told by digest, in blocks, and what an image on the host has of it need not travel; all else does, as it is. Where a block
ends is decided by the bytes before its end, so that what is put into a file moves the rest of it and changes no other blocks.

The runner splits the new layer and the host the layers of an earlier image, by the same rules: they decide how much travels and
never what comes out, for the whole layer is hashed. See outline.ts.
"""
import hashlib
import re
import tarfile
import tempfile
import zlib

from ..failures import Failure
from .engine import Refused

# What is smaller is not worth its digest.
LEAST = 256
# Of a block, its last one in a file apart.
SHORTEST = 8 << 10
LONGEST = 128 << 10
# Three bytes that a block ends with: one place of 16 Ki in what looks random, and far more in text. A regular expression, for a
# loop in Python would look at a few million bytes a second.
END = re.compile(b'[%b][%b][%b]' % tuple(
    b''.join(b'\\x%02x' % byte for byte in range(256) if byte & mask == value) for mask, value in ((15, 5), (15, 3), (63, 32))))
READ = 256 << 10
HEADER = 512
FILES = b'0\x007'
DIGEST = re.compile(r'[0-9a-f]{32}\Z')


def digest(data):
    return hashlib.sha256(data).digest()[:16]


def blocks(chunks):
    """The blocks of files in a tar that comes in pieces. Stops where it is no tar any more."""
    reader = _Reader(chunks)
    while True:
        header = reader.take(HEADER)
        if len(header) < HEADER or header[257:262] != b'ustar':
            return
        size = _size(header[124:136])
        if size is None:
            return
        end = -size % HEADER
        if header[156] in FILES and size >= LEAST:
            while size:
                block = reader.block(min(LONGEST, size))
                if not block:
                    return
                yield block
                size -= len(block)
        reader.skip(size + end)


def _size(field):
    if field[0] & 0x80:
        return int.from_bytes(field[4:], 'big')
    try:
        return int(field.rstrip(b'\0 ').strip() or b'0', 8)
    except ValueError:
        return None


class _Reader:
    def __init__(self, chunks):
        self._chunks = iter(chunks)
        self._buffer = b''
        self._at = 0

    def take(self, count):
        """As many bytes as asked for; fewer at the end."""
        while len(self._buffer) - self._at < count:
            more = next(self._chunks, None)
            if more is None:
                break
            self._buffer = self._buffer[self._at:] + more
            self._at = 0
        taken = self._buffer[self._at:self._at + count]
        self._at += len(taken)
        return taken

    def block(self, most):
        data = self.take(most)
        end = END.search(data, SHORTEST)
        if end is None:
            return data
        self._at -= len(data) - end.end()
        return data[:end.end()]

    def skip(self, count):
        while count:
            taken = len(self.take(min(count, READ)))
            if not taken:
                return
            count -= taken


class Found:
    """Blocks that were looked for and found, in a file without a name: it ends with the program, however that ends."""

    def __init__(self, folder):
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by `close`)
        self._places = {}
        self._end = 0

    def add(self, key, block):
        self._file.write(block)
        self._places[key] = (self._end, len(block))
        self._end += len(block)

    def __contains__(self, key):
        return key in self._places

    def read(self, key):
        offset, length = self._places[key]
        self._file.seek(offset)
        return self._file.read(length)

    def close(self):
        self._file.close()


def find(engine, image, wanted, found):
    """Adds those of the wanted blocks that are in the layers of an image."""
    try:
        with engine.saved(image.id) as answer, tarfile.open(fileobj=answer, mode='r|') as archive:
            for member in archive:
                if member.isfile() and member.size > HEADER:
                    for block in blocks(_plain(archive.extractfile(member))):
                        key = digest(block)
                        if key in wanted and key not in found:
                            found.add(key, block)
    except (Refused, tarfile.TarError, zlib.error):
        # Then more travels.
        pass


def _plain(file):
    """What is in a file, inflated when it is gzip, of as many members as there are."""
    inflate = None
    first = True
    while True:
        data = file.read(READ)
        if not data:
            return
        if first and data[:2] == b'\x1f\x8b':
            inflate = zlib.decompressobj(wbits=31)
        first = False
        if inflate is None:
            yield data
            continue
        while data:
            plain = inflate.decompress(data, READ)
            if plain:
                yield plain
            data = inflate.unconsumed_tail
            if inflate.eof:
                data = inflate.unused_data
                inflate = zlib.decompressobj(wbits=31)


class Outline:
    """A layer as the runner describes it: plain bytes, then a block, and so on."""

    def __init__(self, key, size, parts):
        self.key = key
        self.size = size
        # (plain bytes before it, length of the block, its digest)
        self.parts = parts

    def travelling(self, found):
        """How many bytes of it come from the runner."""
        return self.size - sum(length for _, length, key in self.parts if key in found)

    def bytes(self, travelled, found):
        """The layer, from what travels and from what was found; fails at the end when it is not what its key says."""
        state = hashlib.sha256()
        left = self.size
        for plain, length, key in [*self.parts, (None, 0, b'')]:
            for piece in travelled(left if plain is None else plain):
                state.update(piece)
                yield piece
            left -= (left if plain is None else plain) + length
            if length:
                for piece in [found.read(key)] if key in found else travelled(length):
                    state.update(piece)
                    yield piece
        if f'sha256:{state.hexdigest()}' != self.key:
            raise Failure('layer-corrupt', f'The layer {self.key} that came does not have that digest.',
                          'It was changed on the way, or the image was replaced on the runner while it was being read. '
                          'Nothing of it was kept.', 'Run the deployment again.')
