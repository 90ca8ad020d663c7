"""Brings the database to what this release needs. Doing it twice changes nothing."""

from contextlib import closing

from database import connect

MIGRATIONS = [
    "create table orders (number integer primary key, content text not null)",
    "alter table orders add column placed text",
]

with closing(connect()) as database, database:
    (done,) = database.execute("pragma user_version").fetchone()
    for number, migration in enumerate(MIGRATIONS[done:], start=done + 1):
        database.execute(migration)
        database.execute(f"pragma user_version = {number}")
        print(f"migration {number} done")
print(f"{len(MIGRATIONS) - done} of {len(MIGRATIONS)} migrations were due" if done < len(MIGRATIONS) else "nothing to migrate")
