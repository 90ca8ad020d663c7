"""Hooks: what they are, how they are limited, recorded, told of and run again."""

import unittest
from unittest import mock

from place import PlaceTest, config, service
from slipway import (
    builder,
    configuration,
    hooks,
    processes,
    service_fields,
    settling,
    tasks,
    units,
)
from slipway.activation import Activation
from slipway.failures import Failure
from slipway.records import Records

ME = {'by': 'ann', 'run': 'r1'}
LONG = {'run': './slow', 'timeout': 5}


class A(unittest.TestCase):
    """A hook by itself."""

    def test_is_a_line_or_a_line_with_a_limit(self):
        self.assertEqual([hooks.line('./x'), hooks.line(LONG)], ['./x', './slow'])
        self.assertEqual([hooks.limit('./x', 600), hooks.limit(LONG, 600)], [(600, False), (5, True)])

    def test_is_checked_on_the_host(self):
        for good in ('./x', LONG, {'run': './x', 'timeout': 86400}):
            self.assertEqual(service_fields.hook(good), good)
        for bad in (None, 5, [], {}, 'a\nb', {'run': './x'}, {'timeout': 5}, {'run': './x', 'timeout': 0}, {'run': 5, 'timeout': 5},
                    {'run': './x', 'timeout': True}, {'run': './x', 'timeout': 86401}, {'run': 'a\nb', 'timeout': 5},
                    {'run': './x', 'timeout': 5, 'user': 'root'}):
            with self.subTest(bad=bad), self.assertRaises(Failure):
                service_fields.hook(bad)

    def test_never_runs_for_ever(self):
        # To systemd a limit of 0 is none.
        for seconds, said in ((5, '5000ms'), (0.2, '200ms'), (0.0001, '1ms')):
            self.assertEqual(hooks.settings(seconds), [f'RuntimeMaxSec={said}', 'TimeoutStopSec=10', 'KillMode=control-group'])

    def test_that_failed_says_its_last_words(self):
        output = 'begun\nValueError: no such table\nbye\n'
        failed = hooks.failed('task', 'api: ./x', 'before', './x', 600, 3, output, 'Nothing was switched.', 'tag again.')
        self.assertEqual((failed.code, failed.what), ('task-failed', 'api: ./x ended with 3: ValueError: no such table'))
        self.assertEqual(failed.evidence, [{'source': 'api: ./x', 'text': output}])
        silent = hooks.failed('task', 'api: ./x', 'before', './x', 600, 3, '', '', 'tag again.')
        self.assertEqual((silent.what, silent.evidence[0]['text']), ('api: ./x ended with 3.', '(no output)'))

    def test_that_took_too_long_says_its_limit_and_what_to_type(self):
        own = hooks.failed('task', 'api: ./slow', 'before', LONG, 600, None, 'waiting\n', 'Nothing was switched.', 'tag again.')
        self.assertEqual(own.code, 'task-too-slow')
        self.assertIn('was not done within 5 s, and was ended with all of its processes. Its last words: waiting', own.what)
        self.assertIn('its own limit', own.why)
        self.assertIn('`before: [{ run: …, timeout: 1m }]` in slipway.yml', own.cure)
        shared = hooks.failed('build', 'api: make', 'build', 'make', 600, None, '', '', 'tag again.')
        self.assertIn('the limit of the whole rollout', shared.why)
        self.assertIn('timeout: 20m }]`, with `rollout: { timeout: … }` above it (it is 600 s)', shared.cure)

    def test_is_short_in_a_message(self):
        self.assertLess(len(hooks.failed('task', 'x' * 60000, 'before', 'x', 1, 1, '', '', '').what), 400)


class Run(PlaceTest):
    """Commands of an activation that serves as 7."""

    def setUp(self):
        super().setUp()
        given = config(service('api', before=['./a', LONG], after=['./b', './b'], secrets=['KEY']))
        self.new = Activation(
            self.layout,
            {'number': 7, 'releaseId': 'v1-00000000', 'version': 'v1', 'ports': {}, 'first': True,
             'config': configuration.config(given, 'shop')},
        )
        self.new.facts.update(tasks.facts(tasks.names(self.new, 'before'), tasks.names(self.new, 'after')))
        self.write(f'{self.layout.activation(7)}/secrets.json', '{"KEY": "hunter2-hunter2"}')
        self.records = Records(self.layout)
        self.records.append('proven', 7, releaseId='v1-00000000', version='v1', commit='c' * 40)
        self.ran = []
        self.code = 0
        # Its own clock, not that of everybody.
        self.clock = mock.Mock(return_value=0.0)
        self.replace(tasks, 'time', mock.Mock(time=lambda: 0, monotonic=self.clock))
        self.replace(tasks, 'run', self.fake)

    def fake(self, argv, timeout=60):
        self.ran.append(argv)
        output = 'said hunter2-hunter2\n' if argv[0].endswith('journalctl') else ''
        return processes.Result(self.code if argv[0].endswith('systemd-run') else 0, output)

    def run_task(self, when, index, timeout=600):
        return tasks.run_task(self.layout, self.records, self.new, when, index, timeout, ME)

    def started(self):
        return [argv for argv in self.ran if argv[0].endswith('systemd-run')]

    def test_have_units_scripts_and_limits_of_their_own(self):
        for when, index in (('before', 0), ('before', 1), ('after', 0), ('after', 1)):
            self.run_task(when, index)
        named = [next(word for word in argv if word.startswith('--unit=')) for argv in self.started()]
        self.assertEqual(len(set(named)), 4)
        self.assertIn('--property=RuntimeMaxSec=600000ms', self.started()[0])
        self.assertIn('--property=RuntimeMaxSec=5000ms', self.started()[1])
        self.assertIn('exec ./slow', self.read(f'{self.layout.activation(7)}/task.before.1'))
        self.assertEqual([unit for _, unit in tasks.units_of(self.new)], [word.removeprefix('--unit=') for word in named])

    def test_have_no_secret_in_what_they_said_or_in_an_argument(self):
        self.assertEqual(self.run_task('before', 0), {'output': 'said ***\n'})
        self.assertNotIn('hunter2', str(self.ran))

    def test_are_recorded_as_they_begin_and_end(self):
        self.run_task('before', 0)
        self.code = 3
        self.refused('task-failed', self.run_task, 'before', 1)
        self.refused('after-failed', self.run_task, 'after', 0)
        anew = Records(self.layout)
        self.assertEqual(
            anew.tasks_of(7), {('before', 0): 'done', ('before', 1): 'failed with 3', ('after', 0): 'failed with 3'}
        )
        self.assertIn('"result": "begun"', self.read(self.layout.history))

    def test_that_are_ended_at_their_limit_are_told_apart_from_those_that_fail(self):
        self.code = 1
        self.clock.side_effect = [0.0, 4.9, 0.0, 5.0]
        self.refused('task-failed', self.run_task, 'before', 1)
        self.refused('task-too-slow', self.run_task, 'before', 1)
        self.assertEqual(self.records.tasks_of(7)[('before', 1)], 'not ended within 5 s')

    def test_of_after_say_that_it_serves(self):
        self.code = 1
        failure = self.refused('after-failed', self.run_task, 'after', 0)
        self.assertIn('v1 serves, and stays', failure.why)
        self.assertIn('deploy v1 again, which runs it again and nothing else', failure.cure)

    def test_that_do_not_exist_are_refused(self):
        self.refused('bad-field', self.run_task, 'after', 2)

    def test_of_after_are_wanted_until_they_ended_well(self):
        pending = lambda: [item['index'] for item in tasks.pending(Records(self.layout), self.new)]
        self.assertEqual(pending(), [0, 1])
        self.run_task('after', 0)
        self.assertEqual(pending(), [1])
        self.code = 1
        self.refused('after-failed', self.run_task, 'after', 1)
        self.assertEqual(pending(), [1])
        self.code = 0
        self.run_task('after', 1)
        self.assertEqual(pending(), [])
        # A return to a release has none.
        del self.new.facts['after']
        self.assertEqual(pending(), [])

    def test_of_a_dead_run_are_told_of(self):
        def known(serving=self.new):
            return tasks.unfinished(Records(self.layout), 7, serving)

        self.records.append('task', 7, when='before', index=0, name='api: ./a', result='begun')
        self.assertEqual(known(None), ' api: ./a (`before`) had begun, and how it ended is not known: a deploy runs it again.')
        self.records.append('task', 7, when='before', index=0, name='api: ./a', result='done')
        self.assertEqual(known(None), '')
        self.records.append('task', 7, when='after', index=0, name='api: ./b', result='begun')
        self.assertEqual(
            known(),
            ' api: ./b (`after`) had begun, and how it ended is not known: deploying v1 again runs it.'
            ' api: ./b (`after`) had not begun: deploying v1 again runs it.',
        )

    def test_of_a_dead_run_are_waited_for_each_of_them(self):
        waited = []
        self.replace(settling.acts, 'load', lambda *_: self.new)
        self.replace(units, 'wait_stopped', lambda unit, _: waited.append(unit) or 'after.1' not in unit)
        failure = self.refused('task-running', settling._await_tasks, self.layout, {'to': 7})
        self.assertEqual(len(waited), 4)
        self.assertIn('systemctl stop slipway-task.shop.7.after.1.service', failure.cure)

    def test_of_a_program_before_this_one_are_still_read(self):
        self.records.append('task', 7, name='api: ./a', result='begun')
        self.assertIn('api: ./a (`before`) had begun', tasks.unfinished(Records(self.layout), 7, None))


class Build(PlaceTest):
    def build(self, *commands, code=0, output='made\n', takes=0.0):
        made = mock.Mock(timeout=600, ran=[])
        clock = iter(value for count in range(10) for value in (100.0 * count, 100.0 * count + takes))
        self.replace(builder, 'time', mock.Mock(monotonic=lambda: next(clock)))
        made.run = lambda name, lines, limit, ground: (made.ran.append((lines[-1], limit)), (code, output))[1]
        given = service_fields.service(service('api', build=list(commands)))
        return made, lambda: builder.build_commands(made, 's0', given, None, '/src', {})

    def test_gives_what_each_command_printed(self):
        made, act = self.build('make', LONG)
        self.assertEqual(
            act(), [{'source': 'build api: make', 'text': 'made\n'}, {'source': 'build api: ./slow', 'text': 'made\n'}]
        )
        self.assertEqual(made.ran, [('make', 600), ('./slow', 5)])

    def test_tells_a_limit_apart_from_a_failure(self):
        self.refused('build-failed', self.build(LONG, code=2, takes=4.0)[1])
        self.assertIn('within 5 s', self.refused('build-too-slow', self.build(LONG, code=1, takes=5.0)[1]).what)
