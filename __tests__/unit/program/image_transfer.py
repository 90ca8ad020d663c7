"""Both ends of a transfer of images: a runner that has some, and an Engine that takes them."""

import base64
import gzip
import hashlib
import io
import json
import random
import tarfile
from contextlib import contextmanager

import place  # noqa: F401 (the way to the program)
from slipway.layers import engine as engines
from slipway.layers import pieces

PLATFORM = {'os': 'linux', 'architecture': 'amd64'}


def sha(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def tar(**contents):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def noise(seed, size):
    return random.Random(seed).randbytes(size)


def cut(data, size=1000):
    return [data[at : at + size] for at in range(0, len(data), size)]


class Image:
    """One as the runner has it."""

    def __init__(self, *layers, **config):
        self.layers = layers
        self.ids = [sha(layer) for layer in layers]
        self.config = json.dumps({**PLATFORM, 'rootfs': {'diff_ids': self.ids}, **config})

    def reference(self, name='shop'):
        return f'{name}@{sha(self.config.encode())}'


class FakeEngine:
    """Takes what a real one does: of an archive with holes it knows the layers by their chain, or the blobs by their digest."""

    def __init__(self, root, containerd=False):
        self.containerd = containerd
        self.root = root
        self.store = {}
        self.blobs = {}
        self.loaded = []
        self.untagged = []
        self.tagged = '2020-01-01T00:00:00.000000000Z'

    def has(self, tag, image):
        """As pulled from a registry: compressed."""
        self.store[tag] = image.ids
        layers = [gzip.compress(layer) for layer in image.layers]
        config = image.config.encode()
        described = [{'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip', 'digest': sha(layer), 'size': len(layer)} for layer in layers]
        manifest = json.dumps({'config': {'digest': sha(config)}, 'layers': described}).encode()
        index = json.dumps({'manifests': [{'digest': sha(manifest)}]}).encode()
        self.blobs[tag] = {f'blobs/sha256/{sha(blob)[7:]}': blob for blob in (*layers, config, manifest)} | {'index.json': index}
        if not self.containerd:
            self.blobs[tag] = {f'{place}/layer.tar': layer for place, layer in enumerate(image.layers)}

    def info(self):
        return {'DriverStatus': [['driver-type', 'io.containerd.snapshotter.v1']] if self.containerd else [], 'DockerRootDir': self.root}

    def platform(self):
        return PLATFORM

    def images(self):
        return [{'Id': tag, 'RepoTags': [tag], 'Created': index} for index, tag in enumerate(self.store)]

    def image(self, name):
        if name not in self.store:
            return None
        return {'Id': f'id of {name}', 'RootFS': {'Layers': self.store[name]}, 'Size': 1, 'Metadata': {'LastTagTime': self.tagged}}

    @contextmanager
    def saved(self, name):
        yield io.BytesIO(tar(**self.blobs[name]))

    def untag(self, name):
        self.untagged.append(name)

    def load(self, chunks):
        with tarfile.open(fileobj=io.BytesIO(b''.join(chunks))) as archive:
            files = {member.name: archive.extractfile(member).read() for member in archive}
        self.loaded.append(files)
        if self.containerd:
            [top] = json.loads(files['index.json'])['manifests']
            held_blobs = {name: blob for blobs in self.blobs.values() for name, blob in blobs.items()} | files
            manifest = json.loads(held_blobs[f'blobs/sha256/{top["digest"][7:]}'])
            for layer in manifest['layers']:
                if len(held_blobs[f'blobs/sha256/{layer["digest"][7:]}']) != layer['size']:
                    raise engines.Refused('size')
            config = json.loads(files[f'blobs/sha256/{manifest["config"]["digest"][7:]}'])
            tag = top['annotations']['io.containerd.image.name'].removeprefix('docker.io/')
            self.blobs[tag] = held_blobs
        else:
            [said] = json.loads(files['manifest.json'])
            config, tag = json.loads(files[said['Config']]), said['RepoTags'][0]
            ids = config['rootfs']['diff_ids']
            for count, (layer, name) in enumerate(zip(ids, said['Layers']), 1):
                there = any(tuple(ids[:count]) == tuple(other[:count]) for other in self.store.values())
                if not there and sha(files[name]) != layer:
                    raise engines.Refused('layer')
        self.store[tag] = config['rootfs']['diff_ids']


class Runner:
    """Answers as the runner does, and counts."""

    def __init__(self, images, outlined=True, spoil=lambda data: data):
        self.images = images
        self.outlined = outlined
        self.spoil = spoil
        self.asked = []
        self.sent = 0
        self._layers = {key: layer for image in images.values() for key, layer in zip(image.ids, image.layers)}
        self._outlines = {}

    def send(self, kind, **fields):
        self.asked.append(fields)
        if 'platform' in fields:
            said = {name: {'config': self.images[name].config, 'layers': self.images[name].ids} for name in fields['keys']}
        elif 'compare' in fields:
            said = {key: self._outline(key, fields['compare']) for key in fields['keys']}
        else:
            self._next = b''.join(self._bytes(fields['keys'], fields['have']))
            return
        values = [(key, json.dumps(value).encode()) for key, value in said.items()]
        self._next = b''.join(json.dumps({'key': key, 'size': len(value)}).encode() + b'\n' + value for key, value in values)

    def content(self):
        return iter(cut(gzip.compress(self.spoil(self._next))))

    def _outline(self, key, compare):
        layer, at, parts = self._layers[key], 0, []
        for block in pieces.blocks([layer]) if compare and self.outlined else ():
            start = layer.index(block, at)
            parts += [start - at, len(block), pieces.digest(block).hex()]
            at = start + len(block)
        self._outlines[key] = parts
        return {'size': len(layer), 'parts': parts}

    def _bytes(self, keys, have):
        bits = base64.b64decode(have)
        order = list(dict.fromkeys(digest for parts in self._outlines.values() for digest in parts[2::3]))
        had = {digest for index, digest in enumerate(order) if bits[index // 8] >> index % 8 & 1}
        for key in keys:
            layer, parts, at, out = self._layers[key], self._outlines[key], 0, []
            for plain, length, digest in zip(parts[::3], parts[1::3], parts[2::3]):
                out.append(layer[at : at + plain])
                out.append(b'' if digest in had else layer[at + plain : at + plain + length])
                at += plain + length
            data = b''.join([*out, layer[at:]])
            self.sent += len(data)
            yield json.dumps({'key': key, 'size': len(data)}).encode() + b'\n' + data
