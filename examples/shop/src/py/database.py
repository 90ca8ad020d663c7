"""The database that DATABASE_URL names: `sqlite:` and a path, relative ones in the release's folder."""

import os
import sqlite3

from release import ROOT


def connect() -> sqlite3.Connection:
    scheme, _, path = os.environ["DATABASE_URL"].partition(":")
    if scheme != "sqlite":
        raise ValueError("DATABASE_URL is to be sqlite: and a path")
    return sqlite3.connect(ROOT / path, timeout=10)
