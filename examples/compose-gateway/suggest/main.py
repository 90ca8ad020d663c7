"""Suggestions for whoever looks at the catalog."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = json.dumps({'service': 'suggest', 'suggestions': ['lamp'], 'version': os.environ['VERSION']}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(('', 8000), Handler).serve_forever()
