"""What an ASGI app sees of a request."""

import json
import os


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    client = scope["client"][0] if scope["client"] else None
    seen = {"scheme": scope["scheme"], "client": client, "path": scope["path"], "headers": headers, "env": dict(os.environ)}
    body = json.dumps(seen).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


async def trusting(scope, receive, send):
    """The same behind Hypercorn's middleware, which the other servers need not have."""
    from hypercorn.middleware import ProxyFixMiddleware

    await ProxyFixMiddleware(app, mode="legacy", trusted_hops=1)(scope, receive, send)
