"""How secrets reach a process, and who else can read them."""

import os
import stat
import unittest

from place import PlaceTest, config, service
from slipway import configuration, given, service_fields
from slipway.failures import Failure

PEM = '-----BEGIN KEY-----\nMIIE"$\'\\`%n==\n\n\tümlaut\r\n-----END KEY-----\n'


class Given(PlaceTest):
    def service(self, **more):
        return service_fields.service(service('api', secrets=['KEY', 'TOKEN'], **more))

    def test_as_variables_there_is_no_file(self):
        one = self.service()
        given.write(self.layout, 7, one, {'KEY': PEM, 'TOKEN': 't'})
        self.assertEqual(given.variables(one, {'KEY': PEM, 'TOKEN': 't', 'OTHER': 'o'}), {'KEY': PEM, 'TOKEN': 't'})
        self.assertEqual((given.lines(one), given.settings(self.layout, 7, one)), ([], []))
        self.assertFalse(os.path.exists(self.layout.activation(7)))

    def test_as_files_they_are_roots_alone_byte_for_byte_and_no_variables(self):
        one = self.service(secretsAs='files')
        given.write(self.layout, 7, one, {'KEY': PEM, 'TOKEN': 't', 'OTHER': 'o'})
        folder = f'{self.layout.activation(7)}/given/api'
        with open(f'{folder}/KEY', 'rb') as file:
            self.assertEqual(file.read(), PEM.encode())
        self.assertEqual(sorted(os.listdir(folder)), ['KEY', 'TOKEN'])
        for path, mode in ((f'{folder}/KEY', 0o600), (folder, 0o700), (os.path.dirname(folder), 0o700)):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)
        self.assertEqual(given.variables(one, {'KEY': PEM, 'TOKEN': 't'}), {})
        self.assertEqual(given.settings(self.layout, 7, one), [f'LoadCredential={name}:{folder}/{name}' for name in ('KEY', 'TOKEN')])
        self.assertEqual(given.lines(one)[0], 'export KEY_FILE="$CREDENTIALS_DIRECTORY/KEY"')

    def test_two_services_have_folders_of_their_own(self):
        for name in ('api', 'beat'):
            given.write(self.layout, 7, service_fields.service(service(name, secrets=['KEY'], secretsAs='files')), {'KEY': name})
        self.assertEqual(self.read(f'{self.layout.activation(7)}/given/beat/KEY'), 'beat')

    def test_more_than_systemd_takes_is_said_before(self):
        one = self.service(secretsAs='files')
        failure = self.refused('secrets-too-large', given.write, self.layout, 7, one, {'KEY': 'x' * given.MOST, 'TOKEN': 't'})
        self.assertNotIn('xxx', failure.what + failure.cure)


class Configured(unittest.TestCase):
    def test_one_that_was_stored_before_there_was_a_choice_is_of_variables(self):
        old = service('api', secrets=['KEY'])
        for key in ('secretsAs', 'after'):
            del old[key]
        stored = config(old)
        del stored['rollbackFloor']
        made = configuration.config(stored, 'shop')
        self.assertEqual((made['services'][0]['secretsAs'], made['services'][0]['after'], made['rollbackFloor']), ('env', [], False))

    def test_what_would_hide_where_a_file_is_is_refused(self):
        for env in ({'KEY_FILE': '/etc/passwd'}, {'CREDENTIALS_DIRECTORY': '/tmp'}):
            bad = config(service('api', secrets=['KEY'], secretsAs='files', env=env))
            with self.subTest(env=env), self.assertRaises(Failure):
                configuration.config(bad, 'shop')
            configuration.config(config(service('api', secrets=['KEY'], env=env)), 'shop')

    def test_wrong_words_are_refused(self):
        for wrong in ({'secretsAs': 'file'}, {'secretsAs': None}, {'after': './x'}, {'secrets': ['../x']}, {'secrets': ['a/b']}):
            with self.subTest(wrong=wrong), self.assertRaises(Failure):
                service_fields.service(service(**wrong))
        for floor in (None, 1, 'true'):
            with self.subTest(floor=floor), self.assertRaises(Failure):
                configuration.config(config(rollbackFloor=floor), 'shop')
