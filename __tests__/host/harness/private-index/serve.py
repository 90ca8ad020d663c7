"""A private index of packages on loopback: Python's simple API behind a password, npm's behind a token. Prints each refusal."""
import base64
import hashlib
import io
import json
import sys
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, PASSWORD, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
BASE = f'http://127.0.0.1:{PORT}'


def wheel():
    buffer = io.BytesIO()
    info = 'corp_greeter-1.0.dist-info'
    with zipfile.ZipFile(buffer, 'w') as file:
        for name, text in (('corp_greeter.py', "HELLO = 'from the private index'\n"),
                           (f'{info}/METADATA', 'Metadata-Version: 2.1\nName: corp-greeter\nVersion: 1.0\n'),
                           (f'{info}/WHEEL', 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
                           (f'{info}/RECORD', f'corp_greeter.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n')):
            file.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


# Its script tells what it could have stolen.
PACKAGE = {'name': '@corp/greeter', 'version': '1.0.0', 'main': 'index.js',
           'scripts': {'postinstall': 'node -e "require(\'fs\').writeFileSync(\'ran.json\', JSON.stringify(process.env))"'}}


def tarball():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w:gz') as file:
        for name, text in (('package.json', json.dumps(PACKAGE)), ('index.js', "module.exports = 'from the private registry'\n")):
            entry = tarfile.TarInfo(f'package/{name}')
            entry.size = len(text)
            file.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


WHEEL, TARBALL = wheel(), tarball()
INTEGRITY = 'sha512-' + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()
DIST = {'tarball': f'{BASE}/npm/greeter.tgz', 'integrity': INTEGRITY}
FILE = 'corp_greeter-1.0-py3-none-any.whl'
LINK = f'<a href="{BASE}/files/{FILE}#sha256={hashlib.sha256(WHEEL).hexdigest()}">{FILE}</a>'
ANSWERS = {
    '/simple/corp-greeter/': ('text/html', f'<!DOCTYPE html><html><body>{LINK}</body></html>'.encode()),
    f'/files/{FILE}': ('application/octet-stream', WHEEL),
    '/npm/@corp%2fgreeter': ('application/json', json.dumps({
        'name': '@corp/greeter', 'dist-tags': {'latest': '1.0.0'}, 'versions': {'1.0.0': {**PACKAGE, 'dist': DIST, 'hasInstallScript': True}},
    }).encode()),
    '/npm/greeter.tgz': ('application/octet-stream', TARBALL),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        given = self.headers.get('Authorization', '')
        wanted = f'Bearer {TOKEN}' if self.path.startswith('/npm/') else 'Basic ' + base64.b64encode(f'ada:{PASSWORD}'.encode()).decode()
        # Some write the slash in a name with a capital letter.
        kind, body = ANSWERS.get(self.path.replace('%2F', '%2f'), ('text/plain', None))
        status = 401 if given != wanted else 404 if body is None else 200
        if status != 200:
            kind, body = 'text/plain', b'no'
        self.send_response(status)
        if status == 401:
            self.send_header('WWW-Authenticate', 'Basic realm="corp"')
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


print(INTEGRITY, flush=True)
ThreadingHTTPServer(('127.0.0.1', PORT), Handler).serve_forever()
