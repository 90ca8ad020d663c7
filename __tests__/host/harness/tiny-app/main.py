"""A service that boots at once, says who it is, and misbehaves as behaviour.json says."""
import base64
import hashlib
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def read(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding='utf-8') as file:
        return file.read()


def token():
    if 'TOKEN_FILE' in os.environ:
        with open(os.environ['TOKEN_FILE'], 'rb') as file:
            return file.read()
    return os.environ.get('TOKEN', '').encode()


def held():
    while not os.path.exists(os.path.join(os.environ['HOME'], 'open')):
        time.sleep(0.02)


BEHAVIOUR = json.loads(read('behaviour.json'))
BEGAN = time.monotonic()
TOLD = {
    'version': read('VERSION').strip(),
    'activation': int(os.environ['SLIPWAY_ACTIVATION']),
    'service': os.environ['SLIPWAY_SERVICE'],
    'secret': hashlib.sha256(token()).hexdigest(),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hold(self):
        """A WebSocket, on which each word is answered by who it is."""
        key = self.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
        self.send_response(101)
        self.send_header('Upgrade', 'websocket')
        self.send_header('Connection', 'Upgrade')
        self.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        text = json.dumps(TOLD).encode()
        # Short texts, masked, until a frame that is none, or the end.
        while (head := self.rfile.read(2)) and head[0] == 0x81:
            self.rfile.read(4 + (head[1] & 0x7f))
            self.wfile.write(bytes([0x81, 126]) + len(text).to_bytes(2, 'big') + text)

    def do_GET(self):
        if self.headers.get('Upgrade') == 'websocket':
            self.hold()
            return
        status = 200
        if self.path == '/healthz' and 'X-Forwarded-For' in self.headers:
            if BEHAVIOUR.get('publicGate'):
                held()
            status = BEHAVIOUR.get('publicHealth', 200)
        if self.path == '/healthz' and time.monotonic() > BEGAN + BEHAVIOUR.get('sickAfter', float('inf')):
            status = 500
        if self.path == '/held':
            held()
        if self.path.startswith('/slow/'):
            time.sleep(float(self.path[6:]))
        headers = {'headers': {name.lower(): value for name, value in self.headers.items()}} if self.path == '/headers' else {}
        self.answer(status, {**TOLD, 'path': self.path, **headers})

    def do_POST(self):
        given = self.rfile.read(int(self.headers['Content-Length']))
        self.answer(200, {**TOLD, 'echo': json.loads(given)})

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if 'exit' in BEHAVIOUR:
    print('it was told to end')
    sys.exit(BEHAVIOUR['exit'])
if BEHAVIOUR.get('deaf'):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
EATEN = b'x' * (BEHAVIOUR.get('eats', 0) << 20)
time.sleep(BEHAVIOUR.get('boot', 0))
Server(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
