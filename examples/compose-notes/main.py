"""Notes, kept in PostgreSQL."""
import os
import time

import psycopg
from flask import Flask, request

app = Flask(__name__)
# What is posted comes back as it was sent.
app.json.sort_keys = False
VERSION = os.environ['VERSION']


def database():
    return psycopg.connect(os.environ['DATABASE_URL'], connect_timeout=3)


@app.get('/')
def index():
    return {'service': 'web', 'version': VERSION}


@app.get('/healthz')
def healthy():
    with database() as connection:
        connection.execute('SELECT 1 FROM notes LIMIT 1')
    return {'healthy': True, 'version': VERSION}


@app.get('/notes')
def notes():
    with database() as connection:
        rows = connection.execute('SELECT id, text FROM notes ORDER BY id DESC LIMIT 50').fetchall()
        count = connection.execute('SELECT count(*) FROM notes').fetchone()[0]
    return {'count': count, 'notes': [{'id': key, 'text': text} for key, text in rows], 'version': VERSION}


@app.post('/notes')
def write():
    """Answers what was sent, once it is on disk."""
    note = request.get_json()
    with database() as connection:
        key = connection.execute('INSERT INTO notes (text, written_by) VALUES (%s, %s) RETURNING id',
                                 (str(note), VERSION)).fetchone()[0]
    return {'id': key, 'echo': note, 'version': VERSION}


@app.get('/slow')
def slow():
    seconds = min(float(request.args.get('seconds', 5)), 60)
    time.sleep(seconds)
    return {'slept': seconds, 'version': VERSION}
