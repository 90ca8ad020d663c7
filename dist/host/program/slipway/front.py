''







import os
import re

from . import files, public, reloading
from . import layout as places
from .failures import Failure, evidence
from .telling import leave_word


PORTS = {80: ('.json', '.heard'), 443: ('.https',)}
_OPTIONS = {80: '', 443: ' ssl http2'}

_EVERY = r'"" "~^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"'

_NOBODY = 'slipway.invalid'

_LONGEST = 46


def place(port):
    return f'{places.STATE}/front/{port}.conf'


def text_of(port):
    try:
        with open(place(port), encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def put(port, content):
    ''
    reloading.expect()
    files.write(place(port), content, durable=True)


def is_listed(port=80):
    ''
    return _NOBODY in text_of(port)


def whose():
    ''
    return text_of(_lists()[0]).partition('\n')[0].rpartition(': ')[2].rstrip('.')


def check_names(config):
    ''
    if public.names(config) or not public.is_reached(config) or not is_listed():
        return
    raise Failure(
        'domain-needed', f'An app without a domain gets what names nobody else, and on this host {whose()} answers that.',
        'Slipway did not make that site, so it stays as it is, and answers by the address and for every name that nobody has.',
        f'Write a domain in slipway.yml, e.g. `domain: {config["app"]}.example.com`; or, if nobody needs that site, remove it on the host '
        'and run setup-vm, which then gives all names to Slipway.')


def text(port, addresses, keepers):
    ''
    lines = ['# Made by Slipway. ' + (f'What names no app is answered by a site of others: {" and ".join(keepers)}.' if keepers else
                                      'No site of others answers what names no server.'),
             *(f'listen {"" if address == "*" else f"{address}:"}{port}{_OPTIONS[port]};' for address in addresses)]
    return '\n'.join(lines) + '\n' + (_listing(port) if keepers else f'server_name {_EVERY};\n')


def unlisted(names):
    ''
    return [name for name in names if name not in _published(80)] if is_listed() else []


def plan(config):
    ''
    new = unlisted(map(public.file_name, public.names(config)))
    return [f'list {", ".join(new)} in {place(80)}, reload nginx'] if new else []


def admit():
    ''
    if not _lists():
        return []
    with reloading.lock():
        before = {port: text_of(port) for port in _lists()}
        told = begin()
        if reloading.is_pending():
            try:
                reloading.reload(_refused)
            except Failure:
                for port, content in before.items():
                    put(port, content)
                raise
        return told


def begin():
    ''
    listed = _listed_names()
    write_names()
    begun = sorted(_listed_names() - listed)
    return [f'nginx was told of {", ".join(begun)}: {whose()} answers for names that no app has'] if begun else []


def follow(layout, without=()):
    ''
    if not _lists():
        return
    with reloading.lock():
        if not write_names(without=without):
            return
        try:
            reloading.reload(_refused, to_the_end=True)
        except Failure as failure:
            leave_word(layout, f'nginx could not be told of the names that apps have now: {failure.what} Correct that, then run setup-vm.')


def write_names(without=()):
    ''
    for port in _lists():
        before = text_of(port)
        after = before.partition('server_name ')[0] + _listing(port, without)
        if after != before:
            put(port, after)
    return bool(_lists()) and reloading.is_pending()


def _lists():
    return [port for port in PORTS if is_listed(port)]


def _published(port):
    ''
    found = (os.path.splitext(entry) for entry in os.listdir(places.DOMAINS) if not entry.startswith('.'))
    return {name for name, ending in found if ending in PORTS[port] and name != 'default'}


def _listing(port, without=()):
    return 'server_name ' + '\n  '.join([_NOBODY, *map(_spelled, sorted(_published(port) - set(without)))]) + ';\n'


def _spelled(file_name):
    ''
    if file_name.startswith('_.'):
        return f'"~^[^.]+{re.escape(file_name[1:])}$"'
    return file_name if len(file_name) <= _LONGEST else f'"~^{re.escape(file_name)}$"'


def _listed_names():
    ''
    return {name for port in _lists() for name in text_of(port).partition('server_name ')[2].rstrip(';\n').split()}


def _refused(said):
    return Failure('names-refused', 'nginx refuses its configuration with the names of this app.',
                   'A site that Slipway did not make answers on this host too, so the front lists the names of apps.',
                   'Read what nginx says below, correct the file that it names, then deploy again.', [evidence('nginx -t', said)])
