"""Networks and volumes: made once, never silently other than the Compose file says, and gone with the activation whose they are."""

import copy
import unittest

from containers import ContainersTest
from slipway.project import deciding, engine, networks, volumes

OWN = {'slipway.app': 'shop', 'slipway.activation': '3'}


class Networks(ContainersTest):
    def model(self, said, name='default'):
        return {'services': {'web': {'networks': {name: None}}}, 'networks': {name: said}}

    def made(self, said, own=True):
        model = self.model(said)
        networks.make(model, networks.plan(model, 'notes', 3), 'notes', OWN, own)
        return model

    def changed(self, before, after):
        """What a network that was made as `before` is found to be when the file says `after`; '' for nothing."""
        self.engine.networks.clear()
        self.made(before)
        self.engine.told.clear()
        found = networks.check(self.model(after), 'notes')
        self.assertEqual((self.engine.told, [failure.code for failure in found]), ([], ['network-changed'] * len(found)))
        return ', '.join(failure.what.partition('the Compose file has: ')[2].rstrip('.') for failure in found)

    def test_the_projects_is_as_compose_itself_would_know_it_and_each_activation_has_its_own(self):
        self.made({'driver_opts': {'com.docker.network.driver.mtu': 1400}, 'internal': True, 'labels': {'a': 'b'}})
        self.assertEqual(sorted(self.engine.networks), ['notes--3_default', 'notes_default'])
        stable = self.engine.networks['notes_default']
        self.assertEqual((stable['Internal'], stable['Driver'], stable['Options']), (True, 'bridge', {'com.docker.network.driver.mtu': '1400'}))
        self.assertLessEqual({'a': 'b', 'com.docker.compose.project': 'notes', 'com.docker.compose.network': 'default'}.items(), stable['Labels'].items())
        self.assertEqual((stable['Labels']['slipway.app'], 'slipway.activation' in stable['Labels']), ('shop', False))
        self.assertLessEqual(OWN.items(), self.engine.networks['notes--3_default']['Labels'].items())

    def test_what_is_there_is_not_made_again_and_without_ways_in_there_is_no_own(self):
        self.made({}, own=False)
        self.engine.told.clear()
        self.made({}, own=False)
        self.assertEqual((self.engine.told, sorted(self.engine.networks)), ([], ['notes_default']))

    def test_an_address_range_is_handed_on_whole(self):
        self.made({'ipam': {'config': [{'subnet': '10.1.0.0/24', 'gateway': '10.1.0.1', 'ip_range': '10.1.0.0/25', 'aux_addresses': {'a': '10.1.0.9'}}]}})
        self.assertEqual(self.engine.networks['notes_default']['IPAM']['Config'], [
            {'Subnet': '10.1.0.0/24', 'Gateway': '10.1.0.1', 'IPRange': '10.1.0.0/25', 'AuxiliaryAddresses': {'a': '10.1.0.9'}}])

    def test_an_option_that_is_another_now(self):
        subnet = {'ipam': {'config': [{'subnet': '10.1.0.0/24'}]}}
        for before, after, told in (
            ({}, {'internal': True}, 'internal: False → True'),
            ({'internal': True}, None, 'internal: True → False'),
            ({'driver': 'macvlan'}, {}, 'driver: macvlan → bridge'),
            ({}, {'enable_ipv6': True}, 'enable_ipv6: False → True'),
            ({'enable_ipv6': True}, {}, 'enable_ipv6: True → not said'),
            ({'driver_opts': {'mtu': 1400}}, {'driver_opts': {'mtu': '1300'}}, 'driver_opts.mtu: 1400 → 1300'),
            ({'driver_opts': {'mtu': 1400}}, {}, 'driver_opts.mtu: 1400 → not said'),
            (subnet, {'ipam': {'config': [{'subnet': '10.2.0.0/24'}]}}, 'ipam.0.subnet: 10.1.0.0/24 → 10.2.0.0/24'),
            (subnet, {'ipam': {'config': [{'subnet': '10.1.0.0/24', 'gateway': '10.1.0.9'}]}}, 'ipam.0.gateway: none → 10.1.0.9'),
            (subnet, {}, 'ipam.0.subnet: 10.1.0.0/24 → not said'),
        ):
            with self.subTest(told):
                self.assertEqual(self.changed(before, after), told)

    def test_what_is_the_same_however_it_is_written(self):
        for before, after in (
            (None, {}), ({}, {'driver': 'bridge', 'internal': False}), ({'driver_opts': {'mtu': 1400}}, {'driver_opts': {'mtu': '1400'}}),
            ({'attachable': True}, {}),
            ({'ipam': {'config': [{'subnet': 'fd00:0::/64'}, {'subnet': '10.1.0.0/24'}]}}, {'ipam': {'config': [{'subnet': '10.1.0.0/24'}, {'subnet': 'fd00::/64'}]}}),
        ):
            with self.subTest(after):
                self.assertEqual(self.changed(before, after), '')

    def test_what_the_engine_has_by_itself_is_no_change(self):
        self.made({})
        there = self.engine.networks['notes_default']
        there.update(EnableIPv6=True, Options={'com.docker.network.enable_ipv4': 'true'}, IPAM={'Config': [{'Subnet': '172.18.0.0/16', 'Gateway': '172.18.0.1'}]})
        self.assertEqual(networks.check(self.model({}), 'notes'), [])
        # Made by Compose itself: no mark of ours tells what was said.
        there['Labels'] = {'com.docker.compose.project': 'notes', 'com.docker.compose.network': 'default'}
        self.assertEqual(networks.check(self.model({}), 'notes'), [])

    def test_the_cure_is_another_name(self):
        self.made({})
        failure, = networks.check(self.model({'internal': True}), 'notes')
        self.assertIn('networks: { default: { name: notes_default-2 } }', failure.cure)
        self.assertNotIn('network rm', failure.cure)

    def test_one_of_others_and_one_that_others_make(self):
        self.engine.networks['notes_default'] = {'Name': 'notes_default', 'Labels': {'com.docker.compose.project': 'other'}}
        self.refused('network-taken', networks.check, self.model({}), 'notes')
        self.refused('network-taken', self.made, {})
        external = self.model({'external': True, 'name': 'proxy'})
        failure = self.refused('network-missing', networks.check, external, 'notes')
        self.assertIn('sudo docker network create proxy', failure.cure)
        networks.check({**external, 'services': {}}, 'notes')
        # However it is made: it is not ours.
        self.engine.networks['proxy'] = {'Name': 'proxy', 'Internal': True}
        self.assertEqual(networks.check(external, 'notes'), [])

    def test_an_activations_own_go_with_it_and_what_is_kept_is_let_go_first(self):
        self.made({})
        networks.connect('notes--3_default', 'id-notes--1-db-1', 'db', {'aliases': ['database']})
        self.assertEqual(self.engine.told[-1], ('POST', '/networks/notes--3_default/connect', {
            'Container': 'id-notes--1-db-1', 'EndpointConfig': {'Aliases': ['db', 'database']}}))
        networks.drop('shop', 4)
        self.assertEqual(len(self.engine.networks), 2)
        networks.drop('shop', 3)
        self.assertEqual(sorted(self.engine.networks), ['notes_default'])

    def test_one_that_the_engine_did_not_let_go_at_once_is_asked_for_again(self):
        self.made({})
        refusals = [engine.Refused('has active endpoints', 403), engine.Refused('has active endpoints', 403)]
        real = engine.delete

        def delete(path):
            if refusals:
                raise refusals.pop()
            real(path)
        self.replace(engine, 'delete', delete)
        networks.drop('shop', 3)
        self.assertEqual(sorted(self.engine.networks), ['notes_default'])

    def test_those_of_activations_that_are_no_more_go_with_what_nobody_refers_to(self):
        for number in (3, 4):
            model = self.model({})
            networks.make(model, networks.plan(model, 'notes', number), 'notes', {**OWN, 'slipway.activation': str(number)}, True)
        networks.drop_left('shop', ['4', 'current.sock'])
        self.assertEqual(sorted(self.engine.networks), ['notes--4_default', 'notes_default'])
        networks.drop_left('other', [])
        self.assertEqual(sorted(self.engine.networks), ['notes--4_default', 'notes_default'])

    def test_who_is_connected_already_stays_so_and_any_other_no_is_one(self):
        def no(words):
            def ask(*_, **__):
                raise engine.Refused(words, 403)
            self.replace(engine, 'ask', ask)
        no('endpoint with name db already exists in network')
        networks.connect('n', 'id', 'db', None)
        no('network n not found')
        with self.assertRaises(engine.Refused):
            networks.connect('n', 'id', 'db', None)


class Volumes(ContainersTest):
    def model(self, said):
        return {'services': {'db': {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/d'}]}}, 'volumes': {'data': said}}

    def made(self, said):
        volumes.make(self.model(said), 'notes', 'shop')
        self.engine.told.clear()

    def test_is_made_once_and_marked_as_composes_own(self):
        self.made({'driver_opts': {'type': 'tmpfs'}, 'labels': {'a': 'b'}})
        there = copy.deepcopy(self.engine.volumes['notes_data'])
        self.assertEqual((there['Driver'], there['Options']), ('local', {'type': 'tmpfs'}))
        self.assertLessEqual({'a': 'b', 'com.docker.compose.project': 'notes', 'com.docker.compose.volume': 'data', 'slipway.app': 'shop'}.items(), there['Labels'].items())
        volumes.make(self.model({'driver_opts': {'type': 'nfs'}}), 'notes', 'blog')
        self.assertEqual((self.engine.told, self.engine.volumes['notes_data']), ([], there))

    def test_an_option_that_is_another_now_and_no_password_is_shown(self):
        self.made({'driver_opts': {'o': 'addr=10.0.0.1,username=a,password=hunter22', 'type': 'cifs'}})
        failure, = volumes.check(self.model({'driver_opts': {'o': 'addr=10.0.0.2,username=a,password=hunter23', 'type': 'cifs'}}), 'notes')
        self.assertEqual(failure.code, 'volume-changed')
        self.assertIn('driver_opts.o: addr=10.0.0.1,username=a,password=*** → addr=10.0.0.2,username=a,password=***.', failure.what)
        self.assertIn('data', failure.why)
        self.assertIn('driver_opts.o: ', volumes.check(self.model(None), 'notes')[0].what)
        self.assertEqual(self.engine.told, [])

    def test_of_an_option_that_is_a_secret_nothing_is_shown(self):
        for name in ('password', 'SecretKey', 'auth-token', 'passphrase', 'access_key', 'credentials'):
            with self.subTest(name):
                self.engine.volumes.clear()
                self.made({'driver_opts': {name: 'hunter22'}})
                for after, told in (({'driver_opts': {name: 'hunter23'}}, f'driver_opts.{name}: *** → ***.'), (None, f'driver_opts.{name}: *** → not said.'),):
                    what = volumes.check(self.model(after), 'notes')[0].what
                    self.assertTrue(what.endswith(told), what)

    def test_what_is_the_same_and_what_others_make(self):
        self.made(None)
        self.assertEqual(volumes.check(self.model({'driver': 'local'}), 'notes'), [])
        external = self.model({'external': True, 'name': 'archive'})
        self.assertIn('docker volume create archive', self.refused('volume-missing', volumes.check, external, 'notes').cure)
        volumes.check({**external, 'services': {}}, 'notes')
        self.engine.volumes['archive'] = {'Driver': 'nfs'}
        self.assertEqual(volumes.check(external, 'notes'), [])
        self.made({'external': True, 'name': 'other'})
        self.assertNotIn('other', self.engine.volumes)


class Decided(ContainersTest):
    def test_before_anything_is_touched(self):
        for key, code in (('networks', 'network-missing'), ('volumes', 'volume-missing')):
            with self.subTest(key):
                services = {'db': {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/d'}]}}
                project = self.project(services, **{key: {'data' if key == 'volumes' else 'default': {'external': True, 'name': 'absent'}}})
                self.refused(code, deciding.check, self.layout, project, None)
                self.assertEqual(self.engine.told, [])

    def test_a_release_that_is_here_goes_back_to_what_a_newer_one_has_made_otherwise(self):
        services = {'db': {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/d'}]}}
        newer = {'networks': {'default': {'internal': True}}, 'volumes': {'data': {'driver': 'nfs'}}}
        networks.make(newer, networks.plan(newer, 'notes', 2), 'notes', OWN, False)
        volumes.make(newer, 'notes', 'shop')
        for code, there in (('network-changed', newer), ('volume-changed', {**newer, 'networks': {}})):
            older = self.project(services, networks={'default': {}} if there['networks'] else {}, volumes={'data': {}})
            self.refused(code, deciding.check, self.layout, older, None)
        older = self.project(services, networks={'default': {}}, volumes={'data': {}})
        for _ in range(2):
            deciding.check(self.layout, older, None, stored=True)
        told = ['The network notes_default is there with other options than the Compose file has: internal: True → False. It is used as it is.',
                'The volume notes_data is there with other options than the Compose file has: driver: nfs → local. It is used as it is.']
        self.assertEqual([line for line in deciding.notes(self.layout, older, None) if 'is there with' in line], told)
        self.assertLessEqual(set(told), set(deciding.lines(self.layout, older, None)[0]))


if __name__ == '__main__':
    unittest.main()
