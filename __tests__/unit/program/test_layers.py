"""Images that come over the conversation: what is asked, what is loaded, and what never gets to the Engine."""

import io
import os
import tarfile
import tempfile
import unittest
from types import SimpleNamespace
from unittest import mock

from image_transfer import FakeEngine, Image, Runner, noise, sha, tar
from slipway.failures import Failure
from slipway.layers import engine as engines
from slipway.layers import held, loading, transfer


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

    def test_an_earlier_image_of_the_same_app_and_name_is_looked_into_though_it_has_no_layer_of_the_new_one(self):
        engine, image = self.engine(), Image(tar(**{f'f{n}': noise(n if n != 7 else 700, 20000) for n in range(40)}))
        engine.has('slipway-transfer/blog/shop:1', Image(self.data))
        runner = Runner({'web': image})
        transfer.images(runner, {'images': {'web': {'reference': image.reference()}}}, engine, 'blog')
        self.assertLess(runner.sent, 20000 + 41 * 1024 + 10240)

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
        failure = self.failing('wrong-architecture', engine, {'web': Image(self.base, architecture='arm64')})
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

    def test_an_image_that_somebody_removes_while_others_are_brought(self):
        engine = self.engine()
        image = Image(self.base)
        there = transfer.tag(image.reference())
        engine.has(there, image)
        load = engine.load
        with mock.patch.object(engine, 'load', side_effect=lambda chunks: (load(chunks), engine.store.pop(there))):
            self.failing('image-gone', engine, {'web': image, 'other': Image(tar(other=b'other'))})

    def test_what_is_more_than_a_host_holds_in_memory(self):
        images = {f'web{n}': {'reference': f'shop@sha256:{n:064x}'} for n in range(101)}
        with self.assertRaises(Failure) as caught:
            transfer.images(None, {'images': images}, self.engine())
        self.assertEqual(caught.exception.code, 'transfer-too-big')
        image = Image(self.base, self.data, config={'Labels': {'x': 'y' * 200}})
        for limit, value in (('ALL_PARTS', 10), ('ALL_DESCRIPTIONS', 200)):
            with self.subTest(limit), mock.patch.object(transfer, limit, value):
                engine = self.engine()
                engine.has('slipway-transfer/shop:1', Image(self.data))
                failure = self.failing('transfer-too-big', engine, {'web': image, 'worker': Image(self.top, self.data)})
                self.assertIn('build-image', failure.cure)
                self.assertEqual(engine.loaded, [])
        engine = self.engine()
        engine.has('slipway-transfer/shop:1', Image(self.data))
        self.bring(engine, {'web': image, 'worker': Image(self.top, self.data)})

    def test_a_configuration_that_is_none(self):
        for config in ({'rootfs': [1]}, {'rootfs': {'diff_ids': 3}}, {'rootfs': 'x'}):
            with self.subTest(config):
                self.failing('bad-field', self.engine(), {'web': Image(self.base, **config)})
        failure = self.failing('wrong-architecture', self.engine(), {'web': Image(self.base, architecture='a' * 5000)})
        self.assertLess(len(failure.what), 300)

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
        self.assertIsNone(transfer.tag('shop:1.0'))
        self.assertEqual(transfer.repository('a//b' + digest), 'slipway-transfer/a/x/b')

    def test_names_of_earlier_transfers_go_when_nobody_is_about_to_use_them(self):
        for tagged, gone in (('2020-01-01T00:00:00.1Z', ['slipway-transfer/shop:old']), ('2999-01-01T00:00:00.1Z', []), ('', [])):
            engine = self.engine()
            engine.tagged = tagged
            engine.has('slipway-transfer/shop:old', Image(self.base))
            engine.has('slipway-transfer/other:old', Image(self.base))
            self.bring(engine, {'web': Image(self.base, self.top)})
            self.assertEqual(engine.untagged, gone)


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
