"""A container that was stopped for another is called back, whenever the run that stopped it was killed."""

import copy
import unittest

from slipway.project import engine
from test_project_starting import VOLUME, Started


class CalledBack(Started):
    def serves_a_database(self):
        """One of which nobody says `restart`, so it might be one that does its work and ends."""
        self.engine.containers.clear()
        old = self.serves(1, {'db': VOLUME})
        old.supervisor.start(['notes--1-db-1'], boot=True)
        return old, self.engine.containers['id-notes--1-db-1']

    def test_whenever_a_stop_is_cut_off_a_database_begins_again_also_after_a_restart_of_the_host(self):
        for restarts in (False, True):
            for calls in range(9):
                with self.subTest(calls=calls, restarts=restarts):
                    old, item = self.serves_a_database()
                    was = copy.deepcopy(item)
                    killed = self.engine.killed_after(calls, old.supervisor.stop_these, ['notes--1-db-1'])
                    if restarts:
                        self.engine.restart_host()
                    old.supervisor.begin_again(['notes--1-db-1'])
                    self.assertEqual(item, was)
                    if not killed:
                        break
            self.assertEqual(calls, 3)

    def test_whenever_its_way_back_is_cut_off_it_begins_again_all_the_same(self):
        for restarts in (False, True):
            for calls in range(9):
                with self.subTest(calls=calls, restarts=restarts):
                    old, item = self.serves_a_database()
                    was = copy.deepcopy(item)
                    old.supervisor.stop_these(['notes--1-db-1'])
                    killed = self.engine.killed_after(calls, old.supervisor.begin_again, ['notes--1-db-1'])
                    if restarts:
                        self.engine.restart_host()
                    old.supervisor.begin_again(['notes--1-db-1'])
                    self.assertEqual(item, was)
                    if not killed:
                        break
            self.assertEqual(calls, 3)

    def test_a_start_that_is_refused_once_leaves_the_mark_for_the_next(self):
        old, item = self.serves_a_database()
        old.supervisor.stop_these(['notes--1-db-1'])
        self.engine.refuse = {'/start': 500}
        with self.assertRaises(engine.Refused):
            old.supervisor.begin_again(['notes--1-db-1'])
        self.engine.refuse = {}
        old.supervisor.begin_again(['notes--1-db-1'])
        self.assertEqual((item['State']['Status'], item['Name']), ('running', '/notes--1-db-1'))

    def test_what_people_had_stopped_is_not_begun_on_the_way_back(self):
        old, item = self.serves_a_database()
        item['Name'] = '/database'
        item['State'].update(Running=False, Status='exited', ExitCode=137)
        was = copy.deepcopy(item)
        old.supervisor.stop_these(['notes--1-db-1'])
        self.assertEqual(item['Name'], '/database.id-notes.ended')
        self.assertEqual(item['HostConfig']['RestartPolicy'], {'Name': 'no'})
        old.supervisor.begin_again(['notes--1-db-1'])
        self.assertEqual(item, was)

    def test_one_that_is_refused_keeps_no_other_down_and_ports_come_last(self):
        old = self.serves(1, {name: {'volumes': [{**VOLUME['volumes'][0], 'source': name}]} for name in ('a', 'b', 'c')})
        self.engine.containers['id-notes--1-a-1']['HostConfig']['PortBindings'] = {'1/tcp': [{'HostPort': '1'}]}
        names = old.names_of(old.running())
        old.supervisor.stop_these(names)
        self.engine.told.clear()
        self.engine.refuse = {'b-1/start': 500}
        with self.assertRaises(engine.Refused):
            old.supervisor.begin_again(names)
        self.assertEqual(list(self.engine.of('start')), ['id-notes--1-c-1', 'id-notes--1-a-1'])
        self.assertEqual([item['Name'] for item in self.engine.containers.values()], ['/notes--1-a-1', '/notes--1-b-1.id-notes.stopped', '/notes--1-c-1'])

    def test_one_whose_removal_a_power_cut_has_cut_off_is_in_nobodys_way(self):
        old, item = self.serves_a_database()
        other = self.engine.add('notes--1', 'other')
        item['State'].update(Running=False, Status='dead')
        old.supervisor.stop_these(['notes--1-db-1', 'notes--1-other-1'])
        self.assertEqual(other['State']['Status'], 'exited')
        old.supervisor.start(['notes--1-db-1'], boot=True)
        anew = self.engine.containers[item['Id']]
        self.assertIsNot(anew, item)
        self.assertEqual(anew['State']['Status'], 'running')


if __name__ == '__main__':
    unittest.main()
