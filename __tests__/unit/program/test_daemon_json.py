"""What setup-vm adds to Docker's daemon.json, and what it leaves as somebody else's choice."""

import contextlib
import importlib.util
import io
import json
import os
import tempfile
import unittest

PATH = os.path.join(os.path.dirname(__file__), '..', '..', '..', 'src', 'targets', 'host', 'setup', 'daemon_json.py')
spec = importlib.util.spec_from_file_location('daemon_json', PATH)
daemon_json = importlib.util.module_from_spec(spec)
spec.loader.exec_module(daemon_json)

ROTATION = {'log-driver': 'json-file', 'log-opts': {'max-size': '10m', 'max-file': '3'}}
BOTH = 'log rotation (3 files of 10 MB a container) and live-restore'


class DaemonJsonTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, 'daemon.json')

    def run_on(self, verb, text, *fixed):
        if text is not None:
            with open(self.file, 'w', encoding='utf-8') as file:
                file.write(text)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            daemon_json.main(verb, self.file, *fixed)
        return said.getvalue()

    def plan(self, settings, *fixed):
        text = settings if settings is None or isinstance(settings, str) else json.dumps(settings)
        return dict(line.split('\t', 1) for line in self.run_on('plan', text, *fixed).splitlines())

    def text(self, settings, *fixed):
        return json.loads(self.run_on('text', json.dumps(settings), *fixed))

    def test_of_nothing_it_makes_rotation_and_live_restore(self):
        for settings in (None, '', ' \n', '{}'):
            self.assertEqual({'adds': BOTH, 'restart': 'yes'}, self.plan(settings))
        self.assertEqual({**ROTATION, 'live-restore': True}, self.text({}))

    def test_done_once_there_is_nothing_left_to_do(self):
        for settings in ({}, {'debug': True}, {'log-driver': 'local'}, {'live-restore': False}, {'log-opts': {'max-size': '1g'}}):
            self.assertNotIn('adds', self.plan(self.text(settings)))

    def test_no_key_and_no_order_is_lost(self):
        settings = {'z': [1, {'y': None}], 'log-opts': {'tag': 'ä', 'max-file': '9'}, 'a': 1.5}
        made = self.text(settings)
        self.assertEqual(['z', 'log-opts', 'a', 'log-driver', 'live-restore'], list(made))
        self.assertEqual({**settings, 'log-opts': {'tag': 'ä', 'max-file': '9', 'max-size': '10m'}},
                         {key: made[key] for key in settings})

    def test_the_indentation_stays(self):
        self.assertIn('\n\t"debug": true', self.run_on('text', '{\n\t"debug": true\n}'))
        self.assertIn('\n    "live-restore": true', self.run_on('text', '{\n    "debug": true\n}'))

    def test_a_choice_of_where_logs_go_is_kept_and_said(self):
        for driver in ('journald', 'syslog', 'local'):
            plan = self.plan({'log-driver': driver})
            self.assertEqual('live-restore', plan['adds'])
            self.assertIn(driver, plan['keeps'])
            self.assertNotIn('restart', plan)
        self.assertEqual({'log-driver': 'journald', 'live-restore': True}, self.text({'log-driver': 'journald'}))

    def test_a_size_of_ones_own_is_kept(self):
        self.assertEqual({'adds': 'live-restore'}, self.plan({'log-opts': {'max-size': '-1'}}))

    def test_live_restore_that_is_off_stays_off_and_it_is_said(self):
        plan = self.plan({'live-restore': False, **ROTATION})
        self.assertNotIn('adds', plan)
        self.assertIn('live-restore is off', plan['keeps'])

    def test_what_dockerds_command_line_says_is_not_said_again(self):
        plan = self.plan({}, 'log-opts=the option --log-opt', 'live-restore=Swarm')
        self.assertEqual({'keeps': 'logs as the option --log-opt says and live-restore is up to Swarm'}, plan)

    def test_it_is_said_where_a_file_is_wrong(self):
        for text, words in (('{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: Expecting'), ('{', 'line 1, column 2'), ('[]', 'is no object'),
                            ('{"log-opts": []}', 'log-opts has to be an object'), ('{"live-restore": "yes"}', 'live-restore has to be true'),
                            ('{"log-driver": 1}', 'log-driver has to be a text')):
            with self.assertRaisesRegex(daemon_json.Unreadable, f'{self.file}.*{words}'):
                self.plan(text)
        with open(self.file, 'wb') as file:
            file.write(b'{"a": "\xff"}')
        with self.assertRaisesRegex(daemon_json.Unreadable, 'UTF-8: byte 7'):
            self.plan(None)


if __name__ == '__main__':
    unittest.main()
