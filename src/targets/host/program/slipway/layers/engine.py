"""What a transfer asks of the Docker Engine: whole images, in and out."""
import contextlib
import http.client
import json
from urllib.parse import quote

from ..project import engine
from ..project.engine import REFUSAL_LIMIT, Refused, message, silent

# The classic store writes a whole image to its disk before it gives the first byte of it, and unpacks one before it answers.
PATIENCE = 1800
# What is read of an answer; an Engine leaves out what is nothing, or says null.
_NOTHING = type(None)
_IMAGE = {'Id': str, 'RootFS': ({'Layers': ([str], _NOTHING)}, _NOTHING), 'Size': (int, _NOTHING), 'Metadata': ({'LastTagTime': (str, _NOTHING)}, _NOTHING)}


class Engine:
    """A class, so that tests can have another one."""

    def info(self):
        return engine.get('/info', {'DockerRootDir': str, 'DriverStatus': (list, _NOTHING)})

    def platform(self):
        version = engine.get('/version', {'Os': str, 'Arch': str})
        return {'os': version['Os'], 'architecture': version['Arch']}

    def images(self):
        return engine.get('/images/json', [{'Id': str, 'RepoTags': ([str], _NOTHING), 'Created': (int, _NOTHING)}])

    def image(self, name):
        """What stands under the name or the id; None when nothing does."""
        return engine.find(f'/images/{quote(name)}/json', _IMAGE)

    @contextlib.contextmanager
    def saved(self, name):
        """The image as an archive, to be read once."""
        with engine.opened('GET', f'/images/{quote(name)}/get', timeout=PATIENCE) as answer:
            yield answer

    def untag(self, name):
        engine.ask('DELETE', f'/images/{quote(name)}')

    def load(self, chunks):
        """Hands over an archive while it is made. What its maker throws breaks it off, and then the Engine keeps nothing of it."""
        connection = engine.Connection(PATIENCE)
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
                answer = connection.getresponse()
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
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            # The first piece meets the same, and what was answered is heard then.
            connection.endheaders()


def _complain(status, body):
    """A load that fails half way answers 200, and says so in one of its lines."""
    if status >= 400:
        raise Refused(message(body))
    for line in body.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get('error'):
            raise Refused(str(said['error']))
