''




import contextlib
import contextvars
import http.client
import json
import re
import socket
import time
import urllib.parse

from ..failures import Failure

SOCKET = '/var/run/docker.sock'

PATIENCE = 60.0

LIMIT = 1 << 18

REFUSAL_LIMIT = 1 << 20

ANSWER_LIMIT = 256 << 20
_HALF = re.compile('[\ud800-\udfff]')

_AT_MOST = contextvars.ContextVar('at most', default=float('inf'))


class Refused(Failure):
    ''

    def __init__(self, said, status=500, path=''):
        super().__init__('engine-refused', f'The Docker Engine of this host refuses {path or "that"}: {said[:300]}', '',
                         'See docker ps -a, docker system df and journalctl -u docker on the host, then deploy again.')
        self.status = status
        self.said = said


class _Answer(http.client.HTTPResponse):
    ''

    def _read_next_chunk_size(self):
        size = super()._read_next_chunk_size()
        if not 0 <= size <= ANSWER_LIMIT:
            raise ValueError(size)
        return size


class Connection(http.client.HTTPConnection):
    ''

    response_class = _Answer

    def __init__(self, timeout):
        super().__init__('docker', timeout=timeout)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def ask(method, path, body=None, query=None, headers=None, timeout=PATIENCE, like=object):
    ''

    with opened(method, path, body, query, headers, timeout) as answer:

        if (answer.length or 0) > ANSWER_LIMIT:
            raise _strange(method, path)
        data = answer.read()
    said = _value(data, method, path) if data.strip() else None
    if not fits(said, like):
        raise _strange(method, path)
    return said


def fits(value, like):
    ''
    if isinstance(like, dict):
        return isinstance(value, dict) and all(fits(value.get(key), kind) for key, kind in like.items())
    if isinstance(like, list):
        return isinstance(value, list) and all(fits(item, like[0]) for item in value)
    if isinstance(like, tuple):
        return any(fits(value, kind) for kind in like)

    return isinstance(value, like) and not (isinstance(value, str) and _HALF.search(value))


def _value(data, method, path):
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise _strange(method, path) from None


def _strange(method, path):
    return Failure('engine-strange', f'The Docker Engine of this host answers {method} {path} with something else than an Engine does.',
                   f'What is asked at {SOCKET} may not be one, or it was cut off.',
                   'On the host: docker version says what answers; sudo systemctl restart docker. Then deploy again.')


@contextlib.contextmanager
def at_most(seconds):
    ''
    before = _AT_MOST.set(seconds)
    try:
        yield
    finally:
        _AT_MOST.reset(before)


def await_answer(seconds):
    ''
    end = time.monotonic() + seconds
    while True:
        try:
            ask('GET', '/version', timeout=5.0)
            return
        except Failure:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def get(path, like=object, **query):
    return ask('GET', path, query=query, like=like)


def find(path, like=object, **query):
    ''
    try:
        return ask('GET', path, query=query, like=like)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def image(reference):
    ''
    return find(f'/images/{urllib.parse.quote(reference, safe="")}/json')


def quietly(method, path, body=None, query=None, timeout=PATIENCE):
    ''
    try:
        ask(method, path, body, query, timeout=timeout)
    except Refused as refused:
        if refused.status not in (304, 404, 409):
            raise


def post(path, body=None, timeout=PATIENCE, **query):
    return ask('POST', path, {} if body is None else body, query, timeout=timeout)


def delete(path, timeout=PATIENCE, **query):
    ''
    try:
        ask('DELETE', path, query=query, timeout=timeout)
    except Refused as refused:
        if refused.status != 404:
            raise


def lines(path, query=None, headers=None, timeout=600.0):
    ''
    with opened('POST', path, {}, query, headers, timeout) as answer:
        while line := answer.readline():
            if line.strip():
                said = _value(line, 'POST', path)
                if not isinstance(said, dict):
                    raise _strange('POST', path)
                yield said


def output(method, path, body=None, query=None, timeout=PATIENCE):
    ''
    said, end = bytearray(), time.monotonic() + timeout
    with opened(method, path, body, query, None, timeout) as answer:
        multiplexed = answer.headers.get('Content-Type', '').endswith('multiplexed-stream')

        while chunk := answer.read1(65536):
            said += chunk
            if len(said) > 4 * LIMIT:
                break
            if time.monotonic() > end:
                raise TimeoutError('it goes on printing')
    return (_streams(said) if multiplexed or _looks_multiplexed(said) else bytes(said))[-LIMIT:].decode('utf-8', 'replace')


def _looks_multiplexed(data):

    return len(data) >= 8 and data[0] in (0, 1, 2) and data[1:4] == b'\0\0\0'


def _streams(data):
    ''
    out, at = bytearray(), 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4:at + 8], 'big')
        out += data[at + 8:at + 8 + length]
        at += 8 + length
    return bytes(out)


@contextlib.contextmanager
def opened(method, path, body=None, query=None, headers=None, timeout=PATIENCE):
    ''
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in (query or {}).items()}
    connection = Connection(min(timeout, _AT_MOST.get()))
    try:
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):

                connection.request(method, path + (f'?{urllib.parse.urlencode(given)}' if given else ''), None if body is None else json.dumps(body),
                                   {**({'Content-Type': 'application/json'} if body is not None else {}), **(headers or {})})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise silent(error) from error
        if answer.status >= 400:
            raise Refused(message(_words(answer)), answer.status, f'{method} {path}')
        try:
            yield answer
        except http.client.HTTPException as error:
            raise ConnectionError(f'the Engine broke off: {error!r}') from error
    finally:
        connection.close()


def _words(answer):
    ''
    try:
        return answer.read(REFUSAL_LIMIT)
    except (OSError, http.client.HTTPException) as error:
        return getattr(error, 'partial', b'')


def message(data):
    ''
    try:
        return str(json.loads(data)['message'])
    except (ValueError, KeyError, TypeError):
        return data.decode('utf-8', 'replace')[:2000]


def silent(error):
    missing = isinstance(error, FileNotFoundError)
    return Failure('engine-missing' if missing else 'engine-silent',
                   'There is no Docker Engine on this host.' if missing else f'The Docker Engine of this host does not answer: {error}.',
                   f'Nothing is at {SOCKET}.' if missing else f'It is asked at {SOCKET}.',
                   'Run setup-vm with this slipway.yml, then deploy again.' if missing else
                   'On the host: sudo systemctl restart docker; sudo systemctl status docker says why it is down. Then deploy again.')
