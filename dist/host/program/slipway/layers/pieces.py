''






import hashlib
import re
import tarfile
import tempfile
import zlib

from ..failures import Failure
from .engine import Refused


LEAST = 256

SHORTEST = 8 << 10
LONGEST = 128 << 10


END = re.compile(b'[%b][%b][%b]' % tuple(
    b''.join(b'\\x%02x' % byte for byte in range(256) if byte & mask == value) for mask, value in ((15, 5), (15, 3), (63, 32))))
READ = 256 << 10
HEADER = 512
FILES = b'0\x007'
DIGEST = re.compile(r'[0-9a-f]{32}\Z')


def digest(data):
    return hashlib.sha256(data).digest()[:16]


def blocks(chunks):
    ''
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
        ''
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
    ''

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
    ''
    try:
        with engine.saved(image.id) as answer, tarfile.open(fileobj=answer, mode='r|') as archive:
            for member in archive:
                if member.isfile() and member.size > HEADER:
                    for block in blocks(_plain(archive.extractfile(member))):
                        key = digest(block)
                        if key in wanted and key not in found:
                            found.add(key, block)
    except (Refused, tarfile.TarError, zlib.error):

        pass


def _plain(file):
    ''
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
    ''

    def __init__(self, key, size, parts):
        self.key = key
        self.size = size

        self.parts = parts

    def travelling(self, found):
        ''
        return self.size - sum(length for _, length, key in self.parts if key in found)

    def bytes(self, travelled, found):
        ''
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
