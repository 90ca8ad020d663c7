''





import os
import subprocess

from . import files, front, sites
from . import layout as places
from .processes import ENVIRONMENT


def main(verb, port):
    if verb not in ('check', 'write') or port not in map(str, front.PORTS):
        return 64
    return (_write if verb == 'write' else _check)(int(port))


def _write(port):
    os.makedirs(os.path.dirname(front.place(port)), exist_ok=True)
    before = front.text_of(port)
    for missing in front.PORTS:

        if not front.text_of(missing):
            files.write(front.place(missing), front.text(missing, _addresses([]), []))
    servers = _servers()
    if servers is None:
        return 1
    wanted = _wanted(port, servers)
    if wanted != before:
        front.put(port, wanted)
    return 0


def _check(port):
    if not front.text_of(port):
        return 1
    servers = _servers()
    if servers is None:

        return 0
    keepers = _keepers(servers, port)
    actual = sites.defaults(servers, port)
    for address, keeper in keepers.items() if front.is_listed(port) else ():
        if actual[address].is_ours():
            print(f'{keeper.place}:{keeper.line} answers on port {port} what names nobody, for it is the first one there, '
                  f'and {actual[address].place} comes before it')
            return 2
    if front.text_of(port) != _wanted(port, servers):
        return 1
    if front.is_listed(port):
        print(f'what names no app is answered by {" and ".join(_files(keepers.values()))}')
    return 0


def _servers():
    ''
    dumped = subprocess.run([places.NGINX, '-T'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                            timeout=30, cwd='/', env=ENVIRONMENT, encoding='utf-8', errors='replace')
    return sites.servers(dumped.stdout) if dumped.returncode == 0 else None


def _keepers(servers, port):
    ''
    found = sites.defaults([server for server in servers if not server.is_ours()], port)
    return {address: server for address, server in found.items() if not sites.is_as_packaged(server)}


def _files(servers):
    return list(dict.fromkeys(server.place for server in servers))


def _wanted(port, servers):
    others = [server for server in servers if not server.is_ours() and server.listens_on(port)]

    keepers = [*_keepers(servers, port).values(), *(server for server in others if server.has_patterns())]
    if port == 80 and os.path.exists(f'{places.DOMAINS}/default.claim'):

        keepers = []
    return front.text(port, _addresses([listen for server in others for listen in server.listens_on(port)]), _files(keepers))


def _addresses(listens):
    ''
    dual = any(listen.is_dual and listen.address == '[::]' for listen in listens)
    return [*([] if dual else ['*']), '[::]', *sorted({listen.address for listen in listens} - {'*', '[::]'})]
