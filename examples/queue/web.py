"""Takes jobs and tells what became of them."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from store import store


def index(request: Request) -> JSONResponse:
    client = request.client.host if request.client else None
    return JSONResponse({"version": os.environ.get("SLIPWAY_VERSION"), "url": str(request.url), "client": client})


async def add(request: Request) -> JSONResponse:
    text = (await request.body()).decode()[:200]
    with store() as jobs:
        number = jobs.execute("insert into jobs (text) values (?)", [text]).lastrowid
    return JSONResponse({"id": number}, status_code=201)


def look(request: Request) -> JSONResponse:
    with store() as jobs:
        found = jobs.execute("select text, result from jobs where id = ?", [request.path_params["number"]]).fetchone()
    return JSONResponse({"text": found[0], "result": found[1]}) if found else JSONResponse({}, status_code=404)


def healthz(_request: Request) -> JSONResponse:
    with store() as jobs:
        return JSONResponse({"jobs": jobs.execute("select count(*) from jobs").fetchone()[0]})


app = Starlette(
    routes=[
        Route("/", index),
        Route("/healthz", healthz),
        Route("/jobs", add, methods=["POST"]),
        Route("/jobs/{number:int}", look),
    ]
)
