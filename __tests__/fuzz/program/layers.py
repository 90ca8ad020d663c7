"""Layers of images, as they come from a runner and as they lie in an Engine."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from unittest import mock

import ground
from image_transfer import FakeEngine, Image, sha
from judging import claim
from slipway import capacity
from slipway.layers import engine as engines
from slipway.layers import held, pieces, transfer

place = ground.host()
place.replace(held, 'CONTAINERD', '/nowhere')


class Spooled(io.BytesIO):
    """What a file without a name is in memory."""


place.replace(tempfile, 'TemporaryFile', lambda **_: Spooled())
place.replace(capacity, 'check_disk', lambda *_: None)
place.replace(capacity, 'has_room', lambda *_: True)


class Taking(FakeEngine):
    """An Engine that looks at each archive as one would, and takes only what is whole."""

    def load(self, chunks):
        data = b''.join(chunks)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            names = [member.name for member in archive]
        claim(all(not name.startswith('/') and '..' not in name.split('/') for name in names), 'an archive has another path:', names)
        try:
            super().load([data])
        except (KeyError, TypeError) as error:
            # The Engine of the tests reads what one would refuse.
            raise engines.Refused(str(error)) from error


class Runner:
    """Says what it was given to say, in these pieces."""

    def __init__(self, said, cut):
        self.said, self.cut, self.asked = list(said), cut, []

    def send(self, kind, **fields):
        json.dumps(fields)
        self.asked.append((kind, fields))

    def content(self):
        data = self.said.pop(0) if self.said else b''
        return iter([data[at : at + self.cut] for at in range(0, len(data), self.cut)])


def attempt(given):
    if given['kind'] == 'blocks':
        return blocks(base64.b64decode(given['bytes']), given['cut'])
    return brought(given)


def blocks(data, cut):
    """Parts of a tar that is none: the same however it comes."""
    whole = list(pieces.blocks([data]))
    claim(whole == list(pieces.blocks(data[at : at + cut] for at in range(0, len(data), cut))), 'what the blocks are depends on the pieces in which they come')
    claim(all(0 < len(block) <= pieces.LONGEST for block in whole), 'a block is none:', [len(block) for block in whole])
    claim(sum(map(len, whole)) <= len(data), 'blocks are made up')
    # As they lie in an image of the Engine's, which may be broken.
    with mock.patch.object(engines.Engine, 'saved', lambda *_: _whole(data)):
        found = pieces.Found(place.folder)
        pieces.find(engines.Engine(), held.Image('x', (), (), 0), {pieces.digest(block) for block in whole}, found)
        found.close()
        store = object.__new__(held.Store)
        store.engine = engines.Engine()
        store.descriptors(held.Image('x', (), (sha(data),), 0))


class _whole:
    def __init__(self, data):
        self.data = data

    def __enter__(self):
        return io.BytesIO(self.data)

    def __exit__(self, *_):
        pass


def brought(given):
    """A transfer: {name: value} of each answer, changed here and there."""
    engine = Taking(place.folder, given['containerd'])
    engine.has('slipway-transfer/shop/shop:1', Image(base64.b64decode(given['there'])))
    said = [base64.b64decode(one) for one in given['said']]
    runner = Runner([gzip.compress(one) if given['packed'] else one for one in said], given['cut'])
    answer = transfer.images(runner, {'images': given['images']}, engine, 'shop')
    for name, item in answer['images'].items():
        tag = transfer.tag(item['reference'], 'shop')
        claim(tag is not None and engine.image(tag) is not None and item['id'] == engine.image(tag)['Id'], 'an image was taken that is not there:', name, item)
    for files in engine.loaded:
        judge(files)


def judge(files):
    """Whoever looks finds the bytes under the digest that names them."""
    for name, data in files.items():
        if name.startswith('blobs/sha256/'):
            claim(hashlib.sha256(data).hexdigest() == name[len('blobs/sha256/') :], 'a blob is not what it is called:', name)
    if 'manifest.json' in files:
        [described] = json.loads(files['manifest.json'])
        ids = json.loads(files[described['Config']])['rootfs']['diff_ids']
        for layer, name in zip(ids, described['Layers']):
            claim(name not in files or sha(files[name]) == layer, 'a layer is not what it is called:', layer)
