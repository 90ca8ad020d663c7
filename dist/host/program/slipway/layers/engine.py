"""What a transfer asks of the Docker Engine, by its API."""
import contextlib
import http.client
import json
import socket
from urllib.parse import quote

from ..project.engine import SOCKET, silent

# The classic store writes a whole image to its disk before it gives the first byte of it, and unpacks one before it answers.
PATIENCE = 1800
REFUSAL_LIMIT = 1 << 20


class Refused(Exception):
    """The Engine said no, in its own words."""

    def __init__(self, said):
        super().__init__(said)
        self.said = said


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    def __init__(self, path=SOCKET):
        self._path = path

    def info(self):
        return self._json('/info')

    def platform(self):
        version = self._json('/version')
        return {'os': version['Os'], 'architecture': version['Arch']}

    def images(self):
        return self._json('/images/json')

    def image(self, name):
        """What stands under the name or the id; None when nothing does."""
        try:
            return self._json(f'/images/{quote(name)}/json')
        except Missing:
            return None

    @contextlib.contextmanager
    def saved(self, name):
        """The image as an archive, to be read once."""
        with self._asked('GET', f'/images/{quote(name)}/get') as answer:
            yield answer

    def untag(self, name):
        with self._asked('DELETE', f'/images/{quote(name)}') as answer:
            answer.read()

    def load(self, chunks):
        """Hands over an archive while it is made. What its maker throws breaks it off, and then the Engine keeps nothing of it."""
        connection = _Connection(self._path)
        try:
            refused = None
            self._begin(connection)
            try:
                for chunk in chunks:
                    connection.send(b'%x\r\n%b\r\n' % (len(chunk), chunk))
                connection.send(b'0\r\n\r\n')
            except (BrokenPipeError, ConnectionResetError) as error:
                # It has answered already, and takes no more.
                refused = error
            try:
                answer = _answer(connection)
                _complain(answer.status, answer.read(REFUSAL_LIMIT))
            except (OSError, http.client.HTTPException) as error:
                raise Refused(str(error) or 'it closed the connection') from error
            if refused is not None:
                raise Refused(str(refused))
        finally:
            connection.close()

    def _begin(self, connection):
        try:
            connection.connect()
        except OSError as error:
            raise silent(error) from error
        connection.putrequest('POST', '/images/load?quiet=1')
        connection.putheader('Content-Type', 'application/x-tar')
        connection.putheader('Transfer-Encoding', 'chunked')
        connection.endheaders()

    def _json(self, path):
        with self._asked('GET', path) as answer:
            return json.loads(answer.read())

    @contextlib.contextmanager
    def _asked(self, method, path):
        connection = _Connection(self._path)
        try:
            try:
                connection.request(method, path)
                answer = connection.getresponse()
            except OSError as error:
                raise silent(error) from error
            if answer.status == 404:
                raise Missing(path)
            if answer.status >= 400:
                raise Refused(_message(answer.read(REFUSAL_LIMIT)))
            yield answer
        finally:
            connection.close()


class Missing(Refused):
    pass


def _answer(connection):
    """Who closes a socket in which something lies unread resets it. The kernel says that once, and then gives what was answered before."""
    try:
        return connection.getresponse()
    except ConnectionResetError:
        if connection.sock is None:
            raise
        return connection.getresponse()


def _message(body):
    try:
        return str(json.loads(body).get('message', ''))
    except (ValueError, AttributeError):
        return body.decode('utf-8', 'replace')


def _complain(status, body):
    """A load that fails half way answers 200, and says so in one of its lines."""
    if status >= 400:
        raise Refused(_message(body))
    for line in body.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get('error'):
            raise Refused(str(said['error']))
