"""Makes an image in a plain registry one for another processor: what it says of itself, not what is in it. The Engine that
builds here makes images for its own alone. Usage: foreign-image.py HOST:PORT/REPOSITORY:TAG"""
import hashlib
import json
import platform
import sys
from urllib.request import Request, urlopen

MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
OTHER = 'amd64' if platform.machine() in ('aarch64', 'arm64') else 'arm64'

place, _, tag = sys.argv[1].rpartition(':')
host, _, repository = place.partition('/')
base = f'http://{host}/v2/{repository}'


def ask(method, url, body=None, **headers):
    named = {name.replace('_', '-'): value for name, value in headers.items()}
    return urlopen(Request(url, data=body, method=method, headers=named), timeout=30)


manifest = json.load(ask('GET', f'{base}/manifests/{tag}', Accept=MANIFEST))
described = json.load(ask('GET', f'{base}/blobs/{manifest["config"]["digest"]}'))
body = json.dumps({**described, 'architecture': OTHER}).encode()
digest = f'sha256:{hashlib.sha256(body).hexdigest()}'
upload = ask('POST', f'{base}/blobs/uploads/', b'').headers['Location']
ask('PUT', f'{upload}{"&" if "?" in upload else "?"}digest={digest}', body, Content_Type='application/octet-stream')
manifest['config'] |= {'digest': digest, 'size': len(body)}
ask('PUT', f'{base}/manifests/{tag}', json.dumps(manifest).encode(), Content_Type=MANIFEST)
