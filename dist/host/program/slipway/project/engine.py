"""The Engine's API over its Unix socket: some milliseconds a question, where its command line takes fifty."""
import http.client
import json
import socket
import urllib.parse

from ..failures import Failure

SOCKET = '/var/run/docker.sock'
# Seconds within which the Engine says something. Stopping a container takes as long as that is given.
PATIENCE = 60.0
# Of the output of a command in a container, and of a log.
LIMIT = 1 << 18


class Refused(Exception):
    """The Engine answered, and not well."""

    def __init__(self, status, said):
        super().__init__(said)
        self.status = status
        self.said = said


class _Connection(http.client.HTTPConnection):
    def __init__(self, timeout):
        super().__init__('docker', timeout=timeout)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def ask(method, path, body=None, query=None, headers=None, timeout=PATIENCE):
    """What it answers, as it stands in its JSON; None for nothing. Refused when it is no good answer, a Failure when there is none."""
    with _opened(method, path, body, query, headers, timeout) as answer:
        data = answer.read()
    return json.loads(data) if data.strip() else None


def get(path, **query):
    return ask('GET', path, query=query)


def find(path, **query):
    """The same; None when there is no such thing."""
    try:
        return ask('GET', path, query=query)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def post(path, body=None, timeout=PATIENCE, **query):
    return ask('POST', path, {} if body is None else body, query, timeout=timeout)


def delete(path, timeout=PATIENCE, **query):
    """Removes it; nothing when it is not there."""
    try:
        ask('DELETE', path, query=query, timeout=timeout)
    except Refused as refused:
        if refused.status != 404:
            raise


def lines(path, query=None, headers=None, timeout=600.0):
    """The JSON lines of an answer that comes bit by bit."""
    with _opened('POST', path, {}, query, headers, timeout) as answer:
        while line := answer.readline():
            if line.strip():
                yield json.loads(line)


def output(method, path, body=None, query=None, timeout=PATIENCE):
    """What a container or a command in it prints: both streams, in their order, the last of it."""
    said = bytearray()
    with _opened(method, path, body, query, None, timeout) as answer:
        multiplexed = answer.headers.get('Content-Type', '').endswith('multiplexed-stream')
        while chunk := answer.read(65536):
            said += chunk
            if len(said) > 4 * LIMIT:
                break
    return (_streams(said) if multiplexed or _looks_multiplexed(said) else bytes(said))[-LIMIT:].decode('utf-8', 'replace')


def _looks_multiplexed(data):
    # Engines before 23 do not say so.
    return len(data) >= 8 and data[0] in (0, 1, 2) and data[1:4] == b'\0\0\0'


def _streams(data):
    """Frames of eight bytes: which stream, three nulls, the length."""
    out, at = bytearray(), 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4:at + 8], 'big')
        out += data[at + 8:at + 8 + length]
        at += 8 + length
    return bytes(out)


class _opened:
    """An answer that is read within the `with` block."""

    def __init__(self, method, path, body, query, headers, timeout):
        given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in (query or {}).items()}
        self._where = path + (f'?{urllib.parse.urlencode(given)}' if given else '')
        self._method = method
        self._body = None if body is None else json.dumps(body)
        self._headers = {**({'Content-Type': 'application/json'} if body is not None else {}), **(headers or {})}
        self._connection = _Connection(timeout)

    def __enter__(self):
        try:
            self._connection.request(self._method, self._where, self._body, self._headers)
            answer = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise silent(error) from error
        if answer.status >= 400:
            data = answer.read()
            self._connection.close()
            raise Refused(answer.status, _message(data))
        return answer

    def __exit__(self, *_):
        self._connection.close()
        return False


def _message(data):
    try:
        return json.loads(data)['message']
    except (ValueError, KeyError, TypeError):
        return data.decode('utf-8', 'replace')[:2000]


def silent(error):
    missing = isinstance(error, FileNotFoundError)
    return Failure('engine-missing' if missing else 'engine-silent',
                   'There is no Docker Engine on this host.' if missing else f'The Docker Engine of this host does not answer: {error}.',
                   f'Nothing is at {SOCKET}.' if missing else f'It is asked at {SOCKET}.',
                   'Run setup-vm with this slipway.yml, then deploy again.' if missing else
                   'On the host: sudo systemctl restart docker; sudo systemctl status docker says why it is down. Then deploy again.')
