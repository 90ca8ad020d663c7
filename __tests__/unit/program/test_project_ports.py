"""Ports that go over from Docker itself to our nginx, or back: one after the other, put back on the way back, and said beforehand."""

import re
import unittest
from unittest import mock

from containers import no_health
from place import Silent
from published import DOCKER, HTTP, NGINX, TCP, WaysTest
from slipway import cutover, units
from slipway.project import docker_ports, listening, starting
from slipway.supervisors import compose as supervisor

VOLUME = {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data'}]}
BESIDE, ALONE = {'web': {'ports': [HTTP]}}, {'web': {'ports': [HTTP], **VOLUME}}
NO_HEALTH = no_health()


class TurnsTest(WaysTest):
    """Whoever begins to listen where another does is an error of the test: who has which port is in `self.has`."""

    def setUp(self):
        super().setUp()
        self.has = {}
        self.replace(units, 'runs', lambda unit: 'nginx' == self.has.get(self.port_of(unit)))
        self.replace(units, 'start', lambda names: (self.engine.spend(), [self.take(self.port_of(name), 'nginx') for name in names if self.port_of(name)]))
        self.replace(units, 'stop', lambda names, *_: (self.engine.spend(), [self.leave('nginx', self.port_of(name)) for name in names]))
        self.replace(units, 'wait_over', lambda *_: True)
        self.replace(supervisor.Compose, 'make', lambda keeper, services: self.make(keeper, services))
        NO_HEALTH.start()
        self.addCleanup(NO_HEALTH.stop)
        change = self.engine.change
        self.engine.change = lambda method, item, word, *rest: (self.changed(method, item, word), change(method, item, word, *rest))

    def port_of(self, unit):
        found = re.match(r'slipway-ports\.shop\.(\d+)\.service', unit)
        return int(found[1]) if found else None

    def take(self, port, who):
        self.assertNotIn(port, self.has, f'{who} begins to listen on {port}')
        self.has[port] = who
        self.listens.add(port)
        self.ran.append(f'{port} is {who}')

    def leave(self, who, only=None):
        for port in [port for port, its in self.has.items() if its == who and only in (None, port)]:
            del self.has[port]
            self.listens.discard(port)
            self.ran.append(f'{port} is closed')

    def listener(self, port):
        return NGINX if self.has.get(port) == 'nginx' else DOCKER

    def changed(self, method, item, word):
        if word == 'start':
            self.begin(item)
        elif word == 'stop' or method == 'DELETE':
            self.leave(item['Id'])

    def begin(self, item):
        for inside, bindings in item['HostConfig'].get('PortBindings', {}).items():
            self.take(int(bindings[0]['HostPort']), item['Id'])
            item['NetworkSettings']['Ports'][inside] = bindings

    def make(self, keeper, services):
        self.engine.spend()
        for name in services:
            own = keeper.facts['project']['services'][name]
            bound = {f'{port}/tcp': [{'HostIp': '', 'HostPort': str(port)}] for port in own['dockerPorts']}
            self.begin(self.engine.add(keeper.project(keeper.facts['number']), name, HostConfig={'RestartPolicy': {'Name': 'no'}, 'PortBindings': bound},
                                       NetworkSettings={'Networks': {}, 'Ports': {}}))

    def serves(self, services):
        found = self.stored(self.activation(1, services))
        self.make(found.supervisor, list(services))
        listening.open_ways(found)
        self.ran.clear()
        return found

    def cut_over(self, old, services):
        """As the transaction does it, up to the switch."""
        new = self.stored(self.activation(2, services))
        self.lead_over(old, new)
        return new

    def lead_over(self, old, new):
        starting.early(new, old, None, Silent())
        self.ran.clear()
        starting.late(new, old, None, Silent(), cutover._end)
        cutover._open_ways(self.layout, new, old.number or None)
        listening.lead(new)

    def closed_and_opened(self):
        return [line for line in self.ran if ' is ' in line]


class Turns(TurnsTest):
    def test_from_docker_to_nginx_and_back(self):
        old = self.serves(ALONE)
        self.assertEqual(self.has, {8080: 'id-notes--1-web-1'})
        new = self.cut_over(old, BESIDE)
        self.assertEqual(self.closed_and_opened(), ['8080 is closed', '8080 is nginx'])
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'id-notes--1-web-1'})
        self.assertEqual(self.engine.containers['id-notes--1-web-1']['HostConfig']['RestartPolicy'], {'Name': 'unless-stopped'})

    def test_from_nginx_to_docker_and_back(self):
        old = self.serves(BESIDE)
        self.assertEqual(self.has, {8080: 'nginx'})
        new = self.cut_over(old, ALONE)
        self.assertEqual(self.closed_and_opened(), ['8080 is closed', '8080 is id-notes--2-web-1'])
        self.assertEqual(self.engine.containers['id-notes--1-web-1']['State']['Status'], 'exited')
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'nginx'})
        self.assertEqual(self.engine.containers['id-notes--1-web-1']['State']['Status'], 'running')

    def test_from_a_service_that_goes_to_one_that_stays(self):
        old = self.serves({'old': {'ports': [HTTP], **VOLUME}, 'web': {'ports': [TCP]}})
        new = self.cut_over(old, {'web': {'ports': [TCP, HTTP]}})
        self.assertEqual(self.has, {6379: 'nginx', 8080: 'nginx'})
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {6379: 'nginx', 8080: 'id-notes--1-old-1'})

    def test_from_docker_to_docker_for_another_service(self):
        old = self.serves({'old': {'ports': [HTTP], **VOLUME}, 'web': {'container_name': 'web'}})
        new = self.cut_over(old, {'web': {'ports': [HTTP], 'container_name': 'web'}})
        self.assertEqual(self.has, {8080: 'id-notes--2-web-1'})
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'id-notes--1-old-1'})

    def test_a_way_back_before_anything_was_given_up(self):
        for before, after in ((ALONE, BESIDE), (BESIDE, ALONE)):
            with self.subTest(before):
                self.engine.containers.clear()
                self.has.clear()
                old = self.serves(before)
                had = dict(self.has)
                new = self.stored(self.activation(2, after))
                cutover._return_to(self.layout, old.number, new)
                self.assertEqual((self.has, self.closed_and_opened()), (had, []))

    def test_what_people_had_stopped_has_no_port_to_give_up_and_stays_so(self):
        old = self.stored(self.activation(1, {'spare': {'ports': [HTTP], **VOLUME}, **ALONE}))
        self.make(old.supervisor, ['spare'])
        spare = self.engine.containers['id-notes--1-spare-1']
        spare['State'].update(Running=False, Status='exited', ExitCode=0)
        spare['NetworkSettings']['Ports'] = {}
        self.has.clear()
        self.make(old.supervisor, ['web'])
        new = self.cut_over(old, BESIDE)
        cutover._return_to(self.layout, 1, new)
        self.assertEqual((self.has, spare['State']['Status'], spare['Name']), ({8080: 'id-notes--1-web-1'}, 'exited', '/notes--1-spare-1'))

    def test_one_that_ends_again_and_again_gives_its_port_up(self):
        old = self.serves(ALONE)
        item = self.engine.containers['id-notes--1-web-1']
        # Between two attempts.
        item['NetworkSettings']['Ports'] = {}
        item['State'].update(Status='restarting', Restarting=True)
        self.assertEqual(docker_ports.held(old), {8080: {'notes--1-web-1'}})
        new = self.cut_over(old, BESIDE)
        self.assertEqual((self.has, item['HostConfig']['RestartPolicy']), ({8080: 'nginx'}, {'Name': 'no'}))
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'id-notes--1-web-1'})

    def test_a_port_is_open_when_it_is_nginx_that_listens(self):
        old = self.serves(BESIDE)
        self.replace(listening.polling, 'wait_until', lambda condition, *_: condition())
        self.has[8080] = 'somebody'
        self.replace(units, 'start', lambda _names: None)
        self.refused('port-not-open', listening.open_ways, old)

    def test_who_has_the_port_by_another_name_ends_before_the_way_back(self):
        old = self.serves({'db': {'ports': [HTTP], **VOLUME}})
        item = self.engine.containers['id-notes--1-db-1']
        # Between two attempts, when the newcomer is looked at and begun.
        self.leave(item['Id'])
        item['NetworkSettings']['Ports'] = {}
        item['State'].update(Status='restarting', Restarting=True)
        new = self.cut_over(old, {'cache': {'ports': [HTTP], 'container_name': 'cache'}})
        self.assertEqual(self.has, {8080: 'id-notes--2-cache-1'})
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'id-notes--1-db-1'})

    def test_one_that_does_not_begin_keeps_nothing_else_from_the_way_back(self):
        handed = self.replace(cutover.schedule, 'hand_over', mock.Mock())
        old = self.serves({'db': {'ports': [TCP], **VOLUME}, **BESIDE})
        new = self.cut_over(old, {'db': {'ports': [HTTP], **VOLUME}})
        self.assertEqual(self.has, {8080: 'id-notes--2-db-1'})
        self.engine.refuse = {'id-notes--1-db-1/start': 500}
        self.refused('engine-refused', cutover._return_to, self.layout, 1, new)
        self.assertEqual((self.has, handed.call_count), ({8080: 'nginx'}, 1))
        self.engine.refuse = {}
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.has, {8080: 'nginx', 6379: 'id-notes--1-db-1'})

    def test_what_does_not_end_is_nothing_that_anything_begins_beside(self):
        old = self.serves(ALONE)
        new = self.cut_over(old, {'web': {**VOLUME}})
        self.replace(units, 'wait_over', lambda *_: False)
        self.refused('worker-stays', cutover._return_to, self.layout, 1, new)
        self.assertEqual(self.has, {})

    def test_a_port_listens_again_where_it_did(self):
        old = self.serves(BESIDE)
        new = self.cut_over(old, {'web': {'ports': [{**HTTP, 'host_ip': '127.0.0.1'}]}})
        self.assertIn('listen 127.0.0.1:8080;', self.written())
        self.ran.clear()
        cutover._return_to(self.layout, 1, new)
        self.assertIn('listen 8080;', self.written())
        self.assertEqual(self.closed_and_opened(), ['8080 is closed', '8080 is nginx'])

    def test_what_is_carried_keeps_its_port(self):
        old = self.serves({**BESIDE, 'db': {'ports': [TCP], **VOLUME}})
        new = self.stored(self.activation(2, {**BESIDE, 'db': {'ports': [TCP], **VOLUME}}, {'db': 1}))
        starting.early(new, old, None, Silent())
        starting.late(new, old, None, Silent(), self.fail)
        cutover._open_ways(self.layout, new, 1)
        cutover._return_to(self.layout, 1, new)
        self.assertEqual(self.closed_and_opened(), [])

    def test_another_way_only_by_x_slipway_is_another_container(self):
        wished = {'web': {'ports': [HTTP], 'x-slipway': {'rollout': 'alone'}}}
        old = self.serves(BESIDE)
        self.assertEqual(self.project(wished).carried(old), {})
        self.assertEqual(self.project({'web': {'x-slipway': {'rollout': 'alone'}}}).carried(self.serves({'web': {}})), {'web': 1})


if __name__ == '__main__':
    unittest.main()
