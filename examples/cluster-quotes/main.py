"""Quotes of prices, for whoever has the key."""
import os
import time

from flask import Flask, request

app = Flask(__name__)
app.json.sort_keys = False
VERSION = os.environ.get('SLIPWAY_VERSION', 'dev')
PRICES = {'anchor': 120, 'rope': 18}


@app.get('/')
def index():
    return {'service': 'web', 'version': VERSION}


@app.get('/healthz')
def healthy():
    return {'healthy': True, 'version': VERSION}


@app.post('/quotes')
def quote():
    """What was asked comes back, with what it costs."""
    asked = request.get_json()
    return {'price': sum(PRICES.get(name, 0) for name in asked), 'echo': asked, 'version': VERSION}


@app.get('/slow')
def slow():
    seconds = min(float(request.args.get('seconds', 5)), 60)
    time.sleep(seconds)
    return {'slept': seconds, 'version': VERSION}
