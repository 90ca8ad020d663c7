"""How each service of a project is replaced, and in which words it is described to the rest of the program."""

import unittest

from containers import model
from slipway.failures import Failure
from slipway.project import (
    definition,
    describing,
    durations,
    extensions,
    kinds,
    numbers,
)
from slipway.project.kinds import ALONE, BESIDE, JOB

VOLUME = {'type': 'volume', 'source': 'data', 'target': '/data'}


def port(published, target, **more):
    return {'mode': 'ingress', 'target': target, 'published': str(published), 'protocol': 'tcp', **more}


def kinds_of(**services):
    return kinds.of_model(model(**services))


class Kinds(unittest.TestCase):
    # (what the service is like, why there is only one of it)
    ALONE = (
        ({'container_name': 'db'}, 'container_name'),
        ({'network_mode': 'host'}, 'network_mode is host'),
        ({'networks': {'default': {'ipv4_address': '10.0.0.2'}}}, 'address of its own'),
        ({'devices': ['/dev/ttyUSB0']}, 'devices'),
        ({'pid': 'host'}, 'pid is host'),
        ({'ports': [port(53, 53, protocol='udp')]}, 'not TCP'),
        ({'volumes': [VOLUME]}, 'the volume data'),
        ({'volumes': [{'type': 'bind', 'source': '/srv/x', 'target': '/x'}]}, '/srv/x of the host'),
    )
    TWICE = (
        {},
        {'network_mode': 'bridge'},
        {'networks': {'default': None}},
        {'volumes': [{**VOLUME, 'read_only': True}, {'type': 'tmpfs', 'target': '/tmp'}]},
        {'ports': [port(8080, 80)]},
    )

    def test_what_there_must_never_be_two_of(self):
        for service, why in self.ALONE:
            with self.subTest(service):
                kind = kinds_of(db=service)['db']
                self.assertEqual(kind.kind, ALONE)
                self.assertIn(why, kind.why)

    def test_what_may_run_beside_itself(self):
        for service in self.TWICE:
            with self.subTest(service):
                self.assertEqual((kinds_of(web=service)['web'].kind, kinds_of(web=service)['web'].why), (BESIDE, ''))

    def test_who_others_live_in_is_alone_as_they_are(self):
        for follower in ({'network_mode': 'service:vpn'}, {'pid': 'service:vpn'}, {'volumes_from': ['vpn:ro']}):
            with self.subTest(follower):
                self.assertEqual(kinds_of(vpn={}, app=follower)['vpn'].kind, ALONE)
        self.assertEqual(kinds.leaders({'network_mode': 'service:vpn', 'ipc': 'host', 'volumes_from': ['data:ro', 'container:x']}), ['vpn', 'data'])

    def test_a_job_is_what_somebody_waits_for_to_end_well(self):
        found = kinds_of(web={'depends_on': {'migrate': {'condition': 'service_completed_successfully'}}}, migrate={'volumes': [VOLUME]})
        self.assertEqual((found['migrate'].kind, found['web'].kind), (JOB, BESIDE))
        self.assertEqual(found['web'].needs, {'migrate': 'service_completed_successfully'})

    def test_what_is_optional_and_not_there_is_not_waited_for(self):
        found = kinds_of(web={'depends_on': {'cache': {'condition': 'service_started', 'required': False}}})
        self.assertEqual(found['web'].needs, {})

    def test_the_wish_of_a_service_goes_first_but_not_against_what_cannot_be(self):
        self.assertEqual(kinds_of(web={'volumes': [VOLUME], 'x-slipway': {'rollout': 'beside'}})['web'].kind, BESIDE)
        self.assertEqual(kinds_of(web={'x-slipway': {'rollout': 'alone'}})['web'].kind, ALONE)
        with self.assertRaises(Failure) as caught:
            kinds_of(web={'container_name': 'web', 'x-slipway': {'rollout': 'beside'}})
        self.assertEqual(caught.exception.code, 'cannot-run-twice')

    def test_what_x_slipway_may_not_say(self):
        for own in ({'rolout': 'alone'}, {'rollout': 'twice'}, {'protocol': 'udp'}, {'route': 'shop'}, {'health': 'x'}, {'timeout': 0}, 'beside'):
            with self.subTest(own), self.assertRaises(Failure):
                kinds_of(web={'x-slipway': own})

    def test_port_80_is_the_domains_and_others_are_the_apps_own(self):
        web = kinds_of(web={'ports': [port(80, 8000), port(9000, 9000), port(6379, 6379), port('', 5000)]})['web']
        self.assertEqual((web.route, web.target), ('/', 8000))
        self.assertEqual([(way.port, way.target, way.protocol) for way in web.published], [(9000, 9000, 'tcp'), (6379, 6379, 'tcp')])
        self.assertEqual([way.protocol for way in kinds_of(web={'ports': [port(9000, 3000)]})['web'].published], ['http'])
        self.assertEqual([way.protocol for way in kinds_of(web={'ports': [port(9000, 9000, app_protocol='http')]})['web'].published], ['http'])
        local = kinds_of(web={'ports': [port(80, 80, host_ip='127.0.0.1')]})['web']
        self.assertEqual((local.route, local.published[0].address), (None, '127.0.0.1'))

    def test_one_port_at_more_than_one_address(self):
        def published(*ports):
            return [(way.port, way.address) for way in kinds_of(web={'ports': list(ports)})['web'].published]
        four, six, own = (port(8080, 80, host_ip=address) for address in ('0.0.0.0', '::', '127.0.0.1'))
        self.assertEqual(published(four, six), [(8080, '')])
        self.assertEqual(published(port(8080, 80), four), [(8080, '')])
        self.assertEqual(published(six, six), [(8080, '::')])
        self.assertEqual(published(own, own), [(8080, '127.0.0.1')])
        for other in (own, port(8080, 81, host_ip='::'), {**six, 'app_protocol': 'tcp'}):
            with self.assertRaises(Failure) as caught:
                published(four, other)
            self.assertEqual(caught.exception.code, 'port-twice')

    def test_a_route_leads_to_the_port_that_is_exposed(self):
        web = kinds_of(web={'expose': ['8000/tcp'], 'x-slipway': {'route': '/api/'}})['web']
        self.assertEqual((web.route, web.target), ('/api/', 8000))
        with self.assertRaises(Failure) as caught:
            kinds_of(web={'expose': ['8000', '9000'], 'x-slipway': {'route': '/'}})
        self.assertEqual(caught.exception.code, 'port-unknown')

    def test_a_prefix_leads_to_one_service(self):
        with self.assertRaises(Failure) as caught:
            kinds_of(web={'ports': [port(80, 80)]}, api={'expose': ['8000'], 'x-slipway': {'route': '/'}})
        self.assertEqual(caught.exception.code, 'route-twice')
        self.assertIn('web and api', caught.exception.what)

    def test_new_with_every_release_is_what_users_come_in_by_and_the_code_that_it_needs(self):
        services = {
            'web': {'ports': [port(80, 80)], 'depends_on': {'api': {}, 'redis': {}, 'db': {}, 'store': {}}},
            # The app's own, but there is only one of it.
            'store': {'build': {'context': '/x'}, 'volumes': [VOLUME]},
            'api': {'build': {'context': '/x'}, 'depends_on': {'search': {}}},
            'search': {},
            'redis': {},
            'db': {'volumes': [VOLUME]},
            'worker': {'build': {'context': '/x'}},
        }
        found = kinds_of(**services)
        self.assertEqual(kinds.renewed(found, model(**services), {}), {'web', 'api'})
        self.assertEqual(kinds.renewed(found, model(**services), {'search': 's@sha256:0'}), {'web', 'api', 'search'})

    def test_each_level_needs_only_what_comes_before_it(self):
        found = kinds_of(web={'depends_on': {'api': {}}}, api={'depends_on': {'db': {}}}, db={}, cron={})
        self.assertEqual(kinds.order(found), [['cron', 'db'], ['api'], ['web']])


class Described(unittest.TestCase):
    def described(self, service, check=None):
        found = kinds_of(web=service)
        return describing.services(model(web=service), found, {'web': {'check': check}})

    def test_how_long_its_own_check_may_fail(self):
        for service, of_image, seconds in (
            ({}, None, 60),
            ({}, 12.0, 12),
            ({'healthcheck': {'test': ['CMD', 'x'], 'start_period': '1m', 'interval': '2s', 'retries': 5}}, None, 70),
            ({'healthcheck': {'test': ['CMD', 'x']}}, None, 90),
            ({'healthcheck': {'test': ['NONE']}}, 12.0, 60),
            ({'x-slipway': {'timeout': 5}}, 12.0, 5),
        ):
            with self.subTest(service):
                self.assertEqual(self.described(service, of_image)[0]['healthTimeout'], seconds)

    def test_as_many_as_are_asked_for(self):
        self.assertEqual([one['instances'] for one in self.described({'deploy': {'replicas': 3}})], [3])
        self.assertEqual([one['instances'] for one in self.described({'scale': 2, 'deploy': {'replicas': 3}})], [2])
        self.assertEqual(self.described({'scale': 0}), [])

    def test_how_it_ends_and_what_it_may_take(self):
        [one] = self.described({'stop_signal': 'SIGQUIT', 'stop_grace_period': '1m30s', 'mem_limit': '268435456'})
        self.assertEqual((one['stop'], one['memory']), ({'signal': 'SIGQUIT', 'timeout': 90}, 268435456))
        [one] = self.described({'deploy': {'resources': {'limits': {'memory': '268435456'}}}})
        self.assertEqual(one['memory'], 268435456)

    def test_what_becomes_of_it_when_it_ends(self):
        web = {'ports': [port(80, 80)]}
        for service, policy, may_end in (
            ({}, 'unless-stopped', True),
            (web, 'unless-stopped', False),
            ({'restart': 'always'}, 'always', False),
            ({'restart': 'on-failure:3'}, 'on-failure', True),
            # A migration that nobody waits for: started again it would run without an end.
            ({'restart': 'no'}, 'no', True),
            ({'deploy': {'restart_policy': {'condition': 'none'}}}, 'no', True),
            ({'deploy': {'restart_policy': {'condition': 'any'}}}, 'always', False),
            # Docker listens for it: a database that is told to end says 0, too.
            ({'ports': [port(5432, 5432)], 'volumes': [VOLUME]}, 'unless-stopped', False),
            # Users come in by it: with the host it has to come back.
            ({**web, 'restart': 'no'}, 'unless-stopped', False),
        ):
            with self.subTest(service):
                kind = kinds_of(web=service)['web']
                self.assertEqual(describing.restart_policy(service, kind)['Name'], policy)
                self.assertEqual(describing.may_end(service, kind), may_end)
        self.assertEqual(describing.restart_policy({'restart': 'on-failure:3'}, kinds_of(web={})['web'])['MaximumRetryCount'], 3)

    def test_the_main_port_comes_first_and_each_once(self):
        kind = kinds_of(web={'ports': [port(9000, 9000), port(80, 8000), port(8080, 8000)]})['web']
        self.assertEqual(describing.targets(kind), [8000, 9000])
        self.assertEqual([describing.port_key('web', target, kind) for target in (8000, 9000)], ['web', 'web:9000'])

    def test_a_port_that_is_none(self):
        for published, target in (('70000', 80), ('08' * 10_000, 80), ('\u00b2', 80), ('8080', 70000)):
            with self.subTest(published[:9], target=target), self.assertRaises(Failure) as caught:
                kinds_of(web={'ports': [{'published': published, 'target': target}]})
            self.assertEqual(caught.exception.code, 'compose-file-invalid')

    def test_numbers_of_thousands_of_digits(self):
        self.assertIsNone(describing._memory({'mem_limit': '9' * 5000}))
        self.assertEqual(describing._memory({'mem_limit': '268435456'}), 1 << 28)
        self.assertEqual(extensions._scalar('9' * 5000), '9' * 5000)
        self.assertEqual([numbers.whole(said) for said in ('9' * 5000, '\u0667', '', None, '-1', 7, '007')], [None, None, None, None, None, 7, 7])

    def test_durations(self):
        for text, seconds in (('1m30s', 90), ('500ms', 0.5), ('2h', 7200), ('1.5s', 1.5), ('', 7), (None, 7), ('soon', 7)):
            self.assertEqual(durations.seconds(text, 7), seconds)

    def test_a_number_without_end_and_without_a_unit_is_looked_at_once(self):
        # The whole run of tests would be waiting otherwise.
        self.assertEqual(durations.seconds('08' * 500_000, 7), 7)


DATABASE = {
    'image': 'db:1',
    'environment': {'A': '1'},
    'networks': {'default': None},
    'configs': [{'source': 'conf'}],
    'volumes': [VOLUME],
}


class Definition(unittest.TestCase):
    def digest(self, service=None, image='sha256:1', **more):
        whole = {**model(db={**DATABASE, **(service or {})}), 'configs': {'conf': {'file': '/x'}}, 'volumes': {'data': {'name': 'notes_data'}}, **more}
        return definition.digest(whole, 'db', [image])

    def test_what_makes_its_containers_others(self):
        for change in (
            {'service': {'environment': {'A': '2'}}},
            {'image': 'sha256:2'},
            {'configs': {'conf': {'file': '/y'}}},
            {'volumes': {'data': {'name': 'other'}}},
            {'networks': {'default': {'name': 'notes_default', 'internal': True}}},
            {'x-given': {'db': {'conf': 'another value'}}},
        ):
            with self.subTest(change):
                self.assertNotEqual(self.digest(**change), self.digest())

    def test_what_does_not(self):
        for service in ({'image': 'db:2'}, {'depends_on': {'x': {}}}, {'restart': 'always'}, {'profiles': ['a']}, {'build': {}}, {'x-slipway': {'rollout': 'alone'}}):
            with self.subTest(service):
                self.assertEqual(self.digest(service), self.digest())


class Extensions(unittest.TestCase):
    def test_keys_of_ours_out_of_what_compose_prints(self):
        text = '''name: notes
services:
  "1":
    image: x
    x-slipway:
      route: /api/
      timeout: 90
      "rollout": "be\\u0073ide"
      health: '/it''s'
    networks:
      default: null
  db:
    labels:
      x-slipway: not a key of ours
    x-slipway: {}
networks:
  x-slipway:
    route: /
'''
        self.assertEqual(extensions.of_services(text), {'1': {'route': '/api/', 'timeout': 90, 'rollout': 'beside', 'health': "/it's"}, 'db': {}})


if __name__ == '__main__':
    unittest.main()
