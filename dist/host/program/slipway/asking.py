''
import socket
import time

from . import doors

REFUSED = 'nothing listens there'


class NoAnswer(Exception):
    pass


def ask(address, path, host, timeout=5.0, limit=4096, certificate=None):
    ''



    deadline = time.monotonic() + timeout
    is_door = isinstance(address, doors.Door)
    with socket.socket(socket.AF_UNIX if is_door else socket.AF_INET, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(_left(deadline))
            if is_door:
                doors.connect(connection, address)
            else:
                connection.connect(address)
            connection.settimeout(_left(deadline))
            if certificate is not None:
                connection = _secured(connection, host, certificate)
            connection.sendall((f'GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: slipway\r\nAccept: */*\r\n'
                                'Connection: close\r\n\r\n').encode('ascii'))
            data = _answer(connection, deadline, limit)
        except ConnectionRefusedError as error:
            raise NoAnswer(REFUSED) from error
        except OSError as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        finally:
            connection.close()
    head, _, body = data.partition(b'\r\n\r\n')
    words = head.split(b'\r\n', 1)[0].split(b' ')
    if len(words) < 2 or not words[0].startswith(b'HTTP/') or not words[1].isdigit():
        raise NoAnswer('it closed the connection without an answer' if not data else 'what answers is not HTTP')
    return int(words[1]), body.decode('utf-8', 'replace')


def _secured(connection, host, certificate):
    ''

    import hashlib
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(connection, server_hostname=host)
    if hashlib.sha256(secured.getpeercert(binary_form=True)).hexdigest() != certificate:
        raise NoAnswer(f'the certificate shown for {host} is not the one that was published')
    return secured


def _answer(connection, deadline, limit):
    ''
    data, whole = bytearray(), None
    while len(data) < (limit if whole is None else min(limit, whole)):
        connection.settimeout(_left(deadline))
        part = connection.recv(limit)
        if not part:
            break
        seen = max(0, len(data) - 3)
        data += part
        end = data.find(b'\r\n\r\n', seen) if whole is None else -1
        if end >= 0:
            whole = end + 4 + _length(data[:end], limit)
    return bytes(data)


def _left(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError('timed out')
    return left


def _length(head, unsaid):
    for line in head.split(b'\r\n')[1:]:
        name, _, value = line.partition(b':')
        if name.strip().lower() == b'content-length' and value.strip()[:20].isdigit():
            return int(value.strip()[:20])
    return unsaid
