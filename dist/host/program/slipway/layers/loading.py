''
import hashlib
import json
import tarfile

PLAIN_LAYER = 'application/vnd.oci.image.layer.v1.tar'
MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
CONFIG = 'application/vnd.oci.image.config.v1+json'


def for_classic(tag, config, count, brought):
    ''
    name = f'{hashlib.sha256(config).hexdigest()}.json'
    yield from _file(name, config)
    for place, size, pieces in brought:
        yield from _streamed(f'{place}.tar', size, pieces)
    yield from _file('manifest.json', json.dumps([
        {'Config': name, 'RepoTags': [tag], 'Layers': [f'{place}.tar' for place in range(count)]}]).encode())
    yield _end()


def for_containerd(tag, config, descriptors, brought):
    ''
    manifest = json.dumps({
        'schemaVersion': 2, 'mediaType': MANIFEST, 'config': {'mediaType': CONFIG, **_described(config)}, 'layers': descriptors}).encode()
    index = {'schemaVersion': 2, 'manifests': [{
        'mediaType': MANIFEST, **_described(manifest), 'annotations': {'io.containerd.image.name': f'docker.io/{tag}'}}]}
    yield from _file('oci-layout', b'{"imageLayoutVersion":"1.0.0"}')
    for blob in (config, manifest):
        yield from _file(_blob(_described(blob)['digest']), blob)
    seen = set()
    for place, size, pieces in brought:

        name = _blob(descriptors[place]['digest'])
        if name in seen:
            for _ in pieces:
                pass
        else:
            seen.add(name)
            yield from _streamed(name, size, pieces)
    yield from _file('index.json', json.dumps(index).encode())
    yield _end()


def plain_descriptor(key, size):
    return {'mediaType': PLAIN_LAYER, 'digest': key, 'size': size}


def _described(data):
    return {'digest': f'sha256:{hashlib.sha256(data).hexdigest()}', 'size': len(data)}


def _blob(digest):
    return f'blobs/sha256/{digest[7:]}'


def _streamed(name, size, pieces):
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    yield member.tobuf(tarfile.PAX_FORMAT)
    yield from pieces
    if size % tarfile.BLOCKSIZE:
        yield bytes(-size % tarfile.BLOCKSIZE)


def _file(name, data):
    return _streamed(name, len(data), [data])


def _end():
    return bytes(2 * tarfile.BLOCKSIZE)
