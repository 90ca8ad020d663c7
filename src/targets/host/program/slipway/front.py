"""Where the front of this host listens, and for which names.

Where no site of others answers what no server is named for, the front takes every name, and nginx needs no word of a new one. Where
one does, it goes on doing so, by address too: there the front has a list of the names that apps have, and nginx is told when a name
comes or goes, which is in a cut-over. Which of the two it is setup-vm decides for each port (`front_setup.py`).

    /var/lib/slipway/front/80.conf, 443.conf    what the front includes: its `listen` and `server_name`
"""
import os
import re

from . import files, public, reloading
from . import layout as places
from .failures import Failure, evidence
from .telling import leave_word

# {port: what a name has beside it in the folder of domains, if it is reached there}
PORTS = {80: ('.json', '.heard'), 443: ('.https',)}
_OPTIONS = {80: '', 443: ' ssl http2'}
# Every name that looks like one. Those that are spelled out in other sites win over it.
_EVERY = r'"" "~^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"'
# Nobody can have it (RFC 6761), and without a name the front would be the one for requests that have none.
_NOBODY = 'slipway.invalid'
# What fits into nginx's table of names as it is by default: longer ones are told as patterns.
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
    """Under the lock of what nginx reads."""
    reloading.expect()
    files.write(place(port), content, durable=True)


def is_listed(port=80):
    """Does somebody else answer for names that no app has?"""
    return _NOBODY in text_of(port)


def whose():
    """The sites that answer then, as setup-vm found them."""
    return text_of(_lists()[0]).partition('\n')[0].rpartition(': ')[2].rstrip('.')


def check_names(config):
    """A Failure for an app without a domain where what names no app is not ours."""
    if public.names(config) or not public.is_reached(config) or not is_listed():
        return
    raise Failure(
        'domain-needed', f'An app without a domain gets what names nobody else, and on this host {whose()} answers that.',
        'Slipway did not make that site, so it stays as it is, and answers by the address and for every name that nobody has.',
        f'Write a domain in slipway.yml, e.g. `domain: {config["app"]}.example.com`; or, if nobody needs that site, remove it on the host '
        'and run setup-vm, which then gives all names to Slipway.')


def text(port, addresses, keepers):
    """What the front includes. `keepers`: files of sites that answer what names no app; none: the front does."""
    lines = ['# Made by Slipway. ' + (f'What names no app is answered by a site of others: {" and ".join(keepers)}.' if keepers else
                                      'No site of others answers what names no server.'),
             *(f'listen {"" if address == "*" else f"{address}:"}{port}{_OPTIONS[port]};' for address in addresses)]
    return '\n'.join(lines) + '\n' + (_listing(port) if keepers else f'server_name {_EVERY};\n')


def unlisted(names):
    """Those of the names, as their files are called, that a site of others answers for."""
    return [name for name in names if name not in _published(80)] if is_listed() else []


def plan(config):
    """What a cut-over will do of it, a line each."""
    new = unlisted(map(public.file_name, public.names(config)))
    return [f'list {", ".join(new)} in {place(80)}, reload nginx'] if new else []


def admit():
    """From here on the names that are published come to the front. Lines that say of which nginx was told."""
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
    """Lists the names that are published, of which nginx is told right after this: under the lock. Lines that say of which."""
    listed = _listed_names()
    write_names()
    begun = sorted(_listed_names() - listed)
    return [f'nginx was told of {", ".join(begun)}: {whose()} answers for names that no app has'] if begun else []


def follow(layout, without=()):
    """The lists are as the published names are: a name that goes has whoever had it before. That nginx cannot be told is told later."""
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
    """Writes the lists, under the lock; is nginx to be told?"""
    for port in _lists():
        before = text_of(port)
        after = before.partition('server_name ')[0] + _listing(port, without)
        if after != before:
            put(port, after)
    return bool(_lists()) and reloading.is_pending()


def _lists():
    return [port for port in PORTS if is_listed(port)]


def _published(port):
    """What the files of the names are called."""
    found = (os.path.splitext(entry) for entry in os.listdir(places.DOMAINS) if not entry.startswith('.'))
    return {name for name, ending in found if ending in PORTS[port] and name != 'default'}


def _listing(port, without=()):
    return 'server_name ' + '\n  '.join([_NOBODY, *map(_spelled, sorted(_published(port) - set(without)))]) + ';\n'


def _spelled(file_name):
    """For nginx: a wildcard is for one label, as nginx's own is not."""
    if file_name.startswith('_.'):
        return f'"~^[^.]+{re.escape(file_name[1:])}$"'
    return file_name if len(file_name) <= _LONGEST else f'"~^{re.escape(file_name)}$"'


def _listed_names():
    """As nginx is told of them."""
    return {name for port in _lists() for name in text_of(port).partition('server_name ')[2].rstrip(';\n').split()}


def _refused(said):
    return Failure('names-refused', 'nginx refuses its configuration with the names of this app.',
                   'A site that Slipway did not make answers on this host too, so the front lists the names of apps.',
                   'Read what nginx says below, correct the file that it names, then deploy again.', [evidence('nginx -t', said)])
