"""The shop's API: orders in a database, and who is answering."""

import asyncio
import os
from contextlib import closing

from database import connect
from fastapi import FastAPI, Request

from release import VERSION

app = FastAPI(title="shop", version=VERSION)


@app.get("/")
def index() -> dict:
    return {"service": "api", "version": VERSION}


@app.get("/healthz")
def healthz() -> dict:
    with closing(connect()) as database:
        database.execute("select count(*) from orders")
    return {"ok": True, "version": VERSION}


@app.get("/orders")
def orders() -> dict:
    with closing(connect()) as database:
        (count,) = database.execute("select count(*) from orders").fetchone()
    return {"orders": count, "version": VERSION}


@app.post("/orders", status_code=201)
async def order(request: Request) -> dict:
    text = (await request.body()).decode()
    with closing(connect()) as database, database:
        number = database.execute("insert into orders (content) values (?)", (text,)).lastrowid
    return {"order": number, "version": VERSION}


@app.post("/echo")
async def echo(request: Request) -> dict:
    return {"echo": await request.json(), "version": VERSION}


@app.get("/slow")
async def slow(seconds: float = 5) -> dict:
    await asyncio.sleep(min(seconds, 60))
    return {"slept": seconds, "version": VERSION}


@app.get("/settings")
def settings() -> dict:
    """What it was started with; of secrets only whether they are there."""
    return {
        "LOG_LEVEL": os.environ.get("LOG_LEVEL"),
        "DATABASE_URL": "DATABASE_URL" in os.environ,
        "version": VERSION,
    }
