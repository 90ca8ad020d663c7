"""What a WSGI app sees of a request."""

import json
import os


def application(environ, start_response):
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    seen = {"scheme": environ["wsgi.url_scheme"], "client": environ.get("REMOTE_ADDR"), "path": environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]}
    body = json.dumps({**seen, "headers": headers, "env": dict(os.environ)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
