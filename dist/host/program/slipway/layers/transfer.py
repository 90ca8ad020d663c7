''





import base64
import json
import re
import sys
import time
import zlib
from datetime import datetime

from .. import capacity, fields
from ..content import Stream
from ..failures import Failure
from . import held, loading, pieces
from .engine import Engine, Refused

REFERENCE = re.compile(r'([A-Za-z0-9][A-Za-z0-9_.:/-]{0,180})@sha256:([0-9a-f]{64})\Z')
NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z')
DIFF_ID = held.DIGEST
OWN = 'slipway-transfer'

LAYERS = 500

LOOKS = 4
DESCRIPTION_LIMIT = 16 << 20
OUTLINE_LIMIT = 32 << 20
PARTS = 250_000

IMAGES = 100
ALL_DESCRIPTIONS = 64 << 20
ALL_PARTS = 1_000_000

UNUSED = 3600


def repository(reference, app=''):
    ''
    name = re.sub(r'[^a-z0-9/]+', '-', REFERENCE.match(reference)[1].lower())
    return '/'.join([OWN, *([app] if app else []), *(part.strip('-') or 'x' for part in name.split('/'))])


def tag(reference, app=''):
    ''
    match = REFERENCE.match(reference)
    return match and f'{repository(reference, app)}:{match[2][:12]}'


class _Wanted:
    ''

    def __init__(self, reference, name, app=''):
        self.reference = reference
        self.name = name
        self.tag = tag(reference, app)
        self.config = b''
        self.layers = ()

        self.kept = 0
        self.descriptors = []

    @property
    def lacking(self):
        return self.layers[self.kept:]


def images(conversation, given, engine=None, app=''):
    named = fields.mapping(given.get('images'), 'images')
    if len(named) > IMAGES:
        raise _too_much(f'{len(named)} images', IMAGES)
    references = {fields.text(name, 'images', NAME): _reference(item) for name, item in named.items()}
    engine = engine or Engine()
    try:
        wanted = []
        for name, reference in references.items():
            if engine.image(tag(reference, app)) is None and all(item.reference != reference for item in wanted):
                wanted.append(_Wanted(reference, name, app))
        if wanted:
            _Transfer(conversation, engine, wanted).bring()
        answer = {name: {'reference': reference, 'id': _id(engine, reference, app)} for name, reference in references.items()}
    except Refused as refused:
        raise _not_taken(refused.said, engine) from refused
    for reference in {item.reference for item in wanted}:
        _forget_unused(engine, reference, app)
    return {'images': answer}


def _id(engine, reference, app):
    found = engine.image(tag(reference, app))
    if found is None:
        raise Failure('image-gone', f'{reference} was brought to this host, and is not there any more.', 'Something removes images that no container has.',
                      'See what cleans up on the host (docker image prune, a timer, a CI agent), then deploy again.')
    return found['Id']


def _reference(item):
    return fields.text(fields.mapping(item, 'images').get('reference'), 'reference', REFERENCE, limit=300)


class _Transfer:
    def __init__(self, conversation, engine, wanted):
        self.conversation = conversation
        self.engine = engine
        self.wanted = wanted
        self.store = held.Store(engine)
        self.found = None

    def bring(self):
        platform = self.engine.platform()
        self._describe(platform)
        there = self.store.images()
        for index, item in enumerate(self.wanted):
            self._found_on(item, there, self.wanted[:index])
        outlines = self._outlines(there)
        try:
            self._load(outlines)
        finally:
            if self.found is not None:
                self.found.close()

    def _ask(self, keys, **more):
        self.conversation.send('need', keys=keys, **more)
        return Stream(self.conversation.content())



    def _describe(self, platform):
        stream = self._ask([item.name for item in self.wanted], platform=platform)
        left = ALL_DESCRIPTIONS
        for item in self.wanted:
            said = fields.mapping(_value(stream, item.name, DESCRIPTION_LIMIT), item.name)
            item.layers = tuple(fields.each(said.get('layers'), 'layers', lambda v: fields.text(v, 'layer', DIFF_ID), LAYERS))
            item.config = fields.text(said.get('config'), 'config', limit=DESCRIPTION_LIMIT, single_line=False).encode()
            left -= len(item.config)
            if left < 0:
                raise _too_much(f'more than {ALL_DESCRIPTIONS >> 20} MB of configuration', f'{ALL_DESCRIPTIONS >> 20} MB')
            config = _config(item)
            if (fields.mapping(config.get('rootfs') or {}, 'rootfs').get('diff_ids') or []) != list(item.layers):
                fields.refuse('layers', item.reference)
            held.check_platform(item.reference, config, platform)
        _finish(stream)

    def _found_on(self, item, there, before):
        ''
        for earlier in before:
            count = held.common(earlier.layers, item.layers)
            if count > item.kept:
                item.kept, item.descriptors = count, earlier.descriptors
        for count, image in held.by_foundation(there, item.layers)[:LOOKS]:
            if count <= item.kept:
                break
            descriptors = self.store.descriptors(image) if self.store.containerd else []
            if descriptors is not None:
                item.kept, item.descriptors = count, descriptors
                break
        if self.store.containerd:

            item.descriptors = [*item.descriptors[:item.kept], *(loading.plain_descriptor(key, 0) for key in item.lacking)]



    def _outlines(self, there):
        keys = list(dict.fromkeys(key for item in self.wanted for key in item.lacking))
        if not keys:
            return {}
        alike = [held.likest(there, item.layers, item.tag.rpartition(':')[0]) for item in self.wanted if item.lacking]
        alike = list(dict.fromkeys(image for image in alike if image is not None))
        stream = self._ask(keys, compare=bool(alike))
        outlines, count = {}, 0
        for key in keys:
            outlines[key] = _outline(key, _value(stream, key, OUTLINE_LIMIT))
            count += len(outlines[key].parts)
            if count > ALL_PARTS:
                raise _too_much(f'more than {ALL_PARTS} parts', ALL_PARTS)
        _finish(stream)

        need = 2 * sum(outlines[key].size for item in self.wanted for key in item.lacking)
        capacity.check_disk(self.store.path, need, 0)
        for item in self.wanted:
            for descriptor in item.descriptors[item.kept:]:
                descriptor['size'] = outlines[descriptor['digest']].size
        self._look_for(outlines, alike, need)
        return outlines

    def _look_for(self, outlines, alike, need):
        blocks = {key for outline in outlines.values() for _, _, key in outline.parts}
        self.found = pieces.Found(self.store.path)
        for image in alike:

            size = (self.engine.image(image.id) or {}).get('Size') or 0
            if blocks and capacity.has_room(self.store.path, need + 2 * size):
                pieces.find(self.engine, image, blocks, self.found)



    def _load(self, outlines):
        order = list(dict.fromkeys(key for outline in outlines.values() for _, _, key in outline.parts))
        bits = bytearray((len(order) + 7) // 8)
        for index, key in enumerate(order):
            if key in self.found:
                bits[index // 8] |= 1 << index % 8
        keys = [key for item in self.wanted for key in item.lacking]
        stream = self._ask(keys, have=base64.b64encode(bits).decode()) if keys else None
        for item in self.wanted:
            brought = [(item.kept + index, outlines[key].size, self._layer(stream, outlines[key]))
                       for index, key in enumerate(item.lacking)]
            if self.store.containerd:
                archive = loading.for_containerd(item.tag, item.config, item.descriptors, brought)
            else:
                archive = loading.for_classic(item.tag, item.config, len(item.layers), brought)
            self.engine.load(archive)
            self._check(item)
        if stream is not None:
            _finish(stream)

    def _layer(self, stream, outline):
        with _readable():
            _header(stream, outline.key, outline.travelling(self.found))
            yield from outline.bytes(stream.bytes, self.found)

    def _check(self, item):
        image = self.engine.image(item.tag)
        if tuple(((image or {}).get('RootFS') or {}).get('Layers') or ()) != item.layers:
            raise Refused('it has loaded something else than it was given')


def _too_much(what, limit):
    return Failure('transfer-too-big', f'The images that the runner has come to {what}, and one transfer takes {limit}.',
                   'All of that would be in the memory of the host while it serves. Nothing was touched.',
                   'Push them to a registry (build-image), and give `images` by digest; or deploy with fewer of them.')


class _readable:
    ''

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if isinstance(error, (ValueError, RecursionError, zlib.error)):
            raise Failure('content-corrupt', f'The content that came is not what it should be: {error}.',
                          'It was changed on the way, or the two sides differ in version.', 'Run the deployment again.') from error
        return False


def _header(stream, key, size):
    line = stream.line()
    said = fields.mapping(json.loads(line or b'null'), 'content')
    if said.get('key') != key or (size is not None and said.get('size') != size):
        fields.refuse('content', said)
    return fields.whole(said.get('size'), 'size', 0, 1 << 40)


def _value(stream, key, limit):
    with _readable():
        size = _header(stream, key, None)
        if size > limit:
            fields.refuse('size', size)
        return json.loads(b''.join(stream.bytes(size)))


def _finish(stream):
    with _readable():
        if stream.line() is not None:
            fields.refuse('content', 'more than was asked for')


def _config(item):
    with _readable():
        return fields.mapping(json.loads(item.config), 'config')


def _outline(key, said):
    ''
    size = fields.whole(fields.mapping(said, 'outline').get('size'), 'size', 0, 1 << 40)
    row = said.get('parts')
    if not isinstance(row, list) or len(row) % 3 or len(row) > 3 * PARTS:
        fields.refuse('parts', key)
    parts = [(fields.whole(row[at], 'parts', 0, size), fields.whole(row[at + 1], 'parts', 1, pieces.LONGEST),
              bytes.fromhex(fields.text(row[at + 2], 'parts', pieces.DIGEST))) for at in range(0, len(row), 3)]
    if sum(plain + length for plain, length, _ in parts) > size:
        fields.refuse('parts', key)
    return pieces.Outline(key, size, parts)


def _forget_unused(engine, reference, app):
    ''
    for item in engine.images():
        for name in item.get('RepoTags') or ():
            if name.rpartition(':')[0] == repository(reference, app) and name != tag(reference, app) and _tagged_before(engine, name, UNUSED):
                try:
                    engine.untag(name)
                except Refused as refused:
                    print(f'slipway: {name} stays: {refused.said}', file=sys.stderr)


def _tagged_before(engine, name, seconds):
    text = (((engine.image(name) or {}).get('Metadata') or {}).get('LastTagTime') or '')[:19]
    try:
        return time.time() - datetime.fromisoformat(f'{text}+00:00').timestamp() > seconds
    except ValueError:
        return False


def _not_taken(said, engine):
    if 'no space left on device' in said:
        return Failure('disk-full', f'The disk became full while the Engine took an image: {said}.', 'Nothing of the image was kept.',
                       f'Free space on the host (df -h {engine.info()["DockerRootDir"]}; docker system df), then deploy again.')
    return Failure('image-not-taken', f'The Engine of the host does not take an image: {said}.', 'Nothing of the image was kept.',
                   'Run the deployment again. If it stays: journalctl -u docker on the host tells more.')
