"""The jobs: a table that web, worker and the nightly run share. It lies in `data`, which outlives releases."""

import contextlib
import sqlite3
from collections.abc import Iterator

SCHEMA = "create table if not exists jobs (id integer primary key, text text not null, result text, made integer default (strftime('%s', 'now')))"


@contextlib.contextmanager
def store() -> Iterator[sqlite3.Connection]:
    """One transaction. Those of old and new release wait for each other for up to ten seconds."""
    connection = sqlite3.connect("data/jobs.sqlite", timeout=10)
    try:
        with connection:
            connection.execute(SCHEMA)
            yield connection
    finally:
        connection.close()
