"""What is decided of a project before anything is touched: who is carried, what it takes, who must not write beside whom."""

import unittest
from unittest import mock

from containers import ContainersTest, pin
from place import activated, config, service
from slipway import capacity, memory, proof
from slipway.failures import Failure
from slipway.project import (
    adopting,
    composing,
    deciding,
    images,
    labels,
    leaving,
    networks,
    preparing,
    writers,
)

BUILD = {'context': '/x'}
PORT = {'ports': [{'target': 80, 'published': '80', 'protocol': 'tcp'}]}


def writes(source='data', **more):
    return {'volumes': [{'type': 'volume', 'source': source, 'target': '/data'}], **more}


def mounts(name):
    return [{'Type': 'volume', 'Name': name, 'RW': True}]


SERVICES = {'web': {**PORT, 'build': BUILD}, 'db': writes(), 'worker': {'build': BUILD}}


class Carried(ContainersTest):
    def serving(self, services=None):
        found = self.activation(1, services or SERVICES)
        for name in found.facts['project']['services']:
            self.engine.add('notes--1', name)
        return found

    def carried(self, services, serving, **more):
        project = self.project(services)
        for name, value in more.items():
            setattr(project, name, value)
        return project.carried(serving)

    def test_what_is_unchanged_and_no_way_in(self):
        self.assertEqual(self.carried(SERVICES, self.serving()), {'db': 1, 'worker': 1})

    def test_not_what_is_another_does_not_run_or_is_to_pause(self):
        serving = self.serving()
        self.assertEqual(self.carried({**SERVICES, 'db': writes(environment={'A': '1'})}, serving), {'worker': 1})
        self.assertEqual(self.carried(SERVICES, serving, pausing=True), {'db': 1})
        self.engine.add('notes--1', 'db', running=False, State={'ExitCode': 1})
        self.assertEqual(self.carried(SERVICES, serving), {'worker': 1})

    def test_who_lives_in_it_is_another_when_it_is(self):
        services = {'vpn': {}, 'app': {'network_mode': 'service:vpn', 'networks': None}}
        serving = self.serving(services)
        self.assertEqual(self.carried(services, serving), {'vpn': 1, 'app': 1})
        self.assertEqual(self.carried({**services, 'vpn': {'environment': {'A': '1'}}}, serving), {})

    def test_who_lives_in_what_is_carried_is_led_to_its_container(self):
        services = {'vpn': {}, 'app': {'network_mode': 'service:vpn', 'networks': None, 'volumes_from': ['vpn:ro', 'data']}, 'data': {}}
        self.serving(services)
        new = self.activation(2, services, {'vpn': 1})
        found = preparing._carried_leaders(self.project(services), new, ['app', 'data'])
        self.assertEqual(found, {'vpn': 'id-notes--1-vpn-1'})
        text = composing.text_for(self.project(services), new, ['app', 'data'], found)
        self.assertEqual(text['services']['app']['network_mode'], 'container:id-notes--1-vpn-1')
        self.assertEqual(text['services']['app']['volumes_from'], ['container:id-notes--1-vpn-1:ro', 'data'])
        both = composing.text_for(self.project(services), new, ['app', 'vpn', 'data'])
        self.assertEqual(both['services']['app']['network_mode'], 'service:vpn')

    def test_memory_is_not_wanted_twice_for_what_there_never_are_two_of(self):
        services = {'web': {**PORT, 'build': BUILD, 'mem_limit': '100000000'}, 'db': writes(mem_limit='2000000000'), 'cache': {'mem_limit': '1000000000'}}
        serving = self.serving(services)
        project = self.project({**services, 'db': writes(mem_limit='2000000000', environment={'A': '1'})})
        self.assertEqual(deciding.never_two(self.layout, project, serving), {'db', 'cache'})
        wanted = self.replace(capacity, 'check_memory', mock.Mock())
        memory.check(self.layout, {**serving.config, 'services': project.services()}, serving, {'db', 'cache'})
        self.assertEqual(wanted.call_args.args[0], 100000000 + (32 << 20))
        # The first time all of it is new.
        self.assertEqual(deciding.never_two(self.layout, self.project(services), None), set())


class Told(ContainersTest):
    def how(self, services, serving=None, adopted=None):
        project = self.project(services)
        project.adopted = adopted
        return [deciding.how(project, name, project.carried(serving), serving) for name in sorted(project.kinds)]

    def test_nothing_is_beside_an_old_one_when_there_is_none(self):
        services = {'web': {**PORT, 'build': BUILD}, 'db': writes()}
        self.assertEqual(self.how(services), ['db: started (never two at once: it writes to the volume data)', 'web: started, route /'])
        serving = self.activation(1, services)
        changed = {'web': services['web'], 'db': writes(environment={'A': '1'}), 'new': {'build': BUILD}}
        self.assertEqual(self.how(changed, serving), ['db: ended, then started anew (not both at once: it writes to the volume data)', 'new: started',
                                                      'web: started beside the old one, route /'])
        adopted = {'unchanged': ['db'], 'project': {'services': {'web': {}, 'db': {}}}}
        self.assertEqual(self.how(services, adopted=adopted), ['db: unchanged, is not touched', 'web: started beside the old one, route /'])


class Writers(ContainersTest):
    def check(self, before, after, running=True, **model_more):
        old = self.activation(1, before)
        for name, said in before.items():
            self.engine.add('notes--1', name, running=running, Mounts=mounts('notes_data') if said.get('volumes') else [])
        writers.check(self.project(after, **model_more), old)

    def test_a_database_of_another_name_does_not_write_beside_the_one_that_goes(self):
        with self.assertRaises(Failure) as caught:
            self.check({'db': writes()}, {'postgres': writes()})
        self.assertEqual(caught.exception.code, 'written-by-two')
        self.assertIn('docker stop notes--1-db-1', caught.exception.cure)

    def test_what_is_no_danger(self):
        for before, after, running in (
            ({'db': writes()}, {'db': writes()}, True),
            ({'db': writes()}, {'postgres': writes('other')}, True),
            ({'db': writes()}, {'postgres': writes()}, False),
            ({'db': writes()}, {'web': {}}, True),
            # They wrote there together all the time.
            ({'web': writes(), 'worker': writes()}, {'web': writes(), 'mailer': writes()}, True),
        ):
            with self.subTest(after=after, running=running):
                self.check(before, after, running)
        writers.check(self.project({'db': writes()}), None)


class Composed(ContainersTest):
    def text(self, services, **more):
        project = self.project(services, **more)
        activation = self.activation(3, services)
        activation.facts['ports'] = {'web': [20001, 20002]}
        activation.facts['project'] = preparing.facts(project, 3, {})
        return composing.text_for(project, activation, list(services))

    def test_containers_are_marked_pinned_and_not_started_again_until_they_are_proven(self):
        text = self.text({'web': {**PORT, 'deploy': {'replicas': 2, 'restart_policy': {'condition': 'any'}}, 'restart': 'always', 'depends_on': {}, 'labels': {'a': 'b'}}})
        web = text['services']['web']
        self.assertEqual((text['name'], web['restart'], web['pull_policy'], web['deploy']), ('notes--3', 'no', 'never', {'replicas': 2}))
        self.assertEqual(web['image'], images.ours(self.layout, pin('web')))
        self.assertEqual(web['labels'], {'a': 'b', **labels.of('shop', 3)})
        self.assertNotIn('depends_on', web)

    def test_ports_are_the_hosts_own_and_only_of_this_host(self):
        web = self.text({'web': PORT})['services']['web']
        self.assertEqual(web['ports'], [{'mode': 'host', 'host_ip': '127.0.0.1', 'target': 80, 'published': '20001-20002', 'protocol': 'tcp'}])
        alone = self.text({'web': {**PORT, **writes()}})['services']['web']
        self.assertEqual(alone['ports'], PORT['ports'])

    def test_what_is_new_with_each_activation_has_networks_of_its_own_and_what_is_kept_the_projects(self):
        text = self.text({'web': PORT, 'db': writes()})
        self.assertEqual(text['networks'], {'default.own': {'name': 'notes--3_default', 'external': True}, 'default.stable': {'name': 'notes_default', 'external': True}})
        self.assertEqual([list(text['services'][name]['networks']) for name in ('web', 'db')], [['default.own'], ['default.stable']])
        self.assertEqual(text['volumes'], {'data': {'name': 'notes_data', 'external': True}})

    def test_there_is_one_network_where_there_can_be_only_one(self):
        for said in ({'external': True, 'name': 'proxy'}, {'ipam': {'config': [{'subnet': '10.1.0.0/24'}]}}, {'driver': 'macvlan'},
                     {'driver_opts': {'com.docker.network.bridge.name': 'br-notes'}}):
            with self.subTest(said):
                self.assertIsNone(networks.plan({'networks': {'default': said}}, 'notes', 3)['default']['own'])
        self.assertEqual(networks.plan({'networks': {'default': None}}, 'notes', 3)['default'], {'stable': 'notes_default', 'own': 'notes--3_default', 'external': False})


class Adopted(ContainersTest):
    def found(self, project_name='my_notes', network='my_notes_default'):
        project = self.project({'web': PORT, 'db': writes(), 'job': {}}, {'project': project_name}, networks={'default': {'name': network}})
        self.engine.add(project_name, 'db', app=None, NetworkSettings={'Networks': {network: {}}, 'Ports': {}})
        self.engine.add(project_name, 'job', app=None, running=False)
        # Of no service of the file: somebody's.
        self.engine.add(project_name, 'other', app=None)
        self.engine.add(f'{project_name}-1', 'web')
        return adopting.found(project, config(target='docker', supervisor='compose'))

    def test_what_runs_under_the_projects_name_is_an_activation_before_the_first(self):
        facts = self.found()
        self.assertEqual((facts['number'], sorted(facts['project']['services'])), (0, ['db', 'job']))
        self.assertEqual([facts['project']['services'][name]['ends'] for name in ('db', 'job')], [False, True])
        self.assertEqual({one['name']: one['overlap'] for one in facts['config']['services']}, {'db': False, 'job': True})

    def test_its_networks_are_known_by_what_the_file_calls_them(self):
        self.assertEqual(self.found()['project']['services']['db']['networks'], {'default': None})
        self.assertEqual(self.found('notes', 'backbone')['project']['services']['db']['networks'], {'default': None})

    def test_nothing_is_there(self):
        self.assertIsNone(adopting.found(self.project({'web': PORT}), config()))

    def test_a_name_that_another_app_has(self):
        self.engine.add('notes--4', 'db', app='other')
        with self.assertRaises(Failure) as caught:
            adopting.check_name(self.layout, 'notes')
        self.assertEqual(caught.exception.code, 'project-taken')
        adopting.check_name(self.layout, 'note')

    def test_what_was_taken_over_goes_with_the_app_but_not_what_is_still_theirs(self):
        self.replace(leaving.engine, 'SOCKET', self.folder)
        for name in ('db', 'other'):
            self.engine.add('notes', name, app=None)
        self.stored(self.activation(1, {'db': writes()}, {'db': 0}, adopted={'number': 0}))
        leaving.end_taken_over(self.layout)
        self.assertEqual(sorted(self.engine.containers), ['id-notes-db-1', 'id-notes-other-1'])
        self.write(self.layout.taken_over(1))
        leaving.end_taken_over(self.layout)
        self.assertEqual(sorted(self.engine.containers), ['id-notes-other-1'])


class Proof(ContainersTest):
    def test_the_route_is_found_also_where_others_have_only_ports(self):
        redis = {'ports': [{'target': 6379, 'published': '6379', 'protocol': 'tcp'}]}
        new = self.activation(1, {'web': PORT, 'redis': redis})
        self.assertEqual(proof.leads_to(new, '/healthz'), 'web')
        self.assertEqual(proof.leads_to(activated(self.layout, config(service('api', route='/api/'), service('q', route=None))), '/api/x'), 'api')


if __name__ == '__main__':
    unittest.main()
