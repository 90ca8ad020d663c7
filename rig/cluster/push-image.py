"""Makes an image of a few files, and pushes it to a plain registry; what that has already is not sent again.
Usage: push-image.py HOST:PORT/REPOSITORY:TAG CONFIG [LAYER]…. CONFIG is the JSON of the image's `config`. A layer is PATH=FILE,… : where
each file goes, and where it is; all of it is root's and may be run. PATH=>TARGET is a symbolic link. Prints the digest of the manifest."""
import gzip
import hashlib
import io
import json
import platform
import sys
import tarfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
CONFIG = 'application/vnd.docker.container.image.v1+json'
LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

place, config, *layers = sys.argv[1:]
repository, _, tag = place.rpartition(':')
host, _, path = repository.partition('/')
base = f'http://{host}/v2/{path}'
# It is on loopback: no proxy leads there.
opener = build_opener(ProxyHandler({}))


def ask(method, url, body=None, **headers):
    named = {name.replace('_', '-'): value for name, value in headers.items()}
    return opener.open(Request(url, data=body, method=method, headers=named), timeout=30)


def digest_of(data):
    return f'sha256:{hashlib.sha256(data).hexdigest()}'


def has(digest):
    try:
        ask('HEAD', f'{base}/blobs/{digest}')
    except HTTPError as error:
        if error.code != 404:
            raise
        return False
    return True


def push(data, kind):
    """The blob's descriptor, once the registry has it."""
    digest = digest_of(data)
    if not has(digest):
        upload = ask('POST', f'{base}/blobs/uploads/', b'').headers['Location']
        separator = '&' if '?' in upload else '?'
        ask('PUT', f'{upload}{separator}digest={digest}', data, Content_Type='application/octet-stream')
    return {'mediaType': kind, 'size': len(data), 'digest': digest}


def archive(files):
    """The same files make the same bytes."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode='w', format=tarfile.GNU_FORMAT) as tar:
        for entry in files.split(','):
            name, _, source = entry.partition('=')
            member = tarfile.TarInfo(name.lstrip('/'))
            member.mode = 0o755
            if source.startswith('>'):
                member.type = tarfile.SYMTYPE
                member.linkname = source[1:]
                tar.addfile(member)
                continue
            content = Path(source).read_bytes()
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


archives = [archive(layer) for layer in layers]
image = {
    'architecture': 'arm64' if platform.machine() in ('aarch64', 'arm64') else 'amd64',
    'os': 'linux',
    'config': json.loads(config),
    'rootfs': {'type': 'layers', 'diff_ids': [digest_of(tar) for tar in archives]},
}
manifest = json.dumps({
    'schemaVersion': 2,
    'mediaType': MANIFEST,
    'config': push(json.dumps(image).encode(), CONFIG),
    'layers': [push(gzip.compress(tar, compresslevel=1, mtime=0), LAYER) for tar in archives],
}).encode()
ask('PUT', f'{base}/manifests/{tag}', manifest, Content_Type=MANIFEST)
print(digest_of(manifest))
