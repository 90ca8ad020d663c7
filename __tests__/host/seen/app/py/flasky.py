"""What a Flask app sees of a request."""

import os

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)


@app.get("/<path:rest>")
def seen(rest):
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {"scheme": request.scheme, "client": request.remote_addr, "path": f"/{rest}", "headers": headers, "env": dict(os.environ)}
