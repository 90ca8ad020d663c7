from told import told


def application(environ, start_response):
    length = int(environ.get('CONTENT_LENGTH') or 0)
    body = told(environ['wsgi.input'].read(length) if length else b'')
    start_response('200 OK', [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))])
    return [body]
