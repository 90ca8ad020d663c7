"""Images of a release: pinned once, pulled when they are not here, kept for as long as a release refers to them."""

import json
import unittest
from unittest import mock

from containers import SETTINGS, ContainersTest
from place import Silent
from slipway.failures import Failure
from slipway.project import engine, images, pulling, tidying

ID = 'sha256:' + '1' * 64
OTHER = 'sha256:' + '2' * 64


def image(identity=ID, **config):
    return {'Id': identity, 'Architecture': 'amd64', 'Config': config}


class Images(ContainersTest):
    """`self.there`: what the Engine has, by every name that it is known under; `self.pulls`: what comes of each pull."""

    def setUp(self):
        super().setUp()
        self.there, self.asked, self.pulls = {}, [], []
        self.replace(engine, 'ask', self.ask)
        self.replace(engine, 'lines', self.pull)
        self.replace(images, 'check_disk', lambda *_: None)
        self.replace(pulling.time, 'sleep', lambda _: None)

    def ask(self, method, path, body=None, query=None, headers=None, timeout=0, like=object):
        self.asked.append((method, path, query or {}))
        if path == '/info':
            return {'Architecture': 'x86_64', 'DockerRootDir': self.folder}
        if path == '/images/json':
            return [{'RepoTags': sorted(name for name in self.there if name.startswith('slipway/shop:'))}]
        if method == 'POST':
            return None
        name = images.urllib.parse.unquote(path.removeprefix('/images/').removesuffix('/json'))
        if name not in self.there:
            raise engine.Refused('No such image', 404)
        return self.there.pop(name) if method == 'DELETE' else self.there[name]

    def pull(self, path, query, headers, timeout=0):
        self.asked.append(('PULL', query, headers))
        said, brought = self.pulls.pop(0)
        self.there.update(brought)
        return iter(said)

    def bring(self, reference='web:1', former=None, registries=None, **service):
        model = {'services': {'web': {'image': reference, **service}}}
        return images.bring(self.layout, model, images.references(model, SETTINGS), former or {}, registries or {}, Silent())['web']

    def pulled(self):
        return [query for what, query, _ in self.asked if what == 'PULL']

    def test_what_is_here_is_not_pulled_and_gets_a_name_of_ours(self):
        self.there = {'web:1': image(), ID: image()}
        self.assertEqual(self.bring(), {'reference': 'web:1', 'id': ID, 'pulled': False, 'check': None, 'data': []})
        self.assertEqual(self.pulled(), [])
        self.assertIn(('POST', f'/images/{ID}/tag', {'repo': 'slipway/shop', 'tag': 'id-111111111111'}), self.asked)

    def test_a_tag_means_what_it_meant_in_what_serves(self):
        self.there = {'web:1': image(OTHER), ID: image(), OTHER: image(OTHER)}
        self.assertEqual(self.bring(former={'web': {'reference': 'web:1', 'id': ID, 'pulled': True}})['id'], ID)
        self.assertEqual(self.bring(former={'web': {'reference': 'web:0', 'id': ID, 'pulled': True}})['id'], OTHER)

    def test_what_is_not_here_is_pulled_with_the_login_of_its_registry_and_of_no_other(self):
        self.pulls = [([{'status': 'x'}], {'ghcr.io/a/web:1': image(), ID: image()})]
        self.assertTrue(self.bring('ghcr.io/a/web:1', registries={'ghcr.io': ('me', 'pw'), 'docker.io': ('you', 'pw')})['pulled'])
        [(_, query, headers)] = [one for one in self.asked if one[0] == 'PULL']
        self.assertEqual(query, {'fromImage': 'ghcr.io/a/web', 'tag': '1'})
        told = json.loads(pulling.base64.urlsafe_b64decode(headers['X-Registry-Auth']))
        self.assertEqual((told['username'], told['serveraddress']), ('me', 'ghcr.io'))
        self.pulls = [([], {'other.example:5000/web:1': image(), ID: image()})]
        self.bring('other.example:5000/web:1', registries={'ghcr.io': ('me', 'pw')})
        self.assertEqual([headers for what, _, headers in self.asked if what == 'PULL'][-1], {})

    def test_what_passes_is_tried_again_and_what_does_not_is_told_at_once(self):
        self.pulls = [([{'error': 'net/http: TLS handshake timeout'}], {}), ([], {'web:1': image(), ID: image()})]
        self.assertEqual(self.bring()['id'], ID)
        for said, code in (
            ('manifest unknown', 'image-missing'),
            ('pull access denied for web, repository does not exist', 'image-private'),
            ('no matching manifest for linux/amd64', 'wrong-architecture'),
            ('write /x: no space left on device', 'disk-full'),
        ):
            self.there, self.asked, self.pulls = {}, [], [([{'error': said}], {})]
            with self.subTest(said), self.assertRaises(Failure) as caught:
                self.bring()
            self.assertEqual((caught.exception.code, len(self.pulled())), (code, 1))

    def test_one_made_for_another_processor(self):
        self.there = {'web:1': {**image(), 'Architecture': 'arm64'}, ID: {**image(), 'Architecture': 'arm64'}}
        with self.assertRaises(Failure) as caught:
            self.bring()
        self.assertEqual(caught.exception.code, 'wrong-architecture')
        self.assertEqual(self.bring(platform='linux/arm64')['id'], ID)

    def test_how_long_its_own_check_may_fail(self):
        check = {'Test': ['CMD', 'x'], 'Interval': 2_000_000_000, 'Retries': 5, 'StartPeriod': 10_000_000_000}
        for declared, seconds in ((check, 20), ({'Test': ['CMD', 'x']}, 90), ({'Test': ['NONE']}, None), (None, None)):
            self.there = {'web:1': image(Healthcheck=declared), ID: image()}
            self.assertEqual(self.bring()['check'], seconds)

    def test_nobody_has_built_it(self):
        with self.assertRaises(Failure) as caught:
            images.references({'services': {'web': {'build': {}}}}, SETTINGS)
        self.assertEqual(caught.exception.code, 'image-missing')

    def test_going_back_needs_no_registry_and_takes_nothing_else_for_it(self):
        pins = {'web': {'reference': 'web:1', 'id': ID, 'pulled': True}}
        model = {'services': {'web': {}}}
        self.there = {ID: image()}
        images.again(self.layout, model, pins, {}, Silent())
        self.assertEqual(self.pulled(), [])
        self.there, self.pulls = {}, [([], {'web:1': image(OTHER)})]
        with self.assertRaises(Failure) as caught:
            images.again(self.layout, model, pins, {}, Silent())
        self.assertEqual(caught.exception.code, 'image-changed')

    def test_what_no_release_refers_to_goes_and_what_is_others_stays(self):
        kept, gone = {'reference': 'web:2', 'id': OTHER, 'pulled': True}, {'reference': 'web:1', 'id': ID, 'pulled': True}
        theirs = {'reference': 'redis:7', 'id': 'sha256:' + '3' * 64, 'pulled': False}
        ours = {'slipway/shop:id-111111111111': image(), 'slipway/shop:id-222222222222': image(OTHER)}
        self.there = {**ours, 'web:1': image(), 'web:2': image(OTHER), 'redis:7': image(theirs['id'])}
        self.write(f'{self.layout.release("r2")}/release.json', '{}')
        self.write(f'{self.layout.release("r2")}/images.json', json.dumps({'web': kept}))
        self.write(f'{self.layout.root}/images.json', json.dumps({pin['reference']: pin for pin in (kept, gone, theirs)}))
        self.replace(tidying.mounts, 'prune', mock.Mock())
        left = self.replace(tidying.networks, 'drop_left', mock.Mock())
        with mock.patch.object(tidying, '_mounted', lambda _: []):
            self.assertEqual(tidying.tidy(self.layout), ['removed 1 image'])
        self.assertEqual(sorted(self.there), ['redis:7', 'slipway/shop:id-222222222222', 'web:2'])
        self.assertEqual(left.call_args.args[0], 'shop')

    def test_which_registry(self):
        for reference, registry in (('web', 'docker.io'), ('a/web:1', 'docker.io'), ('ghcr.io/a/web', 'ghcr.io'), ('localhost/web', 'localhost'), ('h:5000/web:1', 'h:5000')):
            self.assertEqual(pulling.registry_of(reference), registry)


if __name__ == '__main__':
    unittest.main()
