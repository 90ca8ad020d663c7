''





import json
import os
import queue
import re
import select
import sys
import threading
import time

SILENCE = 20.0
LINE_LIMIT = 64 << 20
CHUNK = 1 << 16

PIECE = 4096
ABANDONED = 3


_LENGTH = re.compile(rb'data [0-9]{1,9}\Z')


class Ended(Exception):
    ''


class Conversation:
    def __init__(self, source=0, sink=1, silence=SILENCE):
        self._source = source
        self._sink = sink
        self._silence = silence

        self._queue = queue.Queue(maxsize=64)
        self._writing = threading.Lock()

        self._ending = threading.RLock()

        self._gone = threading.Event()
        self._deaf = False
        self._searched = 0
        threading.Thread(target=self._read, daemon=True).start()



    def send(self, kind, **fields):
        ''
        data = memoryview((json.dumps({'type': kind, **fields}) + '\n').encode())
        with self._writing:
            waited = 0.0
            try:
                while data and not self._deaf:
                    if select.select([], [self._sink], [], 0 if self._gone.is_set() else 0.5)[1]:
                        data = data[os.write(self._sink, data[:PIECE]):]
                        waited = 0.0
                    else:
                        waited += 0.5
                        self._deaf = self._gone.is_set() or waited >= self._silence
            except OSError:
                self._deaf = True

    def progress(self, text):
        self.send('progress', text=text)

    def command(self):
        ''
        while True:
            kind, *rest = self._queue.get()
            if kind == 'command':
                return rest[0], rest[1]

    def content(self):
        ''
        while True:
            kind, *rest = self._queue.get()
            if kind != 'data':

                raise Ended()
            if not rest[0]:
                return
            yield rest[0]

    def uninterrupted(self):
        ''
        return _Uninterrupted(self)

    def is_gone(self):
        ''
        return self._gone.is_set()



    def _read(self):
        buffer = bytearray()
        heard = time.monotonic()
        said_goodbye = False
        try:
            while True:
                ready, _, _ = select.select([self._source], [], [], min(1.0, self._silence / 4))
                if not ready:
                    if time.monotonic() - heard > self._silence:
                        break
                    continue
                data = os.read(self._source, CHUNK)
                if not data:
                    break
                heard = time.monotonic()
                buffer += data
                verb = self._take(buffer)
                if verb:
                    said_goodbye = verb == 'bye'
                    break

                heard = time.monotonic()
        except (OSError, ValueError, RecursionError) as error:
            print(f'slipway: the conversation broke: {error}', file=sys.stderr)
        finally:

            if not said_goodbye:
                self._die()

    def _take(self, buffer):
        ''
        while True:

            end = buffer.find(b'\n', self._searched)
            if end < 0:
                if len(buffer) > LINE_LIMIT:
                    raise ValueError('a line is too long')
                self._searched = len(buffer)
                return None
            line = bytes(buffer[:end])
            if line.startswith(b'data '):
                if not _LENGTH.match(line) or int(line[5:]) > CHUNK * 64:
                    raise ValueError('a frame is too long')
                length = int(line[5:])
                if len(buffer) < end + 1 + length:
                    self._searched = end
                    return None
                self._searched = 0
                self._queue.put(('data', bytes(buffer[end + 1:end + 1 + length])))
                del buffer[:end + 1 + length]
                continue
            del buffer[:end + 1]
            self._searched = 0
            verb, _, fields = line.partition(b' ')
            if verb == b'beat':
                continue
            if verb == b'abandon':
                return 'abandon'
            value = json.loads(fields, parse_int=_integer, parse_constant=_no_number) if fields else {}
            if not isinstance(value, dict):
                raise ValueError('a command without fields')  # noqa: TRY004 (what came is wrong, not our code)
            self._queue.put(('command', verb.decode('ascii', 'replace'), value))
            if verb == b'bye':
                return 'bye'

    def _die(self):
        self._gone.set()
        self._ending.acquire()

        os._exit(ABANDONED)


def _integer(text):

    if len(text) > 20:
        raise ValueError('a number is too long')
    return int(text)


def _no_number(text):
    raise ValueError(f'{text} is no number')


class _Uninterrupted:
    def __init__(self, conversation):
        self._conversation = conversation

    def __enter__(self):
        self._conversation._ending.acquire()

    def __exit__(self, *_):
        self._conversation._ending.release()
        return False


class Silent:
    ''

    def send(self, kind, **fields):
        if kind == 'progress':
            print(fields.get('text'), file=sys.stderr)

    def progress(self, text):
        self.send('progress', text=text)

    def is_gone(self):
        return False
