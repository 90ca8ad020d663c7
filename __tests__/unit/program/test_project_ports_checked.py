"""Ports that will not be free, or are published twice, are told before anything is touched; and so is one that goes over."""

import unittest

from published import HTTP, TCP
from slipway.project import deciding, docker_ports
from test_project_ports import ALONE, BESIDE, VOLUME, TurnsTest


class Checked(TurnsTest):
    def check(self, old, after):
        found = self.project(after)
        found.adopted = None
        deciding.check(self.layout, found, old)
        return [*deciding.notes(self.layout, found, old)], deciding.lines(self.layout, found, old)[1]

    def test_is_no_port_that_is_taken_and_is_said_beforehand(self):
        for before, after, words in ((ALONE, BESIDE, 'port 8080: closed for a moment while users are led over'),
                                     (BESIDE, ALONE, 'port 8080: closed until the new web listens')):
            with self.subTest(words):
                self.engine.containers.clear()
                self.has.clear()
                for said in self.check(self.serves(before), after):
                    self.assertEqual([line[:len(words)] for line in said if line.startswith('port')], [words])

    def test_a_port_that_nothing_happens_to_is_not_spoken_of(self):
        for each in (ALONE, BESIDE):
            self.engine.containers.clear()
            self.has.clear()
            notes, plan = self.check(self.serves(each), each)
            self.assertEqual([line for line in [*notes, *plan] if line.startswith('port')], [])

    def test_of_somebody_else_it_is_taken(self):
        for services in (ALONE, BESIDE):
            with self.subTest(services):
                self.listens = {8080}
                self.refused('port-taken', self.check, None, services)

    def test_who_begins_before_the_transaction_finds_it_taken(self):
        # Nothing of that name serves, so nothing would keep it waiting.
        failure = self.refused('port-taken', self.check, self.serves(BESIDE), {'db': {'ports': [HTTP], **VOLUME}})
        self.assertIn('the volume data', failure.why)

    def test_of_one_that_is_not_replaced_it_is_taken_though_that_does_not_run(self):
        old = self.serves({'old': {'ports': [HTTP], **VOLUME}, 'web': {'container_name': 'web'}})
        for act in (old.supervisor.stop_these, old.supervisor.begin_again):
            failure = self.refused('port-taken', self.check, old, {'db': {'ports': [HTTP], **VOLUME}})
            self.assertIn('notes--1-old-1', failure.what)
            self.check(old, {'web': {'ports': [HTTP], 'container_name': 'web'}})
            act(['notes--1-old-1'])

    def test_one_port_for_two(self):
        here, there = {**TCP, 'host_ip': '127.0.0.1'}, {**TCP, 'host_ip': '127.0.0.2'}
        four, six = {**TCP, 'host_ip': '0.0.0.0'}, {**TCP, 'host_ip': '::'}
        for one, other in (
            ({'ports': [HTTP]}, {'ports': [HTTP], **VOLUME}),
            ({'ports': [HTTP], 'container_name': 'a'}, {'ports': [HTTP], **VOLUME}),
            # Of ours the number is all that there is, whatever the address.
            ({'ports': [here]}, {'ports': [there], **VOLUME}),
            ({'ports': [here]}, {'ports': [there]}),
            ({'ports': [here], 'container_name': 'a'}, {'ports': [four], **VOLUME}),
            ({'ports': [six], 'container_name': 'a'}, {'ports': [HTTP, {**TCP, 'host_ip': ''}], **VOLUME}),
        ):
            with self.subTest(one=one, other=other):
                self.refused('port-twice', self.check, None, {'a': one, 'b': other})

    def test_docker_keeps_addresses_apart(self):
        four, six = {**TCP, 'host_ip': '0.0.0.0'}, {**TCP, 'host_ip': '::'}
        self.check(None, {'b': {'ports': [four, six], **VOLUME}})
        # Said twice by one service it is one.
        self.check(None, {'b': {'ports': [TCP, TCP], **VOLUME}})
        self.check(None, {'a': {'ports': [four], 'container_name': 'a'}, 'b': {'ports': [six], **VOLUME}})
        self.check(None, {'a': {'ports': [TCP], 'container_name': 'a'}, 'b': {'ports': [{**TCP, 'host_ip': '127.0.0.2'}], **VOLUME}})
        serving = self.serves({'b': {'ports': [four, six], **VOLUME}})
        self.assertEqual(docker_ports.held(serving), {6379: {'notes--1-b-1'}})
        self.assertEqual(self.check(serving, {'b': {'ports': [four, six], **VOLUME}})[0][1:], [])

    def test_ports_of_docker(self):
        services = {'db': {'ports': [TCP, {**TCP, 'published': '53', 'protocol': 'udp'}, {'target': 1, 'protocol': 'tcp'}], **VOLUME}, **BESIDE}
        serving = self.serves(services)
        # By this one nginx reaches it.
        serving.ports['web'] = [20001]
        self.engine.containers['id-notes--1-web-1']['NetworkSettings']['Ports']['3000/tcp'] = [{'HostIp': '127.0.0.1', 'HostPort': '20001'}]
        self.assertEqual(docker_ports.held(serving), {6379: {'notes--1-db-1'}})
        self.assertEqual(docker_ports.wanted(serving), {6379})
        self.assertEqual(docker_ports.claimed(serving), {6379, 8080})


if __name__ == '__main__':
    unittest.main()
