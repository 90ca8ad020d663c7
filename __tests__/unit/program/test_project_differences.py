"""What a dry run tells of a service that changes."""
import json
import unittest

from containers import ContainersTest
from slipway.project import differences


class Differences(ContainersTest):
    def setUp(self):
        super().setUp()
        self.serving = self.stored(self.activation(1, {'web': {'ports': []}}))

    def told(self, before, after, references=None):
        before = {'image': 'slipway/notes:id-1', 'pull_policy': 'never', 'restart': 'no', 'labels': {'slipway.app': 'shop', 'slipway.activation': '1'}, **before}
        self.write(f'{self.layout.activation(1)}/services.json', json.dumps({'web': before}))
        return differences.of('web', {'services': {'web': after}}, self.serving, references or {})

    def test_nothing_is_another(self):
        same = {'environment': {'A': '1'}, 'command': ['x'], 'volumes': [{'type': 'bind', 'source': '/opt/shop/mounts/aa/conf', 'target': '/c', 'read_only': True}]}
        moved = {**same, 'volumes': [{'type': 'bind', 'source': '/opt/shop/mounts/bb/conf', 'target': '/c', 'read_only': True}], 'build': {}, 'depends_on': {}}
        self.assertEqual(self.told(same, moved), '')

    def test_settings_are_named_and_not_shown(self):
        said = self.told({'environment': {'A': 'old-secret', 'GONE': '1', 'SAME': '1'}, 'command': ['x']},
                         {'environment': {'A': 'new-secret', 'SAME': '1', 'CAME': '2'}, 'command': ['y'], 'labels': {'team': 'a'}, 'mem_limit': '1'})
        self.assertEqual(said, 'command, environment A, +CAME, -GONE, labels +team, mem_limit')

    def test_images_are_told_by_the_first_of_their_digest(self):
        before, after = (f'shop@sha256:{digit * 64}' for digit in 'ab')
        self.assertEqual(self.told({}, {}, {'web': (before, after)}), 'image shop@aaaaaaaaaaaa → shop@bbbbbbbbbbbb')
        self.assertEqual(self.told({}, {}, {'web': (before, before)}), '')

    def test_of_what_is_not_known_any_more_nothing_is_said(self):
        self.assertEqual(differences.of('web', {'services': {'web': {}}}, self.serving, {}), '')
        self.assertEqual(differences.of('web', {'services': {'web': {}}}, None, {}), '')


if __name__ == '__main__':
    unittest.main()
