"""What a session decides before anything is touched, and what it tells of the host as it stands."""

import ast
import json
import os
import unittest
from unittest import mock

from place import PROGRAM, PlaceTest, Silent, config, service
from slipway import answers, decision, program, router, session, units
from slipway import layout as places
from slipway import release as releases
from slipway.failures import Failure
from slipway.records import Records
from slipway.state import FAILED, UP, State

RELEASE = 'v1-00000000'


class Deciding(PlaceTest):
    """Activation 1 serves release v1."""

    def setUp(self):
        super().setUp()
        self.replace(session, 'Conversation', Silent)
        self.session = session.Session(self.layout)
        self.config = config(service('api', before=['./migrate']), service('beat', route=None, on='first'))
        info = {'id': RELEASE, 'version': 'v1', 'commit': 'c', 'digest': 'd', 'config': self.config, 'environments': []}
        self.write(f'{self.layout.release(RELEASE)}/release.json', json.dumps(info))
        facts = {
            'number': 1,
            'releaseId': RELEASE,
            'version': 'v1',
            'commit': 'c',
            'config': self.config,
            'ports': {},
            'first': True,
        }
        self.write(f'{self.layout.activation(1)}/activation.json', json.dumps(facts))
        book = Records(self.layout)
        book.append('proven', 1, releaseId=RELEASE, version='v1', commit='c')
        self.session.records = book
        router.claim(self.layout, self.config)
        router.switch(self.layout, 1)
        self.judged = []
        self.replace(router, 'ForeignSites', lambda: mock.Mock(check=lambda _config, _layout, take_over: self.judged.append(take_over)))
        self.wrong = {}
        self.replace(units, 'look', lambda names: {name: self.wrong.get(name, State(UP)) for name in names})

    def standing(self):
        return answers.standing(self.layout, self.session.records)

    def given(self, **more):
        return {'kind': 'stored', 'id': RELEASE, 'first': True, 'secrets': {}, 'timeout': 10, **more}

    def test_what_serves_already_is_left_alone(self):
        before = sorted(os.walk(self.folder))
        self.assertTrue(self.session._decide(self.given()).unchanged)
        self.assertIn('nothing: activation 1', self.session.plan(self.given())['stage'][0])
        answer = self.session.stage(self.given())
        self.assertEqual((answer['unchanged'], answer['number']), (True, 1))
        self.assertEqual(sorted(os.walk(self.folder)), before)

    def test_a_host_that_is_the_first_no_longer_is_something_new(self):
        decision = self.session._decide(self.given(first=False))
        self.assertFalse(decision.unchanged)
        self.assertEqual([item['name'] for item in decision.new.services()], ['api'])
        self.wrong = {'slipway-app.shop.1.beat.1.service': State(FAILED)}
        self.assertFalse(self.session._decide(self.given()).unchanged)

    def test_a_project_of_a_release_that_is_here_is_judged_as_one(self):
        self.store(target='docker', compose={'variables': []})
        project = mock.Mock(settings={})
        self.replace(decision.deciding, 'project', lambda _layout, known, *_: (project, known.info['config']))
        self.replace(decision.deciding, 'never_two', lambda *_: ())
        self.replace(decision.configuration, 'again', mock.Mock())
        check = self.replace(decision.deciding, 'check', mock.Mock())
        self.session._decide(self.given(first=False))
        self.assertIs(check.call_args.kwargs['stored'], True)

    def test_proxies_are_trusted_only_behind_a_front_that_can_tell(self):
        self.replace(places, 'FRONT', (self.write('front.conf', 'proxy_set_header X-Real-IP $remote_addr;'),))
        self.store(trustedProxies=['10.0.0.0/8'])
        self.refused('front-too-old', self.session._decide, self.given(first=False))
        self.assertTrue(self.session._decide(self.given()).unchanged)

    def test_a_host_that_is_not_told_whether_it_is_the_first_stays_what_it_is(self):
        self.assertTrue(self.session._decide(self.given(first=None)).unchanged)
        for first, services in ((True, ['api', 'beat']), (False, ['api'])):
            path = f'{self.layout.activation(1)}/activation.json'
            self.write(path, json.dumps({**json.loads(self.read(path)), 'first': first}))
            with self.subTest(first):
                new = self.session._decide(self.given(first=None, again=True)).new
                self.assertEqual((new.facts['first'], [item['name'] for item in new.services()]), (first, services))

    def test_where_nothing_serves_a_host_that_is_not_told_is_the_first(self):
        self.session.records = Records(self.layout_of('blog'))
        self.assertTrue(decision.decide(self.layout, self.session.records, None, self.given(first=None)).new.facts['first'])

    def test_keeps_by_which_policy_it_was_rolled_out(self):
        policy = {'canary': 1, 'wave': {'percent': 25}, 'failures': 0, 'absent': 0, 'bake': 10, 'drain': 5, 'warm': 0, 'timeout': 600,
                  'maintenance': False}
        self.assertNotIn('rollout', self.standing())
        self.replace(releases.Release, 'begin_sync', lambda _release: None)
        self.session.stage(self.given(again=True, rollout={**policy, 'novel': 1}))
        self.assertEqual(json.loads(self.read(f'{self.layout.activation(2)}/activation.json'))['rollout'], policy)
        self.session.records.append('proven', 2, releaseId=RELEASE, version='v1', commit='c')
        self.assertEqual(self.standing()['rollout'], policy)
        for wrong in (7, {'drain': '5s'}, {'bake': -1}, {'wave': 3}, {'wave': {}}, {'canary': 0.5}, {'maintenance': 1}, {'timeout': True}):
            with self.subTest(wrong):
                self.refused('bad-field', self.session.stage, self.given(again=True, rollout=wrong))

    def store(self, **more):
        """Stores the release and the activation that serves as if their configuration had been received in other days."""
        for path in (f'{self.layout.release(RELEASE)}/release.json', f'{self.layout.activation(1)}/activation.json'):
            facts = json.loads(self.read(path))
            self.write(path, json.dumps({**facts, 'config': {**facts['config'], **more}}))

    def test_what_serves_is_told_of_and_replaced_though_today_its_configuration_would_be_refused(self):
        newer = {**self.given(), 'kind': 'source', 'id': 'v2-00000000', 'version': 'v2', 'commit': 'a' * 40, 'digest': 'b' * 64, 'base': RELEASE,
                 'removed': [], 'manifest': [], 'config': self.config}
        self.write(f'{self.layout.release(RELEASE)}/manifest.json', '[]')
        for more in ({'domains': ['localhost']}, {'shared': ['node_modules']}):
            with self.subTest(more=more):
                self.store(**more)
                standing = self.standing()
                self.assertEqual((standing['serving']['number'], [item['id'] for item in standing['releases']]), (1, [RELEASE]))
                self.assertTrue(self.session._decide(self.given()).unchanged)
                decision = self.session._decide(newer)
                self.assertEqual((decision.serving.number, decision.config), (1, self.config))
                self.assertEqual(decision.kept(), {'tasks': ['api: ./migrate'], 'after': [], 'certificate': None})
                self.assertEqual(decision._replace(take_over='/etc/nginx/sites-enabled/old').kept()['takeOver'], '/etc/nginx/sites-enabled/old')
                # Made anew it is judged by the rules of today, before anything is touched.
                for verb in (self.session.plan, self.session.stage):
                    self.refused('stored-release-refused', verb, self.given(first=False))
                self.assertIsNone(self.session.records.intent())

    def test_a_plan_and_the_staging_come_to_the_same(self):
        decided = self.replace(decision, 'decide', mock.Mock(side_effect=Failure('x', 'the one decision', '', '')))
        for verb in (self.session.plan, self.session.stage):
            self.refused('x', verb, self.given())
        self.assertEqual(decided.call_count, 2)

    def test_a_plan_names_units_and_what_changes(self):
        plan = self.session.plan(self.given(first=False))
        self.assertEqual(plan['stage'], [f'release {RELEASE} is on the host'])
        self.assertEqual(plan['start'], ['start slipway-app.shop.2.api.1.service', 'start slipway-router.shop.2.service'])
        self.assertIn('stop slipway-router.shop.1.service', plan['retire'])
        self.assertEqual(os.listdir(places.DOMAINS), ['shop.example.com.claim'])

    def test_a_domain_of_another_app_is_refused_before_anything_is_touched(self):
        os.unlink(f'{places.DOMAINS}/shop.example.com.claim')
        router.claim(self.layout_of('blog'), self.config)
        for verb in (self.session.plan, self.session.stage):
            self.refused('domain-taken', verb, self.given(first=False))
        self.assertIsNone(self.session.records.intent())

    def test_names_and_what_is_to_be_taken_over_are_judged_whoever_asks(self):
        # Whether `staging` was said when the session began is for the other side to choose.
        self.session._decide(self.given(first=False))
        self.session._decide(self.given(first=False, takeOver='/etc/nginx/sites-enabled/other'))
        self.assertEqual(self.judged, [None, '/etc/nginx/sites-enabled/other'])

    def test_tells_what_is_not_well(self):
        self.assertEqual(self.standing()['unwell'], [])
        api, beat = (f'slipway-app.shop.1.{name}.1.service' for name in ('api', 'beat'))
        self.wrong = {api: State(UP, 2, 3, said='active/running'), beat: State(FAILED, said='failed/failed')}
        self.assertEqual(
            self.standing()['unwell'],
            [f'{api} is active/running, restarted 2 times, last ended with exit code 3', f'{beat} is failed/failed, restarted 0 times'],
        )


class Restarted(PlaceTest):
    def test_settles_only_apps_that_setup_made(self):
        begun = []
        self.replace(program.os, 'listdir', lambda _path: ['shop', 'blog', 'Other', 'idle'])
        self.replace(program, 'Layout', self.layout_of)
        for app in ('shop', 'blog'):
            self.write(self.layout_of(app).intent, '{}')
        self.replace(places, 'is_prepared', lambda app: app != 'blog')
        self.replace(program.subprocess, 'Popen', lambda argv, **_: (begun.append(argv[-1]), mock.Mock(wait=lambda: 0))[1])
        self.assertEqual(program.settle_all(), 0)
        self.assertEqual(begun, ['shop'])


class Imports(unittest.TestCase):
    def modules(self):
        """{module: those of ours that it imports, within functions too}."""
        paths = {}
        for folder, _, names in os.walk(f'{PROGRAM}/slipway'):
            for name in names:
                if name.endswith('.py'):
                    path = f'{folder}/{name}'
                    paths[os.path.relpath(path, PROGRAM)[:-len('.py')].replace('/', '.').removesuffix('.__init__')] = path
        found = {}
        for module, path in paths.items():
            around = (module if path.endswith('__init__.py') else module.rpartition('.')[0]).split('.')
            with open(path, encoding='utf-8') as file:
                nodes = [node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.ImportFrom) and node.level]
            named = {'.'.join([*around[:len(around) - node.level + 1], *([node.module] if node.module else []), alias.name]) for node in nodes for alias in node.names}
            found[module] = {name if name in paths else name.rpartition('.')[0] for name in named} - {module}
        return found

    def test_go_in_no_circle(self):
        left = self.modules()
        self.assertGreater(len(left), 100)
        while free := [module for module, needs in left.items() if not needs & set(left)]:
            for module in free:
                del left[module]
        self.assertEqual(left, {})


if __name__ == '__main__':
    unittest.main()
