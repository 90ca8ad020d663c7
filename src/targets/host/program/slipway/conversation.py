"""The talk with the runner: commands in, JSON lines out, over the pipes that systemd-run handed us.

In: `VERB JSON` lines, `beat` lines, and content frames (`data LENGTH`, then that many bytes; `data 0` ends them). Twenty
seconds of silence, or the end of the input, is the runner's death: then whatever is not a cut-over ends at once, and
systemd settles it. A cut-over in hand runs to its end, and a write to a dead runner must not disturb it.
"""
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
# A pipe that can be written to takes this much without making us wait.
PIECE = 4096
ABANDONED = 3


_LENGTH = re.compile(rb'data [0-9]{1,9}\Z')


class Ended(Exception):
    """The runner has broken off what it was saying."""


class Conversation:
    def __init__(self, source=0, sink=1, silence=SILENCE):
        self._source = source
        self._sink = sink
        self._silence = silence
        # Bounded, so that a fast sender is slowed by the pipe and not by our memory.
        self._queue = queue.Queue(maxsize=64)
        self._writing = threading.Lock()
        # Held by a cut-over, and by the end of us: whichever is first keeps the other out.
        self._ending = threading.RLock()
        # Gone: nothing is heard of the runner any more. Deaf: it takes nothing any more.
        self._gone = threading.Event()
        self._deaf = False
        self._searched = 0
        threading.Thread(target=self._read, daemon=True).start()

    # What the program does.

    def send(self, kind, **fields):
        """Never waits longer than the silence that we believe a runner dead after; what it does not take then is dropped."""
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
        """The next (verb, fields). Content before it came along with a command that was refused, and is dropped."""
        while True:
            kind, *rest = self._queue.get()
            if kind == 'command':
                return rest[0], rest[1]

    def content(self):
        """The bytes of the frames up to `data 0`."""
        while True:
            kind, *rest = self._queue.get()
            if kind != 'data':
                # It will not be answered any more; the order of things is lost.
                raise Ended()
            if not rest[0]:
                return
            yield rest[0]

    def uninterrupted(self):
        """A cut-over: from here to the end of the `with` block nothing that happens to the runner ends us."""
        return _Uninterrupted(self)

    def is_gone(self):
        """Has the runner ended, or told us to?"""
        return self._gone.is_set()

    # The reader, a thread of its own, so that silence is noticed while the program works.

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
                # While the queue was full nothing could be read, which is not silence of the runner.
                heard = time.monotonic()
        except (OSError, ValueError, RecursionError) as error:
            print(f'slipway: the conversation broke: {error}', file=sys.stderr)
        finally:
            # Not after a goodbye: then the program ends by itself, when it has undone what was in hand.
            if not said_goodbye:
                self._die()

    def _take(self, buffer):
        """Takes all whole messages off the buffer; gives `bye` or `abandon` when that was the last word of the runner."""
        while True:
            # A line is looked through once, however many pieces it comes in.
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
        # The program may be in the middle of a build or a start: end here and now. systemd ends the children and settles.
        os._exit(ABANDONED)


def _integer(text):
    # Thousands of digits would keep Python busy, and no number of ours has that many.
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
    """Stands in for the runner when the host settles by itself."""

    def send(self, kind, **fields):
        if kind == 'progress':
            print(fields.get('text'), file=sys.stderr)

    def progress(self, text):
        self.send('progress', text=text)

    def is_gone(self):
        return False
