"""What processes may do, and what their servers and limits say."""

import os
import unittest
from unittest import mock

from place import PlaceTest, config, service
from slipway import configuration, limits, notify, sandbox, state, units
from slipway.state import State


class Sandbox(PlaceTest):
    def properties(self, wider=sandbox.NARROW, **given):
        whole = configuration.config(config(service('api', sandbox=wider), **given), 'shop')
        return sandbox.of_service(self.layout, 7, 'v1-00000000', whole, whole['services'][0])

    def writable(self, **given):
        [found] = [line for line in self.properties(**given) if line.startswith('ReadWritePaths=')]
        return found.removeprefix('ReadWritePaths=').split()

    def test_lets_write_to_home_shared_and_scratch_of_its_own_release_alone(self):
        home = f'{self.layout.activation(7)}/home'
        self.assertEqual(self.writable(), [home, self.layout.shared])
        self.assertEqual(self.writable(scratch=['tmp']), [home, self.layout.shared, f'{self.layout.scratch}/v1-00000000'])

    def test_follows_a_link_in_shared_that_is_roots(self):
        volume = f'{self.folder}/srv/volume'
        os.makedirs(volume)
        os.symlink(volume, f'{self.layout.shared}/media')
        self.assertEqual(self.writable(shared=['media', 'other'])[2:], [volume])

    def test_follows_no_link_in_a_folder_that_is_the_apps(self):
        os.makedirs(f'{self.layout.shared}/data')
        os.symlink('/etc', f'{self.layout.shared}/data/media')
        real = os.lstat
        apps = f'{self.layout.shared}/data'
        with mock.patch.object(
            sandbox.os, 'lstat', lambda path: mock.Mock(st_uid=12345, st_mode=0o40755) if path == apps else real(path)
        ):
            self.assertEqual(len(self.writable(shared=['data/media'])), 2)

    def test_refuses_a_link_to_what_is_no_folder_of_its_own(self):
        for target in ('/srv', f'{self.folder}/missing', '/'):
            os.symlink(target, f'{self.layout.shared}/media')
            self.refused('shared-leads-astray', lambda: self.writable(shared=['media']))
            os.unlink(f'{self.layout.shared}/media')

    def test_takes_no_path_that_would_be_two_words(self):
        for path in ('/opt/a b', '/opt/%h', 'opt', '/opt/a\nExecStart=/bin/sh'):
            with self.subTest(path=path):
                self.refused('bad-field', sandbox.properties, 'u', 'g', [path])

    def test_is_wider_by_what_was_asked_for_alone(self):
        narrow = self.properties()
        self.assertIn('RestrictNamespaces=yes', narrow)
        self.assertIn('PrivateDevices=yes', narrow)
        wide = self.properties({'namespaces': True, 'devices': True})
        self.assertEqual(set(narrow) - set(wide), {'RestrictNamespaces=yes', 'PrivateDevices=yes'})
        self.refused('host-program-too-old', lambda: self.properties({'network': True}))
        self.refused('bad-field', lambda: self.properties({'devices': 1}))


class Notify(PlaceTest):
    def notifies(self, start, version='23.0.0', simple=True, runtime='python'):
        location = f'{self.folder}/env'
        made = f'{location}/lib/python3.11/site-packages'
        os.makedirs(made, exist_ok=True)
        for name in os.listdir(made):
            os.rmdir(f'{made}/{name}')
        if version:
            os.mkdir(f'{made}/gunicorn-{version}.dist-info')
        release = mock.Mock()
        release.environment_of = lambda _: {'runtime': runtime, 'location': location} if runtime else None
        return notify.notifies(release, service('api', start=start), simple)

    def test_is_what_gunicorn_does(self):
        for start in ('gunicorn main:app', 'A=1 B="x y" gunicorn --bind 127.0.0.1:$PORT main:app'):
            self.assertTrue(self.notifies(start), start)

    def test_is_not_counted_on_in_doubt(self):
        self.assertFalse(self.notifies('gunicorn main:app', simple=False))
        self.assertFalse(self.notifies('gunicorn main:app', version='19.9.0'))
        self.assertFalse(self.notifies('gunicorn main:app', version=None))
        self.assertFalse(self.notifies('gunicorn main:app', runtime=None))
        for start in ('uvicorn main:app', 'ddtrace-run gunicorn main:app', 'python -m gunicorn main:app', './gunicorn'):
            self.assertFalse(self.notifies(start), start)


class Limits(unittest.TestCase):
    def test_that_were_gone_over_are_named(self):
        given = service('api', memory=1 << 28, tasks=8)

        def found(log='', **stands):
            failure = limits.exceeded(given, State(state.FAILED, **stands), log, [])
            return failure and failure.code

        self.assertEqual(found(signal=9), 'memory-limit')
        self.assertEqual(found(exit=1, out_of_memory=True), 'memory-limit')
        self.assertEqual(found("RuntimeError: can't start new thread", exit=1), 'tasks-limit')
        self.assertEqual(found(exit=1, short_of_tasks=True), 'tasks-limit')
        self.assertIsNone(found('ValueError: x', exit=1))
        self.assertIsNone(limits.exceeded(service('api'), State(state.FAILED, signal=9), "can't start new thread", []))

    def test_of_tasks_are_told_by_the_kernel(self):
        opened = mock.mock_open(read_data='max 3\n')
        with mock.patch('builtins.open', opened):
            self.assertTrue(units._short_of_tasks('/system.slice/a.service'))
        with mock.patch('builtins.open', mock.mock_open(read_data='max 0\n')):
            self.assertFalse(units._short_of_tasks('/system.slice/a.service'))
        self.assertFalse(units._short_of_tasks('/nowhere'))
