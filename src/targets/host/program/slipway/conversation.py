"""The talk with the runner: commands in, JSON lines out, over the pipes that systemd-run handed us.

In: `VERB JSON` lines, `beat` lines, and content frames (`data LENGTH`, then that many bytes; `data 0` ends them). Twenty
seconds of silence, or the end of the input, is the runner's death: then whatever is not a cut-over ends at once, and
systemd settles it. A cut-over in hand runs to its end, and a write to a dead runner must not disturb it.
"""
import json
import os
import queue
import select
import sys
import threading
import time

SILENCE = 20.0
LINE_LIMIT = 64 << 20
CHUNK = 1 << 16
ABANDONED = 3


class Ended(Exception):
    """The runner is gone, or has said goodbye."""


class Conversation:
    def __init__(self, source=0, sink=1, silence=SILENCE):
        self._source = source
        self._sink = sink
        self._silence = silence
        # Bounded, so that a fast sender is slowed by the pipe and not by our memory.
        self._queue = queue.Queue(maxsize=64)
        self._writing = threading.Lock()
        self._interruptible = threading.Event()
        self._interruptible.set()
        self._gone = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    # What the program does.

    def send(self, kind, **fields):
        data = (json.dumps({'type': kind, **fields}) + '\n').encode()
        with self._writing:
            try:
                while data:
                    data = data[os.write(self._sink, data):]
            except OSError:
                self._gone.set()

    def progress(self, text):
        self.send('progress', text=text)

    def command(self):
        """The next (verb, fields)."""
        kind, *rest = self._queue.get()
        if kind == 'end':
            raise Ended()
        if kind != 'command':
            raise ValueError('content came where a command was due')
        return rest[0], rest[1]

    def content(self):
        """The bytes of the frames up to `data 0`."""
        while True:
            kind, *rest = self._queue.get()
            if kind == 'end':
                raise Ended()
            if kind != 'data':
                raise ValueError('a command came where content was due')
            if not rest[0]:
                return
            yield rest[0]

    def uninterrupted(self):
        """A cut-over: from here to the end of the `with` block nothing that happens to the runner ends us."""
        return _Uninterrupted(self)

    # The reader, a thread of its own, so that silence is noticed while the program works.

    def _read(self):
        buffer = bytearray()
        heard = time.monotonic()
        try:
            while True:
                ready, _, _ = select.select([self._source], [], [], 1.0)
                if not ready:
                    if time.monotonic() - heard > self._silence:
                        break
                    continue
                data = os.read(self._source, CHUNK)
                if not data:
                    break
                heard = time.monotonic()
                buffer += data
                if not self._take(buffer):
                    break
                # While the queue was full nothing could be read, which is not silence of the runner.
                heard = time.monotonic()
        except (OSError, ValueError) as error:
            print(f'slipway: the conversation broke: {error}', file=sys.stderr)
        self._die()

    def _take(self, buffer):
        """Takes all whole messages off the buffer; False when the runner said goodbye."""
        while True:
            end = buffer.find(b'\n')
            if end < 0:
                if len(buffer) > LINE_LIMIT:
                    raise ValueError('a line is too long')
                return True
            line = bytes(buffer[:end])
            if line.startswith(b'data '):
                length = int(line[5:])
                if not 0 <= length <= CHUNK * 64:
                    raise ValueError('a frame is too long')
                if len(buffer) < end + 1 + length:
                    return True
                self._queue.put(('data', bytes(buffer[end + 1:end + 1 + length])))
                del buffer[:end + 1 + length]
                continue
            del buffer[:end + 1]
            verb, _, fields = line.partition(b' ')
            if verb == b'beat':
                continue
            if verb == b'abandon':
                return False
            value = json.loads(fields) if fields else {}
            if not isinstance(value, dict):
                raise ValueError('a command without fields')
            self._queue.put(('command', verb.decode('ascii', 'replace'), value))
            if verb == b'bye':
                return True

    def _die(self):
        self._gone.set()
        self._interruptible.wait()
        # The program may be in the middle of a build or a start: end here and now. systemd ends the children and settles.
        os._exit(ABANDONED)


class _Uninterrupted:
    def __init__(self, conversation):
        self._conversation = conversation

    def __enter__(self):
        self._conversation._interruptible.clear()

    def __exit__(self, *_):
        self._conversation._interruptible.set()
        return False


class Silent:
    """Stands in for the runner when the host settles by itself."""

    def send(self, kind, **fields):
        if kind == 'progress':
            print(fields.get('text'), file=sys.stderr)

    def progress(self, text):
        self.send('progress', text=text)
