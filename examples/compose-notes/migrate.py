"""Brings the tables to what this version needs, and tells who has done so."""
import os

import psycopg

STEPS = [
    'CREATE TABLE IF NOT EXISTS notes (id bigserial PRIMARY KEY, text text NOT NULL)',
    "ALTER TABLE notes ADD COLUMN IF NOT EXISTS written_by text NOT NULL DEFAULT ''",
    'CREATE TABLE IF NOT EXISTS migrations (id bigserial PRIMARY KEY, version text NOT NULL)',
]

with psycopg.connect(os.environ['DATABASE_URL'], connect_timeout=10) as connection:
    for step in STEPS:
        connection.execute(step)
    connection.execute('INSERT INTO migrations (version) VALUES (%s)', (os.environ['VERSION'],))
print(f'migrated to {os.environ["VERSION"]}')
