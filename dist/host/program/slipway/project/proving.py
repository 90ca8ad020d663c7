''
import os
import socket

from .. import asking, counting
from ..router import PROBE
from . import listening, ways

_PATIENCE = 5.0


def prove(activation, path, nonce):
    ''
    seen = []
    for way in listening.published(activation):
        port, place = way['port'], _place(way)
        leads_to = os.readlink(listening.link(activation.layout, port))
        if leads_to != ways.socket(activation.layout, activation.number, port):
            raise asking.NoAnswer(f'port {port} does not lead to activation {activation.number}')
        if way['protocol'] == 'http':
            status, body = asking.ask((place, port), path, f'{place}:{port}', _PATIENCE)
            if status != 200 or body != f'{activation.number} {nonce}':
                raise asking.NoAnswer(f'port {port} answered {status}, not activation {activation.number}')
            seen.append(f'port {port} is activation {activation.number}')
        else:
            _connects(place, port)
            seen.append(f'port {port} leads to activation {activation.number}')
    if not listening.published(activation) and not any(service['route'] for service in activation.services()):
        _ask_router(activation, nonce)
        seen.append(f'the router is activation {activation.number}')
    return seen


def via(activation):
    ports = [str(way['port']) for way in listening.published(activation)]
    return f'port {", ".join(ports)}' if ports else f'{activation.layout.current}'


def _ask_router(activation, nonce):
    ''
    if os.path.realpath(activation.layout.current) != os.path.realpath(activation.layout.socket(activation.number)):
        raise asking.NoAnswer(f'the link does not lead to activation {activation.number}')
    status, body = counting.ask(activation, f'?nonce={nonce}')
    if status != 200 or body != f'{activation.number} {nonce}':
        raise asking.NoAnswer(f'{PROBE} answered {status}, not activation {activation.number}')


def _place(way):
    return way['address'] if way['address'] and ':' not in way['address'] and way['address'] != '0.0.0.0' else '127.0.0.1'


def _connects(place, port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        try:
            connection.connect((place, port))
        except OSError as error:
            raise asking.NoAnswer(f'port {port}: {error}') from error
