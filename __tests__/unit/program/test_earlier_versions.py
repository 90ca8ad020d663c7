"""What a host has stored is completed, and never refused again."""

import copy
import json
import os

from place import PlaceTest, activated, config, service
from slipway import activation as acts
from slipway import configuration, earlier_versions, preparing, router, supervisors
from slipway import release as releases
from slipway.failures import Failure

APP_KEYS = earlier_versions.with_keys_of_app({})
SERVICE_KEYS = earlier_versions.with_keys_of_service({})

# Each was taken by some version, or could have been, and is refused today.
REFUSED = (
    {'domains': ['localhost']},
    {'domains': ['none']},
    {'shared': ['web/node_modules']},
    {'shared': ['a'], 'scratch': ['a/b']},
    {'packages': ['openssh-server-']},
    {'keep': 5000},
    {'services': [service(path='a')], 'shared': ['a']},
    {'services': [service(env={'PORT': '80'})]},
    {'services': [service('a'), service('b')]},
    {'services': [service(start='x' * 5000)]},
)


class Completed(PlaceTest):
    def test_is_what_it_was_when_nothing_is_missing(self):
        for whole in (config(), config(service(sandbox={'namespaces': True, 'devices': True}, after=['./x'], timeout=7), tls={'kind': 'acme'}, hsts=9)):
            self.assertEqual(earlier_versions.completed(copy.deepcopy(whole)), whole)

    def test_gives_each_key_that_came_later_what_the_same_from_an_older_runner_means(self):
        for key in APP_KEYS:
            old = {name: value for name, value in config().items() if name != key}
            with self.subTest(key=key):
                self.assertEqual(earlier_versions.completed(old), config())
                self.assertEqual(configuration.config(old, 'shop'), config())
        for key in SERVICE_KEYS:
            old = config({name: value for name, value in service().items() if name != key})
            with self.subTest(key=key):
                self.assertEqual(earlier_versions.completed(old), config())
                self.assertEqual(configuration.config(old, 'shop'), config())
        self.assertEqual(earlier_versions.completed(config(service(sandbox={'devices': True})))['services'][0]['sandbox'],
                         {'namespaces': False, 'devices': True})

    def test_knows_the_one_name_of_the_first_versions(self):
        old = {key: value for key, value in config().items() if key not in ('domains', 'aliases', 'tls', 'hsts')}
        self.assertEqual(earlier_versions.completed({**old, 'domain': 'shop.example.com'}), config())
        self.assertEqual(earlier_versions.completed({**old, 'domain': None}), config(domains=[]))

    def test_shares_nothing_between_two_and_changes_nothing_of_what_it_got(self):
        old = {name: value for name, value in config().items() if name not in APP_KEYS}
        before = copy.deepcopy(old)
        earlier_versions.completed(old)['pages']['error'] = 'x'
        self.assertEqual((earlier_versions.completed(old)['pages'], old), ({}, before))

    def test_is_never_refused_where_the_same_is_when_it_is_received(self):
        for more in REFUSED:
            with self.subTest(more=str(more)[:60]):
                whole = config(**more)
                self.refused('bad-field', configuration.config, whole, 'shop')
                self.assertEqual(earlier_versions.completed(whole), whole)


class Stored(PlaceTest):
    ID = 'v1-00000000'

    def store(self, whole):
        info = {'id': self.ID, 'version': 'v1', 'commit': 'c', 'digest': 'd', 'config': whole, 'environments': []}
        self.write(f'{self.layout.release(self.ID)}/release.json', json.dumps(info))
        facts = {'number': 1, 'releaseId': self.ID, 'version': 'v1', 'commit': 'c', 'config': whole, 'ports': {}, 'first': True, 'token': 't'}
        self.write(f'{self.layout.activation(1)}/activation.json', json.dumps(facts))

    def test_is_loaded_and_listed_whatever_became_of_the_rules(self):
        for more in REFUSED:
            with self.subTest(more=str(more)[:60]):
                self.store(config(**more))
                self.assertEqual(acts.load(self.layout, 1).config, config(**more))
                self.assertEqual(releases.stored(self.layout, self.ID).info['config'], config(**more))
                self.assertEqual([item['id'] for item in releases.listed(self.layout)], [self.ID])

    def test_of_the_first_versions_is_listed_with_its_secrets(self):
        old = config(service(secrets=['KEY']))
        del old['tls']
        self.store(old)
        self.assertEqual(releases.listed(self.layout)[0]['secrets'], ['KEY'])

    def test_is_activated_anew_only_by_the_rules_of_today(self):
        self.store(config())
        self.assertEqual(configuration.again(releases.stored(self.layout, self.ID)), config())
        for more in REFUSED:
            with self.subTest(more=str(more)[:60]):
                self.store(config(**more))
                failure = self.refused('stored-release-refused', configuration.again, releases.stored(self.layout, self.ID))
                self.assertIn(self.ID, failure.what)
                self.assertIn('deploy a new version', failure.cure)

    def test_of_a_newer_version_is_looked_at_and_not_activated_anew(self):
        newer = config(later='x')
        self.store(newer)
        self.assertEqual(acts.load(self.layout, 1).config, newer)
        self.assertIn('config.later', self.refused('host-program-too-old', configuration.again, releases.stored(self.layout, self.ID)).what)

    def test_kept_by_a_supervisor_of_a_newer_version_is_not_mistaken_for_one_of_systemd(self):
        self.assertIn('runit', self.refused('host-program-too-old', supervisors.of, 'runit', self.layout).what)

    def test_files_of_the_release_before_come_into_no_new_router_when_they_would_be_refused(self):
        files = {'folder': 'public', 'fallback': None, 'cache': None}
        for folder, found in (('public', self.ID), ('pub$lic', None)):
            with self.subTest(folder=folder):
                site = service('web', start='-', instances=0, static={**files, 'folder': folder})
                self.store(config(site))
                former = preparing._of_former(self.layout, self.ID)
                self.assertEqual(former[0] if former else None, found)

    def test_serves_users_under_a_name_that_is_refused_today(self):
        whole = config(domains=['none'])
        self.store(whole)
        serving = acts.load(self.layout, 1)
        router.claim(self.layout, whole)
        router.publish(serving)
        router.switch(self.layout, 1)
        self.assertEqual((router.owner('none'), router.points_to(self.layout)), ('shop', 1))
        # It is given back like any other when something else serves.
        router.release_claims(self.layout, activated(self.layout, config()).config)
        self.assertIsNone(router.owner('none'))
        self.assertTrue(os.path.exists(self.layout.activation(1)))


class Junk(PlaceTest):
    def test_is_refused_as_ever_when_it_is_received(self):
        for key in (*APP_KEYS, 'services'):
            for junk in (None, 5, 'x', {'a': {}}, [[]]):
                if key == 'hsts' and junk in (None, 5) or key == 'tagPrefix' and junk == 'x':
                    continue
                with self.subTest(key=key, junk=junk), self.assertRaises(Failure):
                    configuration.config(config(**{key: junk}), 'shop')
        for key in SERVICE_KEYS:
            for junk in ({'a': {}}, [[]], True):
                with self.subTest(key=key, junk=junk), self.assertRaises(Failure):
                    configuration.config(config(service(**{key: junk})), 'shop')
