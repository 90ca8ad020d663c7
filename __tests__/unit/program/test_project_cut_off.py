"""A run that is killed in the hand-over, or on the way back, at any moment: whoever settles it makes all as it was."""

import itertools
import unittest

from published import HTTP, TCP
from slipway import cutover
from slipway.project import adopting, listening
from test_project_ports import ALONE, BESIDE, VOLUME, TurnsTest

LOCAL = {'web': {'ports': [{**HTTP, 'host_ip': '127.0.0.1'}]}}
DATABASE, OTHER = {'db': {'ports': [TCP], **VOLUME}}, {'db': {'ports': [TCP], **VOLUME, 'environment': {'A': '1'}}}
QUIET = {'db': VOLUME}


class CutOff(TurnsTest):
    TURNS = (
        (ALONE, BESIDE),
        (BESIDE, ALONE),
        (BESIDE, LOCAL),
        ({**DATABASE, **BESIDE}, {**OTHER, **LOCAL}),
        ({**QUIET, **ALONE}, {**QUIET, **BESIDE}),
        ({'old': {'ports': [HTTP], **VOLUME}, 'web': {'container_name': 'web'}}, {'web': {'ports': [HTTP], 'container_name': 'web'}}),
        ({'a': {'ports': [HTTP], **VOLUME}, 'b': {'ports': [TCP], **VOLUME}}, {'a': {'ports': [TCP], **VOLUME}, 'b': {'ports': [HTTP], **VOLUME}}),
    )

    def setUp(self):
        super().setUp()
        self.found = {}

    def take(self, port, who):
        super().take(port, who)
        # What nginx goes by is what it found when it began.
        self.found[port] = self.read(f'{self.layout.ways}/{port}.conf') if who == 'nginx' else ''

    def begin_with(self, before, after):
        """(what serves, the newcomer) on a host that has nothing else."""
        self.clear()
        old = self.serves(before)
        old.start(old.names_of(old.running()), boot=True)
        return old, self.stored(self.activation(2, after))

    def clear(self):
        self.engine.containers.clear()
        listening.close_ways(self.layout, None)
        self.has.clear()

    def begin_with_what_was_run_by_hand(self, before, after):
        self.clear()
        for name, said in before.items():
            bound = {f'{port["published"]}/tcp': [{'HostPort': port['published']}] for port in said.get('ports', ())}
            self.begin(self.engine.add('notes', name, app=None, HostConfig={'RestartPolicy': {'Name': 'always'}, 'PortBindings': bound},
                                       NetworkSettings={'Networks': {}, 'Ports': {}}))
        facts = adopting.found(self.project(before), self.activation(1, before).config)
        new = self.stored(self.activation(2, after, adopted=facts))
        return adopting.of(new), new

    def stands(self, old):
        """Who listens where, and how the containers of what serves are; one that was kept from ending twice would be here, too."""
        mine = set(old.names_of(old.running()))
        containers = {item['Id']: (item['Name'], item['State']['Status'], item['HostConfig']['RestartPolicy'])
                      for item in self.engine.containers.values() if item['Id'].removeprefix('id-') in mine}
        return {port: (who, self.found[port]) for port, who in self.has.items()}, containers, self.written()

    def runs_twice(self, old, new):
        """Services of which there must never be two, and of which both run."""
        alone = {service['name'] for service in new.running() if not service['overlap']}
        running = {item['Id'].removeprefix('id-') for item in self.engine.containers.values() if item['State']['Running']}
        return [name for name in alone if running & set(new.names_of([each for each in new.running() if each['name'] == name]))
                and running & set(old.names_of([each for each in old.running() if each['name'] == name]))]

    def restart_host(self):
        self.engine.restart_host()
        for item in self.engine.containers.values():
            if not item['State']['Running']:
                self.leave(item['Id'])

    def each(self, begin, cut):
        """Cut off after each call there is; how many there are, of all turns."""
        total = 0
        for (before, after), restarts in itertools.product(self.TURNS, (False, True)):
            for calls in itertools.count():
                with self.subTest(before=before, after=after, calls=calls, restarts=restarts):
                    old, new = begin(before, after)
                    start, was = old.number or None, self.stands(old)
                    killed = cut(old, new, start, calls)
                    self.assertEqual(self.runs_twice(old, new), [])
                    if restarts:
                        self.restart_host()
                    for _ in range(2):
                        cutover._return_to(self.layout, start, new)
                        self.assertEqual(self.stands(old), was)
                        self.assertEqual(self.runs_twice(old, new), [])
                if not killed:
                    break
                total += 1
        return total

    def hand_over(self, old, new, _start, calls):
        return self.engine.killed_after(calls, self.lead_over, old, new)

    def way_back(self, old, new, start, calls):
        self.lead_over(old, new)
        return self.engine.killed_after(calls, cutover._return_to, self.layout, start, new)

    def test_in_the_hand_over(self):
        self.assertGreater(self.each(self.begin_with, self.hand_over), 50)

    def test_on_the_way_back(self):
        self.assertGreater(self.each(self.begin_with, self.way_back), 50)

    def test_in_the_hand_over_from_what_was_run_by_hand(self):
        self.assertGreater(self.each(self.begin_with_what_was_run_by_hand, self.hand_over), 50)

    def test_on_the_way_back_to_it(self):
        self.assertGreater(self.each(self.begin_with_what_was_run_by_hand, self.way_back), 50)


if __name__ == '__main__':
    unittest.main()
