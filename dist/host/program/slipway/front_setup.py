"""What setup-vm decides of the front: where it listens, and whether a site of others answers what names no app.

`main.py front check PORT` says what is to be said of it, and ends with 0 if all is as it should be, with 2 if it cannot be so, else
with 1. `main.py front write PORT` makes it so, under the lock of what nginx reads (`reloading.py`), which setup-vm holds: nginx is
then for setup-vm to tell, and a mark says that it has to.
"""
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
        # Should it have been removed by hand, nginx could not even say which sites there are.
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
        # A deployment says so, and setup-vm before it changes a file; it is no reason to change one.
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
    """None when nginx refuses its files."""
    dumped = subprocess.run([places.NGINX, '-T'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                            timeout=30, cwd='/', env=ENVIRONMENT, encoding='utf-8', errors='replace')
    return sites.servers(dumped.stdout) if dumped.returncode == 0 else None


def _keepers(servers, port):
    """{address: who answers there what no server is named for}, of those that Slipway did not make."""
    found = sites.defaults([server for server in servers if not server.is_ours()], port)
    return {address: server for address, server in found.items() if not sites.is_as_packaged(server)}


def _files(servers):
    return list(dict.fromkeys(server.place for server in servers))


def _wanted(port, servers):
    others = [server for server in servers if not server.is_ours() and server.listens_on(port)]
    # What their patterns are for is not for us either, and ours would be one of them.
    keepers = [*_keepers(servers, port).values(), *(server for server in others if server.has_patterns())]
    if port == 80 and os.path.exists(f'{places.DOMAINS}/default.claim'):
        # An app without a domain, which was there before those sites, or before Slipway left anything to them.
        keepers = []
    return front.text(port, _addresses([listen for server in others for listen in server.listens_on(port)]), _files(keepers))


def _addresses(listens):
    """nginx looks first at the address that a request came to: where a site has one of its own, the front has to be there too."""
    dual = any(listen.is_dual and listen.address == '[::]' for listen in listens)
    return [*([] if dual else ['*']), '[::]', *sorted({listen.address for listen in listens} - {'*', '[::]'})]
