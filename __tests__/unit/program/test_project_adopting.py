"""A project that people ran by hand: taken over, called back, or let go; and containers as Compose makes them."""

import os
import unittest

from containers import ContainersTest
from slipway.project import adopting, making, rendering

PORT = {'ports': [{'target': 80, 'published': '8080', 'protocol': 'tcp'}]}
VOLUME = {'volumes': [{'type': 'volume', 'source': 'data', 'target': '/data'}]}
SERVICES = {'web': PORT, 'db': VOLUME, 'job': {'restart': 'no'}}
ADOPTED = 'com.docker.compose.config-hash'


class AdoptedTest(ContainersTest):
    """What was run by hand: `notes-web-1` and `notes-db-1` run, `notes-job-1` has ended."""

    def setUp(self):
        super().setUp()
        for name in SERVICES:
            item = self.engine.add('notes', name, app=None, running=name != 'job')
            item['Config']['Labels'][ADOPTED] = f'hash-of-{name}'
        project = self.project(SERVICES)
        self.facts = adopting.found(project, self.activation(1, SERVICES).config)
        self.facts['unchanged'] = ['db']
        self.found = project

    def new(self, homes=None):
        """The first activation, which has the place of it."""
        found = self.stored(self.activation(1, SERVICES, {'db': 0} if homes is None else homes, adopted=self.facts))
        for name in ('web', 'job'):
            self.engine.add('notes--1', name)
        return found

    def running(self):
        return sorted(item['Id'].removeprefix('id-') for item in self.engine.containers.values() if item['State']['Running'])


class Adopted(AdoptedTest):
    def test_unchanged_is_what_compose_would_leave_as_it_runs(self):
        asked = []

        def compose(words, _values, given):
            asked.append((words, given))
            return 0, 'web other\ndb hash-of-db\njob hash-of-job\nodd\n', ''
        self.replace(rendering, 'compose', compose)
        # What has ended is not told by a hash.
        self.assertEqual(adopting.unchanged(self.found, self.facts), {'db'})
        self.assertEqual(asked[0][0][:2], ['--project-name', 'notes'])
        # Keys of ours are none of Compose's.
        self.assertNotIn('x-given', asked[0][1])
        self.replace(rendering, 'compose', lambda *_, **__: (1, '', 'no'))
        self.assertEqual(adopting.unchanged(self.found, self.facts), set())

    def test_is_what_served_before_the_first(self):
        new = self.new()
        self.assertEqual((adopting.before(new, None).number, adopting.of(self.activation(2, SERVICES))), (0, None))
        self.assertEqual(adopting.before(new, 1).number, 1)
        self.assertIsNone(adopting.before(self.activation(2, SERVICES), None))

    def test_on_the_way_back_what_was_ended_begins_again_and_nothing_else(self):
        old = adopting.of(self.new())
        old.supervisor.stop_these(['notes-web-1', 'notes-db-1'])
        self.assertEqual(self.engine.containers['id-notes-web-1']['Name'], '/notes-web-1.id-notes.stopped')
        adopting.call_back(old)
        self.assertEqual(self.running(), ['notes--1-job-1', 'notes--1-web-1', 'notes-db-1', 'notes-web-1'])
        self.assertEqual(self.engine.containers['id-notes-web-1']['Name'], '/notes-web-1')
        self.assertEqual(sorted(self.engine.of('start')), ['id-notes-db-1', 'id-notes-web-1'])

    def test_on_the_way_back_what_runs_yet_under_its_mark_has_its_name_and_its_policy_again(self):
        # The run was killed before it could stop it.
        old = adopting.of(self.new())
        web = self.engine.containers['id-notes-web-1']
        web.update(Name='/notes-web-1.id-notes.stopped')
        old.facts['project']['services']['web']['restart'] = {'Name': 'always'}
        adopting.call_back(old)
        self.assertEqual((web['Name'], web['HostConfig']['RestartPolicy'], self.engine.of('start')), ('/notes-web-1', {'Name': 'always'}, {}))

    def test_after_its_proof_what_it_replaced_goes_once_and_what_it_kept_stays(self):
        new = self.new()
        self.assertTrue(adopting.is_held(new))
        os.makedirs(self.layout.activation(1), exist_ok=True)
        self.assertEqual(adopting.let_go(new), 2)
        self.assertEqual(sorted(self.engine.containers), ['id-notes--1-job-1', 'id-notes--1-web-1', 'id-notes-db-1'])
        self.assertFalse(adopting.is_held(new))
        self.assertEqual(adopting.let_go(new), 0)

    def test_what_took_nothing_over_has_nothing_to_let_go(self):
        new = self.activation(2, SERVICES)
        self.assertEqual((adopting.is_held(new), adopting.let_go(new)), (False, 0))
        self.assertEqual(len(self.engine.containers), 3)


class Made(ContainersTest):
    def failure(self, said):
        self.write(f'{self.layout.activation(1)}/secrets.json', '{"PASSWORD": "hunter22"}')
        ran = []
        self.replace(rendering, 'compose', lambda words, values, timeout: ran.append((words, values)) or (1 if said else 0, '', said))
        new = self.activation(1, {'web': {}})
        new.config['compose']['variables'] = ['PASSWORD']
        try:
            making.up(self.layout, new.facts, 'notes--1', ['web'])
        except making.Failure as failure:
            return failure
        finally:
            new.config['compose']['variables'] = []
        self.assertEqual(ran[0][1], {'PASSWORD': 'hunter22'})
        self.assertEqual(ran[0][0][2:4], ['--project-name', 'notes--1'])
        self.assertEqual(ran[0][0][-3:], ['--no-build', '--quiet-pull', 'web'])
        return None

    def test_why_it_is_not_made(self):
        for said, code in (
            ('Bind for 0.0.0.0:80 failed: port is already allocated', 'port-taken'),
            ('exec /x: exec format error', 'wrong-architecture'),
            ('Conflict. The container name "/a" is already in use by container "b"', 'container-in-the-way'),
            ('invalid mount config for type "bind": bind source path does not exist: /x', 'bad-mount'),
            ('time="x" level=warning msg="y"\nno such runtime', 'container-not-started'),
            (' ', 'container-not-started'),
        ):
            with self.subTest(code):
                self.assertEqual(self.failure(said).code, code)

    def test_it_is_told_what_to_make_and_with_which_values(self):
        self.assertIsNone(self.failure(''))

    def test_what_it_says_is_told_without_values(self):
        failure = self.failure('cannot start: hunter22 is no number')
        self.assertNotIn('hunter22', str(failure.as_json()))
        self.assertIn('*** is no number', failure.what)


if __name__ == '__main__':
    unittest.main()
