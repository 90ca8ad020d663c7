''
import fnmatch
import functools
import hashlib
import os
import re

from . import layout as places
from . import nginx_text
from .processes import run

_ADDRESSED = re.compile(r'(?:(?P<address>\[[^]]*\]|[^:\[\]]+):)?(?P<port>\d+)\Z')

_PAGES = '/var/www/html'
_PACKAGED_PAGE = 'index.nginx-debian.html'


class Listen:
    def __init__(self, words):
        found = _ADDRESSED.match(words[0])
        address = (found['address'] or '*') if found else words[0]
        self.address = '*' if address == '0.0.0.0' else address.lower()
        self.port = int(found['port']) if found else 80
        self.is_default = 'default_server' in words or 'default' in words
        self.is_dual = 'ipv6only=off' in words


class Server:
    def __init__(self, place, line, directives):
        self.place, self.line = place, line
        words = [item.words for item in directives if item.name == 'listen' and item.words]

        self.listens = [Listen(given) for given in words or [['80']] if not given[0].startswith('unix:') and 'quic' not in given]
        self.names = [name for item in directives if item.name == 'server_name' for name in item.words]

    def listens_on(self, port):
        return [listen for listen in self.listens if listen.port == port]

    def is_ours(self):
        return self.place in (*places.FRONT, *places.FRONT_TLS)

    def has_patterns(self):
        return any(name.startswith('~') for name in self.names)

    def __str__(self):
        return f'{self.place}:{self.line}'


def servers(configuration_dump):
    ''
    texts = dict(nginx_text.files_of(configuration_dump))
    if not texts:
        return []
    main = next(iter(texts))
    parsed = {path: nginx_text.parse(text) or [] for path, text in texts.items()}
    found = []
    for item, _ in _expanded(parsed[main], main, parsed, main):
        for inner, place in _expanded(item.block, main, parsed, main) if item.name == 'http' and item.block else ():
            if inner.name == 'server' and inner.block is not None:
                found.append(Server(place, inner.line, [one for one, _ in _expanded(inner.block, place, parsed, main)]))
    return found


def _expanded(directives, place, parsed, main, depth=0):
    ''
    for item in directives:
        if item.name != 'include' or not item.words or depth > 20:
            yield item, place
            continue
        pattern = os.path.normpath(os.path.join(os.path.dirname(main), item.words[0]))
        for path in sorted(path for path in parsed if _matches(path, pattern)):
            yield from _expanded(parsed[path], path, parsed, main, depth + 1)


def _matches(path, pattern):
    ''
    names, patterns = path.split('/'), pattern.split('/')
    return len(names) == len(patterns) and all(
        fnmatch.fnmatchcase(name, given) and not (name.startswith('.') and not given.startswith('.'))
        for name, given in zip(names, patterns))


def defaults(among, port):
    ''
    found = {}
    for server in among:
        for listen in server.listens_on(port):
            if listen.address not in found or listen.is_default:
                found[listen.address] = server
    return found


def is_as_packaged(server):
    ''
    path = os.path.realpath(server.place)
    try:
        with open(path, 'rb') as file:
            digest = hashlib.md5(file.read(), usedforsecurity=False).hexdigest()
        pages = os.listdir(_PAGES) if os.path.isdir(_PAGES) else []
    except OSError:
        return False
    return f'{path} {digest}' in _packaged_files() and not set(pages) - {_PACKAGED_PAGE}


@functools.lru_cache(maxsize=1)
def _packaged_files():
    ''
    told = run(['/usr/bin/dpkg-query', '-W', '-f=${Conffiles}\\n', 'nginx-common', 'nginx']).output
    return {line.strip() for line in told.splitlines()}
