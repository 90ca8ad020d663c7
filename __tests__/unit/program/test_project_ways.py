"""Published ports: the app's own nginx, the activation's router behind it, and the proof through them."""

import os
import unittest
from unittest import mock

import nginx
from place import Silent
from published import FRONT, HTTP, TCP, WaysTest
from slipway import (
    activation_router,
    asking,
    counting,
    draining,
    maintenance,
    units,
)
from slipway.failures import Failure
from slipway.project import listening, preparing, proving, ways


class Ways(WaysTest):
    def test_a_port_leads_by_a_link_that_only_changes_when_that_is_said(self):
        one, two = self.with_ports(1, web=[HTTP]), self.with_ports(2, web=[HTTP])
        self.opened(one)
        listening.lead(one)
        self.assertEqual(self.leads(8080), ways.socket(self.layout, 1, 8080))
        self.ran.clear()
        self.opened(two, one)
        self.assertEqual(self.leads(8080), ways.socket(self.layout, 1, 8080))
        # Nothing came or went: nginx is told nothing.
        self.assertEqual([line for line in self.ran if 'reload' in line], [])
        listening.lead(two)
        self.assertEqual(self.leads(8080), ways.socket(self.layout, 2, 8080))

    def test_ports_of_what_serves_are_open_until_it_is_retired(self):
        one, two = self.with_ports(1, web=[HTTP]), self.with_ports(2, web=[{**HTTP, 'published': '9090'}])
        self.opened(one)
        text = self.opened(two, one)
        self.assertIn('listen 8080;', text)
        self.assertIn('listen 9090;', text)
        listening.close_ways(self.layout, two)
        self.assertNotIn('listen 8080;', self.written())
        self.assertEqual(os.listdir(f'{self.layout.ways}/links'), ['9090.sock'])
        listening.close_ways(self.layout, None)
        self.assertIn('stop slipway-ports.shop.', self.ran[-1])
        self.assertEqual(self.written(), '')
        self.assertEqual(os.listdir(f'{self.layout.ways}/links'), [])

    def test_a_port_that_does_not_open_is_a_failure(self):
        self.replace(listening.polling, 'wait_until', lambda condition, *_: condition())
        with self.assertRaises(Failure) as caught:
            listening.open_ways(self.with_ports(1, web=[HTTP]))
        self.assertEqual(caught.exception.code, 'port-not-open')

    def test_who_else_has_a_port(self):
        wanted = listening.published(self.with_ports(2, web=[HTTP], redis=[TCP]))
        self.listens = {8080}
        with self.assertRaises(Failure) as caught:
            listening.check(self.layout, wanted, None)
        self.assertEqual(caught.exception.code, 'port-taken')
        self.assertIn('other listens there', caught.exception.why)
        listening.check(self.layout, wanted, self.with_ports(1, web=[HTTP]))
        listening.check(self.layout, wanted, None, {8080})
        os.unlink(ways.STREAM)
        with self.assertRaises(Failure) as caught:
            listening.check(self.layout, wanted, None, {8080})
        self.assertEqual(caught.exception.code, 'stream-missing')

    @nginx.needed
    def test_nginx_takes_what_is_written(self):
        text = self.opened(self.with_ports(1, web=[FRONT, HTTP])).replace('listen 8080', 'listen 28080').replace('listen [::]:8080', 'listen [::]:28080')
        judged = nginx.judged(self.write('nginx.conf', nginx.readable(text)))
        self.assertEqual(judged.returncode, 0, judged.stderr)


class Draining(WaysTest):
    def test_in_maintenance_nobody_comes_in_by_a_port_and_afterwards_again(self):
        one, two = self.with_ports(1, web=[HTTP], redis=[TCP]), self.with_ports(2, web=[HTTP], redis=[TCP])
        self.opened(one)
        listening.lead(one)
        self.replace(maintenance, 'wait_until', lambda *_, **__: True)
        self.replace(maintenance, 'established', lambda _: 0)
        for each in (one, two):
            each.start, each.stop = mock.Mock(), mock.Mock()
        os.makedirs(self.layout.activation(2))
        maintenance.begin(self.layout, mock.Mock(serving=1), Silent(), two, one, 0, {})
        self.assertEqual(self.leads(8080), f'{self.layout.activation(2)}/router/maintenance.sock')
        self.assertFalse(os.path.exists(self.leads(6379)))
        listening.lead(one)
        self.assertEqual(self.leads(6379), ways.socket(self.layout, 1, 6379))

    def test_who_came_by_a_port_is_waited_for_as_all_others_are(self):
        old = self.with_ports(1, web=[HTTP])
        asked = []
        self.replace(draining.polling, 'wait_until', lambda condition, *_, **__: condition())
        self.replace(draining, 'waiting', lambda socket: asked.append(socket) or 0)
        self.replace(draining, 'established', lambda socket: 2 if 'port.8080' in socket else 1)
        self.replace(units, 'kill', lambda *_: mock.Mock(code=0))
        self.replace(units, 'wait_stopped', lambda *_: False)
        talk = Silent()
        self.assertEqual(draining.drain(old, 5, talk), 3)
        self.assertEqual(asked, [self.layout.socket(1), ways.socket(self.layout, 1, 8080)])
        self.assertEqual(talk.said[0]['text'], 'draining: 3 connections still in use')


class Router(WaysTest):
    def router(self, **services):
        activation = self.with_ports(3, **services)
        activation.facts['ports'] = {'web': [20001, 20002], 'web:3000': [20003, 20004], 'redis': [20005]}
        activation.ports.update(activation.facts['ports'])
        project = activation.facts['project']
        found = {service['name']: activation.addresses(service) for service in activation.routed()}
        return activation_router.configuration(self.layout, 3, activation.config, found, 'token', project=(project, preparing.addresses(activation)))

    def test_each_port_has_its_socket_and_its_own_upstream(self):
        text = self.router(web=[FRONT, HTTP], redis=[TCP])
        self.assertIn(f'listen unix:{ways.socket(self.layout, 3, 8080)};', text)
        self.assertIn('location / { proxy_pass http://web.port3000; }', text)
        self.assertIn('upstream web.port3000 {\n    zone web.port3000 64k;\n    server 127.0.0.1:20003', text)
        self.assertIn('upstream redis.port6379 {\n    zone redis.port6379 64k;\n    least_conn;\n    server 127.0.0.1:20005;\n', text)
        self.assertIn(f'server {{ listen unix:{ways.socket(self.layout, 3, 6379)}; proxy_pass redis.port6379;', text)
        self.assertTrue(text.partition('\n')[2].startswith(f'load_module {ways.STREAM};'))
        # It answers for the activation there, too.
        self.assertIn('return 200 "3 $arg_nonce"', text[text.index('port.8080.sock'):])

    def test_a_port_that_a_route_leads_to_as_well_has_no_second_upstream(self):
        text = self.router(web=[FRONT, {**HTTP, 'target': 8000}])
        self.assertNotIn('web.port8000', text)
        self.assertNotIn('\nstream {', text)
        self.assertNotIn('load_module', text)

    def test_no_route_is_no_page(self):
        self.assertIn('location / { return 404; }', self.router(redis=[TCP]))


class Proof(WaysTest):
    def prove(self, activation, answers):
        self.replace(asking, 'ask', lambda *_, **__: answers)
        return proving.prove(activation, '/probe?nonce=n', 'n')

    def test_by_its_number_at_each_port_and_that_it_leads_there(self):
        one, two = self.with_ports(1, web=[HTTP]), self.with_ports(2, web=[HTTP])
        self.opened(one)
        listening.lead(one)
        self.assertEqual(self.prove(one, (200, '1 n')), ['port 8080 is activation 1'])
        for activation, answer in ((one, (200, '2 n')), (one, (404, '1 n')), (two, (200, '2 n'))):
            with self.subTest(answer), self.assertRaises(asking.NoAnswer):
                self.prove(activation, answer)
        self.assertEqual(proving.via(one), 'port 8080')

    def test_where_nobody_comes_in_it_is_the_link(self):
        one = self.with_ports(1, web=[])
        self.replace(counting, 'ask', lambda *_: (200, '1 n'))
        os.makedirs(os.path.dirname(self.layout.current), exist_ok=True)
        os.symlink('2/router/http.sock', self.layout.current)
        with self.assertRaises(asking.NoAnswer):
            self.prove(one, None)
        os.unlink(self.layout.current)
        os.symlink('1/router/http.sock', self.layout.current)
        self.assertEqual(self.prove(one, None), ['the router is activation 1'])


if __name__ == '__main__':
    unittest.main()
