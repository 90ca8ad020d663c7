''
import base64
import configparser
import http.client
import socket
import xmlrpc.client

TIMEOUT = 30.0
_DEFAULT = '/var/run/supervisor.sock'


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=TIMEOUT)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path, headers):
        super().__init__(headers=headers)
        self._path = path

    def make_connection(self, host):
        if self._connection[0] != host:
            self._connection = host, _Connection(self._path)
        return self._connection[1]


def where(main):
    ''
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(' ;', '\t;', ';'))
    parser.read(main, encoding='utf-8')
    section = parser['unix_http_server'] if parser.has_section('unix_http_server') else {}
    return section.get('file') or _DEFAULT, section.get('username'), section.get('password')


def server(main):
    path, user, password = where(main)
    headers = []
    if user is not None:
        word = base64.b64encode(f'{user}:{password or ""}'.encode()).decode()
        headers.append(('Authorization', f'Basic {word}'))
    return xmlrpc.client.ServerProxy('http://localhost', transport=_Transport(path, headers), allow_none=True)
