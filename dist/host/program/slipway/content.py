''
import json
import os
import zlib

from . import fields, files, manifest
from . import layout as places
from .failures import Failure

PIECE = 1 << 20
HEADER_LIMIT = 4096


class Store:
    ''

    def __init__(self, layout, incoming):
        self.layout = layout
        self.incoming = incoming
        self.sources = {}

        self.texts = {}

    def add_release(self, release_id, wanted):
        ''
        root = self.layout.release(release_id)
        info = files.read_json(f'{self.layout.release(release_id)}/release.json') or {}


        altered = set(info.get('altered', ()))
        moved = set(info['config']['shared']) | set(info['config']['scratch'])
        for path, mode, key, _ in manifest.load(f'{self.layout.release(release_id)}/manifest.json'):
            if key not in wanted or key in self.sources or key in self.texts:
                continue
            if path in altered:
                continue
            place = 'kept' if manifest.is_within(path, moved) else 'src'
            if mode == '120000':
                self.texts[key] = os.readlink(f'{root}/{place}/{path}')
            else:
                self.sources[key] = f'{root}/{place}/{path}'

    def missing(self, rows, first):
        ''
        wanted = {row[2] for row in rows}
        others = [name for name in reversed(places.release_ids(self.layout)) if name != first]
        for release_id in ([first] if first else []) + others:
            if all(self.has(key) for key in wanted):
                break
            self.add_release(release_id, wanted)
        return sorted(key for key in wanted if not self.has(key))

    def has(self, key):
        return key in self.sources or key in self.texts

    def receive(self, chunks, sizes):
        ''



        try:
            return self._receive(Stream(chunks), dict(sizes))
        except (ValueError, RecursionError, zlib.error) as error:
            raise Failure('content-corrupt', f'The content that came is not what it should be: {error}.',
                          'It was changed on the way, or the two sides differ in version.', 'Run the deployment again.') from error

    def _receive(self, stream, expected):
        os.makedirs(self.incoming, mode=0o700, exist_ok=True)
        received = 0
        while True:
            header = stream.line()
            if header is None:
                break
            fact = fields.mapping(json.loads(header), 'content')
            key = fields.text(fact.get('key'), 'key', fields.KEY)
            size = fields.whole(fact.get('size'), 'size', 0, 1 << 40)

            if expected.get(key) != size:
                fields.refuse('content', f'{key} of {size} bytes')
            path = f'{self.incoming}/{key.replace(":", "-")}'
            self._one(stream, key, size, path)
            self.sources[key] = path
            del expected[key]
            received += size
        if expected:
            raise Failure('content-incomplete', f'{len(expected)} files did not arrive.', '', 'Run the deployment again.')
        return received

    def _one(self, stream, key, size, path):
        state = manifest.hasher(key, size)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            for part in stream.bytes(size):
                state.update(part)
                view = memoryview(part)
                while view:
                    view = view[os.write(descriptor, view):]
        finally:
            os.close(descriptor)
        if state.hexdigest() != key.partition(':')[2]:
            raise Failure('content-corrupt', f'The content of {key} does not have that hash.',
                          'It was changed on the way, or while it was being read.', 'Run the deployment again.')

    def link_text(self, key):
        if key not in self.texts:
            with open(self.sources[key], 'rb') as file:
                self.texts[key] = file.read(4097).decode('utf-8', 'surrogateescape')
        return self.texts[key]


class Stream:
    ''

    def __init__(self, chunks):
        self._chunks = chunks
        self._buffer = bytearray()
        self._inflate = None
        self._started = False
        self._head = b''

    def _more(self):

        while self._inflate and self._inflate.unconsumed_tail:
            if self._keep(self._inflate.decompress(self._inflate.unconsumed_tail, PIECE)):
                return True
        for chunk in self._chunks:
            if not self._started:
                self._head += chunk
                if len(self._head) < 2:
                    continue
                self._started, chunk = True, self._head
                if chunk[:2] == b'\x1f\x8b':
                    self._inflate = zlib.decompressobj(wbits=31)
            if self._keep(self._inflate.decompress(chunk, PIECE) if self._inflate else chunk):
                return True
        if self._inflate:
            rest = self._inflate.flush()
            if not self._inflate.eof:
                raise ValueError('it is cut short')
            return self._keep(rest)
        return self._keep(self._head if not self._started else b'')

    def _keep(self, data):
        self._buffer += data
        return bool(data)

    def line(self):
        while True:
            end = self._buffer.find(b'\n', 0, HEADER_LIMIT + 1)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[:end + 1]
                return line
            if len(self._buffer) > HEADER_LIMIT:
                raise ValueError('a header is too long')
            if not self._more():
                if self._buffer:
                    raise ValueError('the content ends in a header')
                return None

    def bytes(self, size):
        while size:
            if not self._buffer and not self._more():
                raise ValueError('the content ends in a file')
            part = bytes(self._buffer[:size])
            del self._buffer[:len(part)]
            size -= len(part)
            yield part
