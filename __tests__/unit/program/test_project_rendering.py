"""What Compose is told when it reads a project."""
import os
import tempfile
import unittest
from unittest import mock

import place  # noqa: F401 (finds the program)
from slipway.project import rendering

SETTINGS = {'files': ['compose.yaml'], 'project': 'notes', 'profiles': [], 'env': {}, 'variables': ['TAG', 'VERSION']}


class OfFolder(unittest.TestCase):
    def told(self, env_file=None, values=None, env=None):
        """The variables that Compose gets."""
        seen = []
        with tempfile.TemporaryDirectory() as folder:
            if env_file is not None:
                with open(os.path.join(folder, '.env'), 'w', encoding='utf-8') as file:
                    file.write(env_file)
            with mock.patch.object(rendering, 'compose', lambda _words, told, *_: (seen.append(dict(told)), (0, '{"services": {}}', ''))[1]):
                rendering.of_folder(folder, {**SETTINGS, 'env': env or {}}, values or {}, 'v1.4.2', extended=False)
        return seen[0]

    def test_gives_the_version_where_nobody_says_otherwise(self):
        self.assertEqual(self.told(), {'TAG': 'v1.4.2', 'VERSION': 'v1.4.2'})
        self.assertEqual(self.told('# VERSION=3\nVERSION=\nLEVEL=info\n'), {'TAG': 'v1.4.2', 'VERSION': 'v1.4.2'})

    def test_leaves_it_to_the_env_file_of_the_commit(self):
        for text in ('VERSION=3\n', 'A=1\nexport VERSION = "3"\n', "  VERSION='3'"):
            with self.subTest(text=text):
                self.assertEqual(self.told(text), {'TAG': 'v1.4.2'})

    def test_what_was_given_goes_before_the_env_file(self):
        self.assertEqual(self.told('VERSION=3\n', values={'VERSION': '5'}), {'TAG': 'v1.4.2', 'VERSION': '5'})
        self.assertEqual(self.told('VERSION=3\n', env={'VERSION': '7'}), {'TAG': 'v1.4.2', 'VERSION': '7'})


if __name__ == '__main__':
    unittest.main()
