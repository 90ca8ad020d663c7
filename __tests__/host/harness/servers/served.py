"""The same app for every kind of server: `wsgi`, `asgi`, and as a program a FastCGI server. It says who it is."""
import asyncio
import json
import os
import time

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'VERSION'), encoding='utf-8') as file:
    VERSION = file.read().strip()


def told(path):
    return json.dumps({
        'version': VERSION, 'activation': int(os.environ['SLIPWAY_ACTIVATION']), 'instance': os.environ['SLIPWAY_INSTANCE'],
        'path': path, 'pid': os.getpid(),
    }).encode()


def wsgi(environ, start_response):
    path = environ.get('PATH_INFO', '')
    if path == '/die':
        os._exit(3)
    if path.startswith('/slow/'):
        time.sleep(float(path[6:]))
    size = int(environ.get('CONTENT_LENGTH') or 0)
    given = environ['wsgi.input'].read(size) if size else b''
    body = told(path)
    if given:
        body = json.dumps({**json.loads(body), 'echo': json.loads(given)}).encode()
    status = '500 Boom' if path == '/boom' else '200 OK'
    start_response(status, [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]


async def asgi(scope, receive, send):
    if scope['type'] == 'lifespan':
        while True:
            message = await receive()
            await send({'type': message['type'] + '.complete'})
            if message['type'] == 'lifespan.shutdown':
                return
    if scope['type'] == 'websocket':
        await receive()
        await send({'type': 'websocket.accept'})
        while True:
            message = await receive()
            if message['type'] == 'websocket.disconnect':
                return
            await send({'type': 'websocket.send', 'text': told(message.get('text', '')).decode()})
    if scope['path'] == '/events':
        await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-type', b'text/event-stream')]})
        while True:
            await send({'type': 'http.response.body', 'body': b'data: ' + told('/events') + b'\n\n', 'more_body': True})
            await asyncio.sleep(0.2)
    given = b''
    while True:
        message = await receive()
        given += message.get('body', b'')
        if not message.get('more_body'):
            break
    body = told(scope['path'])
    if given:
        body = json.dumps({**json.loads(body), 'echo': json.loads(given)}).encode()
    await send({'type': 'http.response.start', 'status': 200, 'headers': [
        (b'content-type', b'application/json'), (b'content-length', str(len(body)).encode())]})
    await send({'type': 'http.response.body', 'body': body})


if __name__ == '__main__':
    from flup.server.fcgi import WSGIServer
    WSGIServer(wsgi, bindAddress=os.environ.get('SOCKET') or ('127.0.0.1', int(os.environ['PORT']))).run()
