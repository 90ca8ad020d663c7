"""A service that runs, as itself, the shell commands that it is sent, and tells how they ended."""
import json
import os
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({'version': 'v1', 'activation': int(os.environ['SLIPWAY_ACTIVATION'])})

    def do_POST(self):
        given = self.rfile.read(int(self.headers['Content-Length'])).decode()
        done = subprocess.run(['/bin/sh', '-c', given], capture_output=True, text=True, timeout=60, check=False)
        self.answer({'code': done.returncode, 'said': (done.stdout + done.stderr).strip()})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
