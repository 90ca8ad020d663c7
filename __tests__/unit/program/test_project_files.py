"""What containers mount of the repository, and what Compose is given to read."""

import os
import unittest

from containers import SETTINGS
from place import PlaceTest
from slipway.failures import Failure
from slipway.project import mounts, reading, rendering

KEY = 'a' * 40


def row(path, mode='100644', key=KEY):
    return (path, mode, key, 3)


class Mounts(PlaceTest):
    def setUp(self):
        super().setUp()
        self.source = f'{self.layout.release("r")}/src'
        for path in ('nginx/default.conf', 'nginx/more/x.conf', 'init.sql'):
            self.write(f'{self.source}/{path}', path)

    def settle(self, *volumes, rows=None, shared=('data',), **model):
        found = mounts.Mounts(self.layout, self.source, rows or [row('nginx/default.conf'), row('nginx/more/x.conf'), row('init.sql')], list(shared))
        service = {'volumes': [{'type': 'bind', 'source': source, 'target': '/x'} for source in volumes], **model.pop('service', {})}
        found.settle({'services': {'web': service}, **model})
        return found, service

    def test_what_is_of_the_commit_is_a_copy_that_is_read_only(self):
        found, service = self.settle(f'{self.source}/nginx')
        [mount] = service['volumes']
        self.assertTrue(mount['source'].startswith(f'{self.layout.mounts}/'))
        self.assertEqual((mount['read_only'], mount['bind']), (True, {'create_host_path': False}))
        self.assertIn('web gets nginx read only', found.notes[0])
        found.make()
        self.assertEqual(self.read(f'{mount["source"]}/more/x.conf'), 'nginx/more/x.conf')

    def test_its_path_changes_with_what_is_in_it_and_with_nothing_else(self):
        def place(*rows):
            return self.settle(f'{self.source}/nginx', rows=list(rows))[1]['volumes'][0]['source']
        here = place(row('nginx/default.conf'), row('init.sql'))
        self.assertEqual(place(row('nginx/default.conf'), row('init.sql', key='b' * 40)), here)
        self.assertNotEqual(place(row('nginx/default.conf', key='b' * 40)), here)
        self.assertNotEqual(place(row('nginx/default.conf', mode='100755')), here)

    def test_a_file_and_the_whole_repository(self):
        found, service = self.settle(f'{self.source}/init.sql', self.source)
        found.make()
        file, whole = [mount['source'] for mount in service['volumes']]
        self.assertEqual((os.path.basename(file), self.read(file), self.read(f'{whole}/init.sql')), ('init.sql', 'init.sql', 'init.sql'))

    def test_what_is_shared_lets_write_and_what_is_the_hosts_stays(self):
        _, service = self.settle(f'{self.source}/data/uploads', '/srv/media')
        self.assertEqual([mount['source'] for mount in service['volumes']], [f'{self.layout.shared}/data/uploads', '/srv/media'])
        self.assertNotIn('read_only', service['volumes'][0])

    def test_configs_and_secrets_of_files(self):
        found, _ = self.settle(configs={'conf': {'file': f'{self.source}/nginx/default.conf'}}, secrets={'token': {'environment': 'TOKEN'}})
        self.assertEqual(list(found.wanted.values()), ['nginx/default.conf'])

    def test_what_is_refused(self):
        for code, volumes, service in (
            ('mount-missing', [f'{self.source}/nowhere'], {}),
            ('mount-outside', [f'{self.layout.root}/releases/other/src/x'], {}),
            ('mount-outside', [], {'working_dir': f'{self.source}/app'}),
        ):
            with self.subTest(code), self.assertRaises(Failure) as caught:
                self.settle(*volumes, service=service)
            self.assertEqual(caught.exception.code, code)

    def test_copies_that_nobody_names_any_more_go(self):
        found, service = self.settle(f'{self.source}/nginx', f'{self.source}/init.sql')
        found.make()
        mounts.prune(self.layout, [f'{{"source": "{service["volumes"][0]["source"]}"}}'])
        self.assertEqual([os.path.exists(mount['source']) for mount in service['volumes']], [True, False])


class Rendering(PlaceTest):
    def compose(self, *answers):
        self.calls = []

        def run(arguments, values, timeout=0):
            self.calls.append((arguments, values))
            return answers[len(self.calls) - 1]
        self.replace(rendering, 'compose', run)

    def test_values_go_from_the_version_to_what_was_given_to_the_files_own(self):
        settings = {**SETTINGS, 'variables': ['VERSION', 'TAG', 'PASSWORD', 'LEVEL'], 'env': {'LEVEL': 'info'}}
        self.assertEqual(rendering.variables(settings, {'TAG': 'x', 'PASSWORD': 'p', 'LEVEL': 'debug', 'OTHER': 'o'}, '1.2.0'),
                         {'VERSION': '1.2.0', 'TAG': 'x', 'PASSWORD': 'p', 'LEVEL': 'info'})

    def test_what_the_commits_own_env_file_says_goes_before_the_version(self):
        self.write('r/.env', '# VERSION=3\n TAG=16-alpine\n')
        self.compose(*[(0, '{"services": {}}', '')] * 2)
        settings = {**SETTINGS, 'variables': ['VERSION', 'TAG']}
        rendering.of_folder(f'{self.folder}/r', settings, {}, '1.2.0', extended=False)
        rendering.of_folder(f'{self.folder}/r', settings, {'TAG': 'given'}, '1.2.0', extended=False)
        self.assertEqual([values for _, values in self.calls], [{'VERSION': '1.2.0'}, {'VERSION': '1.2.0', 'TAG': 'given'}])

    def test_paths_count_from_where_the_first_file_lies(self):
        self.compose((0, '{"services": {}}', ''))
        rendering.of_folder('/r', {**SETTINGS, 'files': ['deploy/compose.yaml', 'more.yaml'], 'profiles': ['a']}, {}, '1', extended=False)
        self.assertEqual(self.calls[0][0], ['--project-directory', '/r/deploy', '--project-name', 'notes', '--file', '/r/deploy/compose.yaml', '--file', '/r/more.yaml',
                                            '--profile', 'a', 'config', '--format', 'json'])

    def test_texts_are_rendered_aside_and_their_paths_are_those_of_the_release(self):
        seen = {}

        def run(arguments, values, timeout=0):
            place = arguments[1]
            seen.update(text=self.read(f'{place}/compose.yaml'))
            return 0, f'{{"services": {{"web": {{"volumes": [{{"source": "{place}/nginx"}}], "command": ["/x"]}}}}}}', ''
        self.replace(rendering, 'compose', run)
        self.layout.rendering = f'{self.folder}/render'
        model, _ = rendering.of_texts({'compose.yaml': 'services: {}'}, '/opt/shop/releases/r/src', SETTINGS, {}, '1', self.layout)
        self.assertFalse(os.path.exists(self.layout.rendering))
        self.assertEqual(seen['text'], 'services: {}')
        self.assertEqual(model['services']['web'], {'volumes': [{'source': '/opt/shop/releases/r/src/nginx'}], 'command': ['/x']})

    def test_what_leads_out_of_the_repository_is_refused(self):
        moved = rendering._moved
        self.assertEqual(moved({'a': ['/r/1/x', '/etc/x', 5]}, ('/r', '/r/1'), '/new'), {'a': ['/new/x', '/etc/x', 5]})
        with self.assertRaises(Failure) as caught:
            moved({'a': ['/r/other']}, ('/r', '/r/1'), '/new')
        self.assertEqual(caught.exception.code, 'mount-outside')
        self.assertIn('../other', caught.exception.what)

    def test_what_compose_says_is_told_without_values(self):
        for errors, code, said in (
            ('error while interpolating services.web.image: required variable TAG is missing a value: say which', 'variable-missing', 'TAG: say which'),
            ('time="x" level=warning msg="y"\nyaml: line 3: did not find expected key hunter22', 'compose-file-invalid', 'line 3'),
        ):
            self.compose((1, '', errors))
            with self.subTest(code), self.assertRaises(Failure) as caught:
                rendering.of_folder('/r', {**SETTINGS, 'variables': ['PASSWORD']}, {'PASSWORD': 'hunter22'}, '1')
            self.assertEqual(caught.exception.code, code)
            self.assertIn(said, caught.exception.what)
            self.assertNotIn('hunter22', str(caught.exception.as_json()))

    def test_what_came_out_empty(self):
        self.compose((0, '{"services": {}}', 'time="2026" level=warning msg="The \\"LEVEL\\" variable is not set. Defaulting to a blank string."'))
        self.assertEqual(rendering.of_folder('/r', SETTINGS, {}, '1', extended=False)[1], ['LEVEL'])

    def test_another_name_by_a_link_is_an_alias_in_all_networks_of_both(self):
        model = {'services': {'web': {'links': ['db:database', 'cache']}, 'db': {'networks': {'default': None, 'back': {'aliases': ['a']}}}, 'cache': {'networks': {'default': None}}}}
        reading._alias_links(model)
        self.assertEqual(model['services']['db']['networks'], {'default': {'aliases': ['database']}, 'back': {'aliases': ['a', 'database']}})
        self.assertEqual(model['services']['cache']['networks'], {'default': None})


if __name__ == '__main__':
    unittest.main()
