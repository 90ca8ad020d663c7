"""An index of packages on loopback, with a wheel of `stone` for each version that is asked for. Argument: the port."""
import io
import re
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(sys.argv[1])
VERSIONS = 5_000


def wheel(version):
    buffer = io.BytesIO()
    info = f'stone-{version}.dist-info'
    with zipfile.ZipFile(buffer, 'w') as file:
        for name, text in (('stone.py', f'VERSION = {version!r}\n'),
                           (f'{info}/METADATA', f'Metadata-Version: 2.1\nName: stone\nVersion: {version}\n'),
                           (f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
                           (f'{info}/RECORD', f'stone.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n')):
            file.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def listed(version):
    name = f'stone-{version}.0-py3-none-any.whl'
    return f'<a href="/files/{name}">{name}</a>'


INDEX = f'<!DOCTYPE html><html><body>{"".join(map(listed, range(1, VERSIONS)))}</body></html>'.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        file = re.fullmatch(r'/files/stone-([\d.]+)-py3-none-any.whl', self.path)
        body = INDEX if self.path == '/simple/stone/' else wheel(file[1]) if file else b''
        self.send_response(200 if body else 404)
        self.send_header('Content-Type', 'application/octet-stream' if file else 'text/html')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


ThreadingHTTPServer(('127.0.0.1', PORT), Handler).serve_forever()
