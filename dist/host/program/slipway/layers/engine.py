''
import contextlib
import http.client
import json
from urllib.parse import quote

from ..project import engine
from ..project.engine import REFUSAL_LIMIT, Refused, message, silent


PATIENCE = 1800

_NOTHING = type(None)
_IMAGE = {'Id': str, 'RootFS': ({'Layers': ([str], _NOTHING)}, _NOTHING), 'Size': (int, _NOTHING), 'Metadata': ({'LastTagTime': (str, _NOTHING)}, _NOTHING)}


class Engine:
    ''

    def info(self):
        return engine.get('/info', {'DockerRootDir': str, 'DriverStatus': (list, _NOTHING)})

    def platform(self):
        version = engine.get('/version', {'Os': str, 'Arch': str})
        return {'os': version['Os'], 'architecture': version['Arch']}

    def images(self):
        return engine.get('/images/json', [{'Id': str, 'RepoTags': ([str], _NOTHING), 'Created': (int, _NOTHING)}])

    def image(self, name):
        ''
        return engine.find(f'/images/{quote(name)}/json', _IMAGE)

    @contextlib.contextmanager
    def saved(self, name):
        ''
        with engine.opened('GET', f'/images/{quote(name)}/get', timeout=PATIENCE) as answer:
            yield answer

    def untag(self, name):
        engine.ask('DELETE', f'/images/{quote(name)}')

    def load(self, chunks):
        ''
        connection = engine.Connection(PATIENCE)
        try:
            refused = None
            self._begin(connection)
            try:
                for chunk in chunks:
                    connection.send(b'%x\r\n%b\r\n' % (len(chunk), chunk))
                connection.send(b'0\r\n\r\n')
            except (BrokenPipeError, ConnectionResetError) as error:

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

            connection.endheaders()


def _complain(status, body):
    ''
    if status >= 400:
        raise Refused(message(body))
    for line in body.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get('error'):
            raise Refused(str(said['error']))
