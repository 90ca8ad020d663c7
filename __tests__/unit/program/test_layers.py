"""Images that come over the conversation: what is asked, what is loaded, and what never gets to the Engine."""

import gzip
import hashlib
import io
import json
import os
import random
import socketserver
import tarfile
import tempfile
import threading
import unittest
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

import place  # noqa: F401 (the way to the program)
from slipway.failures import Failure
from slipway.layers import engine as engines
from slipway.layers import held, loading, pieces, transfer

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
        self.config = json.dumps({**PLATFORM, **config, 'rootfs': {'diff_ids': self.ids}})

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
            for count, (layer, name) in enumerate(zip(ids, said['Layers'], strict=True), 1):
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
        self._layers = {key: layer for image in images.values() for key, layer in zip(image.ids, image.layers, strict=True)}
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
        import base64
        bits = base64.b64decode(have)
        order = list(dict.fromkeys(digest for parts in self._outlines.values() for digest in parts[2::3]))
        had = {digest for index, digest in enumerate(order) if bits[index // 8] >> index % 8 & 1}
        for key in keys:
            layer, parts, at, out = self._layers[key], self._outlines[key], 0, []
            for plain, length, digest in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
                out.append(layer[at : at + plain])
                out.append(b'' if digest in had else layer[at + plain : at + plain + length])
                at += plain + length
            data = b''.join([*out, layer[at:]])
            self.sent += len(data)
            yield json.dumps({'key': key, 'size': len(data)}).encode() + b'\n' + data


class Transfer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.base, self.data, self.top = tar(base=noise(1, 3000)), tar(**{f'f{n}': noise(n, 20000) for n in range(40)}), tar(top=noise(3, 3000))

    def engine(self, containerd=False):
        return FakeEngine(self.folder.name, containerd)

    def bring(self, engine, images, **more):
        runner = Runner(images, **more)
        given = {'images': {name: {'reference': image.reference()} for name, image in images.items()}}
        with mock.patch.object(held, 'CONTAINERD', '/nowhere'):
            return runner, transfer.images(runner, given, engine)

    def failing(self, code, engine, images, **more):
        with self.assertRaises(Failure) as caught:
            self.bring(engine, images, **more)
        self.assertEqual(caught.exception.code, code)
        self.assertEqual(os.listdir(self.folder.name), [])
        return caught.exception

    def test_what_stands_on_an_image_of_the_host_comes_without_it(self):
        for containerd in (False, True):
            with self.subTest(containerd=containerd):
                engine = self.engine(containerd)
                engine.has('debian:12', Image(self.base))
                image = Image(self.base, self.data, self.top)
                runner, answer = self.bring(engine, {'web': image})
                tag = transfer.tag(image.reference())
                self.assertEqual(answer, {'images': {'web': {'reference': image.reference(), 'id': f'id of {tag}'}}})
                self.assertEqual([sorted(asked) for asked in runner.asked], [['keys', 'platform'], ['compare', 'keys'], ['have', 'keys']])
                self.assertEqual(runner.sent, len(self.data) + len(self.top))
                again, _ = self.bring(engine, {'web': image})
                self.assertEqual(again.asked, [])

    def test_a_layer_that_two_images_share_comes_once(self):
        for containerd in (False, True):
            with self.subTest(containerd=containerd):
                engine = self.engine(containerd)
                runner, _ = self.bring(engine, {'web': Image(self.base, self.top), 'worker': Image(self.base, self.data), 'again': Image(self.base, self.top)})
                self.assertEqual(runner.sent, len(self.base) + len(self.top) + len(self.data))
                self.assertEqual(len(engine.loaded), 2)

    def test_another_configuration_of_the_same_layers_moves_no_layer(self):
        for containerd in (False, True):
            with self.subTest(containerd=containerd):
                engine = self.engine(containerd)
                engine.has('debian:12', Image(self.base))
                runner, _ = self.bring(engine, {'web': Image(self.base, config={'Cmd': ['x']})})
                self.assertEqual([sorted(asked) for asked in runner.asked], [['keys', 'platform']])

    def test_of_a_layer_only_what_no_earlier_one_has(self):
        for containerd in (False, True):
            with self.subTest(containerd=containerd):
                engine = self.engine(containerd)
                engine.has('slipway-transfer/shop:1', Image(self.base, self.data))
                changed = tar(**{f'f{n}': noise(n if n != 7 else 700, 20000) for n in range(40)})
                runner, _ = self.bring(engine, {'web': Image(self.top, changed)})
                self.assertLess(runner.sent, 20000 + 41 * 1024 + 10240 + len(self.top))

    def test_without_outlines_all_of_it_comes(self):
        engine = self.engine()
        engine.has('slipway-transfer/shop:1', Image(self.base, self.data))
        runner, _ = self.bring(engine, {'web': Image(self.top, self.data)}, outlined=False)
        self.assertEqual(runner.sent, len(self.top) + len(self.data))

    def test_an_incomplete_image_of_containerd_s_is_nothing_to_stand_on(self):
        engine = self.engine(True)
        base = Image(self.base)
        engine.has('debian:12', base)
        engine.blobs['debian:12'] = {name: blob for name, blob in engine.blobs['debian:12'].items() if blob[:2] != b'\x1f\x8b'}
        runner, _ = self.bring(engine, {'web': Image(self.base, self.top)})
        self.assertEqual(runner.asked[1]['keys'], [sha(self.base), sha(self.top)])

    def test_a_layer_with_other_bytes_is_not_loaded(self):
        def flip(data):
            at = data.find(self.top)
            return data if at < 0 else data[: at + 600] + bytes([data[at + 600] ^ 1]) + data[at + 601 :]
        engine = self.engine()
        self.failing('layer-corrupt', engine, {'web': Image(self.base, self.top)}, spoil=flip)
        self.assertEqual(engine.store, {})

    def test_content_that_is_cut_short_or_goes_on(self):
        for spoil in (lambda data: data[:-1], lambda data: data[:-5000] if self.top in data else data):
            self.failing('content-corrupt', self.engine(), {'web': Image(self.base, self.top)}, spoil=spoil)
        self.failing('bad-field', self.engine(), {'web': Image(self.base)}, spoil=lambda data: data + b'{}\n')

    def test_another_platform(self):
        engine = self.engine()
        failure = self.failing('wrong-platform', engine, {'web': Image(self.base, architecture='arm64')})
        self.assertIn('linux/arm64', failure.what)

    def test_too_little_room(self):
        with mock.patch.object(os, 'statvfs', lambda _: SimpleNamespace(f_bavail=33, f_frsize=1 << 20, f_files=0)):
            engine = self.engine()
            big = Image(tar(big=bytes(2 << 20)))
            self.failing('disk-too-small', engine, {'web': big})
            self.assertEqual(engine.loaded, [])

    def test_what_the_engine_says(self):
        for said, code in (('write /x: no space left on device', 'disk-full'), ('unknown', 'image-not-taken')):
            engine = self.engine()
            with mock.patch.object(engine, 'load', side_effect=engines.Refused(said)):
                self.failing(code, engine, {'web': Image(self.base)})

    def test_fields(self):
        good = 'shop@sha256:' + '0' * 64
        for images in (None, [], {'web': None}, {'web': {}}, {'web': {'reference': 'shop:1'}}, {'-': {'reference': good}},
                       {'web': {'reference': f'../{good}'}}, {'web': {'reference': f'{good}0'}}, {'web': {'reference': good + '\n'}}):
            with self.subTest(images=images), self.assertRaises(Failure) as caught:
                transfer.images(None, {'images': images}, self.engine())
            self.assertEqual(caught.exception.code, 'bad-field')

    def test_outlines(self):
        key = sha(b'')
        for said in (None, {'size': -1, 'parts': []}, {'size': 9, 'parts': [0, 9]}, {'size': 9, 'parts': [0, 0, '0' * 32]},
                     {'size': 9, 'parts': [1, 9, '0' * 32]}, {'size': 9, 'parts': [0, 9, '0' * 31]}, {'size': 9, 'parts': 'abc'}):
            with self.subTest(said=said), self.assertRaises(Failure):
                transfer._outline(key, said)

    def test_names(self):
        digest = '@sha256:' + '0123456789abcdef' * 4
        self.assertEqual(transfer.tag('shop' + digest), 'slipway-transfer/shop:0123456789ab')
        self.assertEqual(transfer.tag('Registry.example.com:5000/Ada/my_shop.web' + digest), 'slipway-transfer/registry-example-com-5000/ada/my-shop-web:0123456789ab')
        self.assertEqual(transfer.repository('a//b' + digest), 'slipway-transfer/a/x/b')

    def test_names_of_earlier_transfers_go_when_nobody_is_about_to_use_them(self):
        for tagged, gone in (('2020-01-01T00:00:00.1Z', ['slipway-transfer/shop:old']), ('2999-01-01T00:00:00.1Z', []), ('', [])):
            engine = self.engine()
            engine.tagged = tagged
            engine.has('slipway-transfer/shop:old', Image(self.base))
            engine.has('slipway-transfer/other:old', Image(self.base))
            self.bring(engine, {'web': Image(self.base, self.top)})
            self.assertEqual(engine.untagged, gone)


class Blocks(unittest.TestCase):
    def test_are_the_same_however_they_come(self):
        data = tar(a=noise(1, 300_000), b=b'small', c=noise(2, 1000), d=bytes(400_000))
        whole = list(pieces.blocks([data]))
        for size in (1, 511, 100_000):
            self.assertEqual(list(pieces.blocks(iter(cut(data, size)))) if size > 1 else whole, whole)
        self.assertEqual(b''.join(whole), noise(1, 300_000) + noise(2, 1000) + bytes(400_000))
        self.assertTrue(all(len(block) <= pieces.LONGEST for block in whole))

    def test_what_is_put_in_changes_few(self):
        data = noise(5, 2_000_000)
        before = set(pieces.blocks([tar(a=data)]))
        after = [block for block in pieces.blocks([tar(a=data[:700_000] + b'put in' + data[700_000:])]) if block not in before]
        self.assertLess(sum(len(block) for block in after), 2 * pieces.LONGEST)

    def test_what_is_no_tar(self):
        for data in (b'', b'x', noise(1, 5000), tar(a=noise(1, 5000))[:3000]):
            self.assertLessEqual(len(b''.join(pieces.blocks([data]))), len(data))

    def test_inflated_of_several_members(self):
        data = noise(1, 100_000) + bytes(5_000_000)
        stored = gzip.compress(data[:50_000]) + gzip.compress(data[50_000:])
        self.assertEqual(b''.join(pieces._plain(io.BytesIO(stored))), data)
        self.assertEqual(b''.join(pieces._plain(io.BytesIO(data))), data)


class Socket(unittest.TestCase):
    """The client of the Engine's API against a server that behaves as one."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/docker.sock'

    def serve(self, behave):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                behave(self)
        server = socketserver.ThreadingUnixStreamServer(self.path, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return engines.Engine(self.path)

    @staticmethod
    def answer(status, body):
        return lambda handler: handler.wfile.write(b'HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b' % (status, len(body), body))

    def test_answers(self):
        self.assertEqual(self.serve(self.answer(200, b'{"Id": "x"}')).image('a/b:1'), {'Id': 'x'})

    def test_nothing_there(self):
        self.assertIsNone(self.serve(self.answer(404, b'{"message": "No such image"}')).image('a'))

    def test_nobody_there(self):
        with self.assertRaises(Failure) as caught:
            engines.Engine(self.path).images()
        self.assertEqual(caught.exception.code, 'engine-unreachable')

    def test_a_refusal_in_the_middle_is_heard(self):
        def refuse(handler):
            handler.rfile.read(100)
            self.answer(500, b'{"message": "no space left on device"}')(handler)
        with self.assertRaisesRegex(engines.Refused, 'no space left'):
            self.serve(refuse).load(bytes(100_000) for _ in range(1000))

    def test_a_failure_in_a_line_of_an_answer_of_200(self):
        def refuse(handler):
            while handler.rfile.readline().strip() != b'0':
                pass
            self.answer(200, b'{"stream": "x"}\r\n{"errorDetail": {}, "error": "invalid diffID"}\r\n')(handler)
        with self.assertRaisesRegex(engines.Refused, 'invalid diffID'):
            self.serve(refuse).load([b'abc\n'])

    def test_what_its_maker_throws_breaks_it_off_without_an_end(self):
        seen = []
        done = threading.Event()

        def take(handler):
            seen.append(handler.rfile.read())
            done.set()

        def chunks():
            yield b'abc'
            raise ValueError('broken')
        with self.assertRaisesRegex(ValueError, 'broken'):
            self.serve(take).load(chunks())
        self.assertTrue(done.wait(10))
        self.assertEqual(seen, [b'3\r\nabc\r\n'])


class Archive(unittest.TestCase):
    def test_a_layer_that_is_in_an_image_twice_is_stored_once(self):
        layer = tar(a=b'x')
        descriptors = [loading.plain_descriptor(sha(layer), len(layer))] * 2
        used = []

        def brought(index):
            used.append(index)
            yield layer
        data = b''.join(loading.for_containerd('a:1', b'{}', descriptors, [(0, len(layer), brought(0)), (1, len(layer), brought(1))]))
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            names = archive.getnames()
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(used, [0, 1])


if __name__ == '__main__':
    unittest.main()
