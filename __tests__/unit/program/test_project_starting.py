"""Containers of an activation: started in their order, ended, kept, removed, by an Engine in memory."""

import os
import unittest
from unittest import mock

from containers import ContainersTest, Engine, no_health
from place import Silent, config
from slipway import cutover, units
from slipway.project import engine, jobs, starting
from slipway.supervisors import compose as supervisor
from transaction import TransactionTest

BUILD = {'context': '/x'}
PORT = {'ports': [{'target': 80, 'published': '80', 'protocol': 'tcp'}]}
VOLUME = {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data'}]}
DONE = {'condition': 'service_completed_successfully'}
NO_HEALTH = no_health()


class Started(ContainersTest):
    def setUp(self):
        super().setUp()
        self.made = []
        self.replace(supervisor.Compose, 'make', lambda keeper, services: [self.make(keeper, name) for name in services])
        NO_HEALTH.start()
        self.addCleanup(NO_HEALTH.stop)

    def make(self, keeper, name):
        self.made.append(name)
        number = keeper.facts['number']
        for each in range(1, keeper.facts['project']['services'][name]['instances'] + 1):
            self.engine.add(keeper.project(number), name, each, running=name != 'migrate')

    def serves(self, number, services, homes=None):
        activation = self.stored(self.activation(number, services, homes))
        for name, own in activation.facts['project']['services'].items():
            if own['home'] == number and own['kind'] != 'job':
                self.engine.add(activation.supervisor.project(number), name)
        return activation


ORDERED = {
    'web': {**PORT, 'build': BUILD, 'depends_on': {'api': {}, 'migrate': DONE}},
    'api': {'build': BUILD, 'depends_on': {'db': {}}},
    'migrate': {'build': BUILD, 'depends_on': {'db': {}}},
    'db': VOLUME,
    'worker': {'build': BUILD},
}
SOME = {'web': {**PORT, 'build': BUILD}, 'db': VOLUME, 'tool': {'restart': 'no'}}


class Order(Started):
    def test_what_users_come_in_by_and_all_that_it_needs_and_workers_in_the_transaction(self):
        new = self.activation(1, ORDERED)
        starting.early(new, None, None, Silent())
        self.assertEqual(self.made, ['db', 'api', 'web'])
        starting.late(new, None, None, Silent(), None)
        self.assertEqual(self.made, ['db', 'api', 'web', 'worker'])

    def test_a_host_that_is_not_the_first_runs_jobs_by_itself_in_their_place(self):
        new = self.activation(1, ORDERED, jobsHere=True)
        starting.early(new, None, None, Silent(), {}, mock.Mock())
        self.assertEqual(self.made, ['db', 'migrate', 'api', 'web'])

    def test_also_when_only_workers_wait_for_them(self):
        services = {'worker': {'build': BUILD, 'depends_on': {'migrate': DONE}}, 'migrate': {'build': BUILD}}
        new = self.activation(1, services, jobsHere=True)
        starting.early(new, None, None, Silent(), {}, mock.Mock())
        self.assertEqual(self.made, ['migrate'])
        starting.late(new, None, None, Silent(), None)
        self.assertEqual(self.made, ['migrate', 'worker'])

    def test_what_cannot_run_twice_waits_for_the_old_one_to_end(self):
        old = self.serves(1, ORDERED)
        new = self.activation(2, ORDERED)
        starting.early(new, old, None, Silent())
        self.assertEqual(self.made, ['api', 'web'])
        # Until then the new ones find the old one under its name.
        self.assertIn(('id-notes--1-db-1', 'notes--2_default'), self.connected())
        ended = []
        starting.late(new, old, None, Silent(), lambda _, names: ended.extend(names))
        self.assertEqual((ended, self.made), (['notes--1-db-1'], ['api', 'web', 'db', 'worker']))
        # And should it come to that, what serves finds the new one.
        self.assertIn(('id-notes--2-db-1', 'notes--1_default'), self.connected())

    def test_what_is_carried_is_neither_made_nor_ended_and_found_in_the_new_networks(self):
        old = self.serves(1, ORDERED)
        new = self.activation(2, ORDERED, {'db': 1, 'worker': 1})
        starting.early(new, old, None, Silent())
        starting.late(new, old, None, Silent(), self.fail)
        self.assertEqual(self.made, ['api', 'web'])
        self.assertIn(('id-notes--1-db-1', 'notes--2_default'), self.connected())

    def connected(self):
        return [(body['Container'], path.split('/')[2]) for _, path, body in self.engine.told if path.endswith('/connect')]

    def test_a_job_that_does_not_end_with_0_is_a_failure_with_its_output(self):
        new = self.activation(1, ORDERED)
        self.replace(supervisor.Compose, 'make', lambda *_: self.engine.add('notes--1', 'migrate', running=False, State={'ExitCode': 3}))
        self.replace(engine, 'output', lambda *_, **__: 'no such table\n')
        records = mock.Mock()
        with self.assertRaisesRegex(Exception, 'exit code 3') as caught:
            jobs.run(new, Silent(), records, {}, 'migrate', 5)
        self.assertIn('no such table', caught.exception.evidence[0]['text'])
        self.assertEqual([call.kwargs['result'] for call in records.append.call_args_list], ['begun', 'failed with 3'])


class Kept(Started):
    def test_what_another_activation_has_is_not_stopped_or_removed(self):
        old = self.serves(1, SOME)
        self.stored(self.activation(2, SOME, {'db': 1, 'tool': 1}))
        names = old.names_of(old.running())
        old.supervisor.stop(names, 10)
        old.supervisor.remove(names)
        self.assertEqual(sorted(self.engine.containers), ['id-notes--1-db-1', 'id-notes--1-tool-1'])

    def test_what_is_stopped_does_not_come_back_with_the_host_and_what_serves_does(self):
        new = self.serves(1, SOME)
        names = new.names_of(new.running())
        new.supervisor.start(names, boot=True)
        policies = {item['Name']: item['HostConfig']['RestartPolicy']['Name'] for item in self.engine.containers.values()}
        self.assertEqual(policies, {'/notes--1-db-1': 'unless-stopped', '/notes--1-web-1': 'unless-stopped', '/notes--1-tool-1': 'no'})
        new.supervisor.stop(names, 10)
        self.assertEqual({item['HostConfig']['RestartPolicy']['Name'] for item in self.engine.containers.values()}, {'no'})

    def test_what_has_done_its_work_is_up_and_is_not_started_again(self):
        new = self.activation(1, {'tool': {}})
        self.engine.add('notes--1', 'tool', running=False)
        name = new.names_of(new.running())[0]
        self.assertEqual((new.look([name])[name].phase, new.look([name])[name].said), ('up', 'ended with 0'))
        new.supervisor.start([name], boot=True)
        self.assertEqual(self.engine.of('start'), {})
        self.assertEqual(self.engine.of('update'), {'id-notes--1-tool-1': {'RestartPolicy': {'Name': 'no'}}})

    def test_a_database_that_was_told_to_end_says_0_and_is_started_again_on_the_way_back(self):
        # Nobody says `restart` of it, so it might be one that does its work and ends.
        old = self.serves(1, {'db': VOLUME})
        old.supervisor.stop(['notes--1-db-1'], 10)
        self.assertFalse(old.look(['notes--1-db-1'])['notes--1-db-1'].is_up())
        old.start(['notes--1-db-1'])
        old.start(['notes--1-db-1'], boot=True)
        self.assertTrue(self.engine.containers['id-notes--1-db-1']['State']['Running'])
        self.assertEqual(self.engine.containers['id-notes--1-db-1']['Name'], '/notes--1-db-1')
        self.assertEqual(self.engine.containers['id-notes--1-db-1']['HostConfig']['RestartPolicy'], {'Name': 'unless-stopped'})

    def test_how_it_stands(self):
        new = self.activation(1, {'web': PORT})
        name = new.names_of(new.running())[0]
        for told, phase, exit_code, signal in (
            ({'Status': 'running', 'Running': True}, 'up', None, None),
            ({'Status': 'exited', 'Running': False, 'ExitCode': 3}, 'failed', 3, None),
            ({'Status': 'exited', 'Running': False, 'ExitCode': 137}, 'failed', None, 9),
            ({'Status': 'restarting', 'Running': True, 'ExitCode': 1}, 'restarting', 1, None),
            ({'Status': 'created', 'Running': False, 'Error': 'no such file'}, 'failed', None, None),
        ):
            with self.subTest(told):
                self.engine.add('notes--1', 'web', State=told)
                stands = new.look([name])[name]
                self.assertEqual((stands.phase, stands.exit, stands.signal), (phase, exit_code, signal))
        self.engine.add('notes--1', 'web', State={'Health': {'Status': 'unhealthy'}})
        self.assertTrue(new.look([name])[name].unwell)

    def test_restarts_before_it_was_carried_are_not_this_releases(self):
        new = self.activation(2, {'db': VOLUME}, {'db': 1})
        new.facts['project']['services']['db']['restarts'] = {'notes--1-db-1': 4}
        self.engine.add('notes--1', 'db', RestartCount=5)
        self.assertEqual(new.look(['notes--1-db-1'])['notes--1-db-1'].restarts, 1)

    def test_a_name_of_its_own_is_let_go_and_taken_back(self):
        old = self.serves(1, {'db': VOLUME})
        self.engine.containers['id-notes--1-db-1']['Name'] = '/database'
        old.supervisor.stop(['notes--1-db-1'], 10)
        self.assertEqual(self.engine.containers['id-notes--1-db-1']['Name'], '/database.id-notes.stopped')
        old.supervisor.begin_again(['notes--1-db-1'])
        self.assertEqual(self.engine.containers['id-notes--1-db-1']['Name'], '/database')

    def test_until_what_was_run_by_hand_is_let_go_it_is_nobodys_to_remove(self):
        new = self.activation(1, SOME, {'db': 0, 'tool': 0}, adopted={'number': 0})
        for name in ('db', 'tool'):
            self.engine.add('notes', name, app=None)
        self.engine.add('notes--1', 'web')
        names = new.names_of(new.running())
        new.supervisor.remove(names)
        self.assertEqual(sorted(self.engine.containers), ['id-notes-db-1', 'id-notes-tool-1'])
        os.makedirs(self.layout.activation(1))
        self.write(self.layout.taken_over(1))
        new.supervisor.remove(names)
        self.assertEqual(self.engine.containers, {})

    def test_what_the_engine_refuses_in_the_transaction_is_a_failure(self):
        old = self.serves(1, {'db': VOLUME})
        self.engine.refuse = {'/stop': 500}
        with self.assertRaises(engine.Refused) as caught:
            old.supervisor.stop(['notes--1-db-1'], 10)
        self.assertEqual(caught.exception.code, 'engine-refused')
        self.engine.refuse = {'/stop': 304}
        old.supervisor.stop(['notes--1-db-1'], 10)


class Evidence(Started):
    def test_is_not_of_what_goes_on_as_it_was_unless_that_is_unwell(self):
        self.serves(1, SOME)
        new = self.stored(self.activation(2, SOME, {'db': 1, 'tool': 1}))
        self.engine.add('notes--2', 'web', running=False, State={'ExitCode': 3})
        self.engine.add('notes--1', 'tool', RestartCount=2)
        self.replace(units, 'look', lambda _: {})
        self.engine.logs = {item: f'log of {item}' for item in self.engine.containers}
        found = cutover.evidence_of(new)
        self.assertEqual([item['text'] for item in found], ['log of id-notes--1-tool-1', 'log of id-notes--2-web-1'])
        self.engine.add('notes--1', 'db', State={'Health': {'Status': 'unhealthy'}})
        self.assertIn('log of id-notes--1-db-1', [item['text'] for item in cutover.evidence_of(new)])


class FromProcesses(TransactionTest):
    """An app of processes becomes one of containers."""

    def setUp(self):
        super().setUp()
        self.order = self.told
        self.replace(engine, 'ask', Engine().ask)
        self.replace(starting, 'late', lambda *_: self.order.append('late'))
        self.replace(supervisor.Compose, 'start', lambda *_, **__: None)
        project = {'name': 'notes', 'services': {}, 'published': [], 'jobs': [], 'order': [], 'networks': {}, 'ownNetworks': False}
        self.change(2, config=config(target='docker', supervisor='compose', services=[]), project=project, ports={})

    def beat(self):
        return self.layout.process(1, 'beat', 1) + '.service'

    def test_workers_of_which_there_must_never_be_two_end_before_containers_begin(self):
        self.cut_over()
        ended = [index for index, told in enumerate(self.order) if told[0] == 'stop' and self.beat() in told[1]]
        self.assertLess(ended[0], self.order.index('late'))
        self.assertFalse([told for told in self.order[:self.order.index('late')] if told[0] == 'stop' and any('queue' in name for name in told[1])])

    def test_and_begin_again_on_the_way_back(self):
        self.well = {1}
        with self.assertRaisesRegex(Exception, 'it does not answer'):
            self.cut_over()
        self.stands(1)
        self.assertTrue([told for told in self.order[self.order.index('late'):] if told[0] == 'start' and self.beat() in told[1]])


if __name__ == '__main__':
    unittest.main()
