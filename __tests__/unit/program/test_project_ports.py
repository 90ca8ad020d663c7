"""Ports that go over from Docker itself to our nginx, or back: one after the other, put back on the way back, and said beforehand."""

import re
import unittest

from containers import no_health
from place import Silent
from published import DOCKER, HTTP, NGINX, TCP, WaysTest
from slipway import cutover, units
from slipway.failures import Failure
from slipway.project import deciding, docker_ports, listening, starting
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
        self.replace(units, 'start', lambda names: [self.take(self.port_of(name), 'nginx') for name in names if self.port_of(name)])
        self.replace(units, 'stop', lambda names, *_: [self.leave('nginx', self.port_of(name)) for name in names])
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
        starting.early(new, old, None, Silent())
        self.ran.clear()
        starting.late(new, old, None, Silent(), cutover._end)
        cutover._open_ways(self.layout, new, old.number)
        listening.lead(new)
        return new

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

    def test_one_port_for_two(self):
        self.refused('port-twice', self.check, None, {**BESIDE, 'db': {'ports': [HTTP], **VOLUME}})
        self.refused('port-twice', self.check, None, {'a': {'ports': [HTTP], **VOLUME}, 'b': {'ports': [HTTP], 'container_name': 'b'}})
        with self.assertRaises(Failure):
            self.check(None, {'a': {'ports': [TCP]}, 'b': {'ports': [TCP], **VOLUME}})
        self.check(None, {'a': {'ports': [TCP]}, 'b': {'ports': [{**TCP, 'host_ip': '127.0.0.2'}], **VOLUME}})

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
