''
import json
import os
import re
import tarfile
from typing import NamedTuple

from ..failures import Failure
from .engine import Refused

DIGEST = re.compile(r'sha256:[0-9a-f]{64}\Z')

SMALL = 4 << 20
CONTAINERD = '/var/lib/containerd'


class Image(NamedTuple):
    id: str
    tags: tuple
    layers: tuple
    created: int


class Store:
    ''

    def __init__(self, engine):
        self.engine = engine
        info = engine.info()
        self.containerd = ['driver-type', 'io.containerd.snapshotter.v1'] in (info.get('DriverStatus') or [])
        apart = self.containerd and os.path.isdir(f'{CONTAINERD}/io.containerd.content.v1.content')
        self.path = CONTAINERD if apart else info['DockerRootDir']

    def images(self):
        found = []
        for item in self.engine.images():
            detail = self.engine.image(item['Id'])

            layers = tuple(((detail or {}).get('RootFS') or {}).get('Layers') or ())
            if layers:
                found.append(Image(item['Id'], tuple(item.get('RepoTags') or ()), layers, item.get('Created') or 0))
        return found

    def descriptors(self, image):
        ''
        small, present = {}, set()
        try:
            with self.engine.saved(image.id) as answer, tarfile.open(fileobj=answer, mode='r|') as archive:
                for member in archive:
                    present.add(member.name)
                    if member.isfile() and member.size <= SMALL:
                        small[member.name] = archive.extractfile(member).read()
            return _layers(small, present, image)
        except (Refused, tarfile.TarError, ValueError, KeyError, TypeError, AttributeError):
            return None


def _layers(small, present, image):
    def parsed(descriptor):
        return json.loads(small[_path(descriptor['digest'])])

    for manifest in _manifests(json.loads(small['index.json']), parsed, present):
        if tuple(parsed(manifest['config'])['rootfs']['diff_ids']) != image.layers:
            continue
        named = [{key: layer[key] for key in ('mediaType', 'digest', 'size')} for layer in manifest['layers']]
        if len(named) == len(image.layers) and all(_path(layer['digest']) in present for layer in named):
            return named
    return None


def _manifests(index, parsed, present):
    for descriptor in index['manifests']:
        if _path(descriptor['digest']) not in present:
            continue
        inner = parsed(descriptor)
        if 'manifests' in inner:
            yield from _manifests(inner, parsed, present)
        elif _path(inner['config']['digest']) in present:
            yield inner


def _path(digest):
    if not DIGEST.match(digest):
        raise ValueError(digest)
    return f'blobs/sha256/{digest[7:]}'


def common(one, other):
    ''
    count = 0
    for mine, yours in zip(one, other):
        if mine != yours:
            break
        count += 1
    return count


def by_foundation(images, layers):
    ''
    standing = [(common(image.layers, layers), image) for image in images]
    return [(count, image) for count, image in sorted(standing, key=lambda pair: -pair[0]) if count]


def likest(images, layers, repository):
    ''
    def rank(image):
        same = any(tag.rpartition(':')[0] == repository for tag in image.tags)
        return same, len(set(image.layers) & set(layers)), image.created

    alike = [image for image in images if rank(image)[:2] != (False, 0)]
    return max(alike, key=rank, default=None)


def check_platform(reference, config, platform):
    said = {key: str(config.get(key) or platform[key])[:60] for key in ('os', 'architecture')}
    if said != platform:
        raise Failure(
            'wrong-architecture', f'The image {reference} is for {said["os"]}/{said["architecture"]}, and the host is '
            f'{platform["os"]}/{platform["architecture"]}.', 'Its programs would not start there. Nothing was touched.',
            f'Build it for the host (`platforms: {platform["os"]}/{platform["architecture"]}` of build-image), then deploy again.')

