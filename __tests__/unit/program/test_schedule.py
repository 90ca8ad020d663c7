"""Schedules: what becomes of them in units, and how timers change hands."""

import os
import shutil
import subprocess
import time
import unittest
from unittest import mock

from place import PlaceTest, config, service
from slipway import activation as acts
from slipway import configuration, once, sandbox, schedule, state, units, wellbeing
from slipway import layout as places
from slipway.failures import Failure
from slipway.state import State
from slipway.supervisors import Definition

ANALYZE = shutil.which('systemd-analyze')
SANDBOX = tuple(sandbox.properties('root', 'root', ['/opt/shop/shared']))


def times(*calendar):
    return {'kind': 'times', 'calendar': list(calendar) or ['*-*-* 6:0:00 UTC']}


def report(**more):
    return service('report', **{'route': None, 'schedule': times(), **more})


class Fields(PlaceTest):
    def read(self, **more):
        return configuration.config(config(report(**more)), 'shop')['services'][0]

    def test_of_calendars_let_through_what_cron_comes_to(self):
        every = [','.join(map(str, range(first, last))) for first, last in ((1, 32), (0, 24), (0, 59))]
        for line in (
            '*-*-* *:*:00 UTC',
            'Mon,Tue,Wed,Thu,Fri *-*-* 9:0:00 UTC',
            'Sun *-1,12-{} {}:{}:00 UTC'.format(*every),
        ):
            self.assertEqual(self.read(schedule=times(line))['schedule'], times(line))

    def test_of_calendars_refuse_everything_else(self):
        for line in (
            '',
            'daily',
            '*-*-* *:*:00',
            '*-*-* *:*:00 UTC\nOnBootSec=1',
            '*-*-* *:*:* UTC',
            '2026-01-01 0:0:00 UTC',
            '*-*-* 0:0:00 Europe/Berlin',
            '*-*~1 0:0:00 UTC',
            'Mon..Fri *-*-* 0:0:00 UTC',
            '%h',
        ):
            with self.subTest(line=line):
                self.refused('bad-field', lambda line=line: self.read(schedule=times(line)))
        for wrong in (times(*['*-*-* *:*:00 UTC'] * 3), {'kind': 'times', 'calendar': []}, {'kind': 'never'}, '@daily'):
            with self.subTest(wrong=wrong):
                self.refused('bad-field', lambda wrong=wrong: self.read(schedule=wrong))

    def test_of_what_cannot_have_a_schedule_are_refused(self):
        self.refused('bad-field', lambda: self.read(route='/'))
        self.refused('bad-field', lambda: self.read(instances=2))

    def test_of_stored_releases_that_knew_no_schedules_are_filled_in(self):
        old = service('api')
        for key in ('tasks', 'sandbox', 'schedule', 'timeout'):
            del old[key]
        self.assertEqual(configuration.config(config(old), 'shop')['services'][0], service('api'))


class Units(PlaceTest):
    def definition(self, **more):
        given = configuration.config(config(report(**more)), 'shop')['services'][0]
        return Definition(self.layout, 7, given, 1, '/opt/shop/releases/v1-00000000/src', True, SANDBOX)

    def test_of_a_run_end_it_and_never_restart_it(self):
        text = schedule.run_unit(self.definition(timeout=90, memory=1 << 28, tasks=9, stop={'signal': 'SIGINT', 'timeout': 2}))
        for line in (
            'Type=oneshot',
            'TimeoutStartSec=90000ms',
            'KillSignal=SIGINT',
            'TimeoutStopSec=2000ms',
            'MemoryMax=268435456',
            'TasksMax=9',
            *SANDBOX,
        ):
            self.assertIn(f'\n{line}\n', text)
        for word in ('Restart=', 'RemainAfterExit', 'WantedBy'):
            self.assertNotIn(word, text)

    def test_of_what_runs_once_stay_so_that_its_end_can_be_seen(self):
        text = schedule.run_unit(self.definition(schedule={'kind': 'once'}, healthTimeout=5))
        self.assertIn('\nRemainAfterExit=yes\n', text)
        self.assertIn('\nTimeoutStartSec=5000ms\n', text)

    @unittest.skipUnless(ANALYZE, 'systemd-analyze is not on this machine')
    def test_are_what_systemd_understands(self):
        definition = self.definition(schedule=times('*-*-13 0:0:00 UTC', 'Fri *-*-* 0:0:00 UTC'))
        name = schedule.timer_name(self.layout, 7, definition.service)
        self.write(schedule.unit_name(self.layout, 7, definition.service), schedule.run_unit(definition))
        path = self.write(name, schedule.timer_unit(definition))
        done = subprocess.run(
            [ANALYZE, 'verify', '--man=no', path], capture_output=True, text=True, check=False, env={**os.environ, 'LC_ALL': 'C'}
        )
        self.assertNotIn('slipway-app', done.stdout + done.stderr)


class Hands(PlaceTest):
    """systemd is a list of what it was told; a timer waits when it was started last."""

    def setUp(self):
        super().setUp()
        self.told = []
        self.waiting = set()
        self.replace(units, 'start', self.start)
        self.replace(units, 'stop', self.stop)
        self.replace(units, 'look', lambda names: {name: State(state.UP) for name in names if name in self.waiting})

    def start(self, names):
        self.told.append(('start', *names))
        self.waiting |= set(names)

    def stop(self, names, timeout=None):
        if names:
            self.told.append(('stop', *names))
        self.waiting -= set(names)

    def activation(self, number, *services):
        facts = {'number': number, 'config': config(service('api'), *services), 'ports': {}, 'first': True}
        return acts.Activation(self.layout, facts)

    def stamp(self, number):
        return os.stat(f'{schedule.STAMPS}/stamp-slipway-app.shop.{number}.report.timer').st_mtime

    def test_never_hold_two_at_once(self):
        old, new = self.activation(1, report()), self.activation(2, report())
        schedule.hand_over(None, old)
        schedule.hand_over(old, new)
        self.assertEqual(
            self.told,
            [
                ('start', 'slipway-app.shop.1.report.timer'),
                ('stop', 'slipway-app.shop.1.report.timer'),
                ('start', 'slipway-app.shop.2.report.timer'),
            ],
        )
        self.assertEqual(os.listdir(places.WANTS), ['slipway-app.shop.2.report.timer'])

    def test_pass_on_which_times_were_dealt_with(self):
        old, new = self.activation(1, report()), self.activation(2, report(start='./other'))
        schedule.hand_over(None, old)
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.1.report.timer', (1000, 1000))
        schedule.hand_over(old, new)
        self.assertEqual(self.stamp(2), 1000)
        # And back: what the new one ran, the old one does not run again.
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.2.report.timer', (2000, 2000))
        schedule.hand_over(new, old)
        self.assertEqual(self.stamp(1), 2000)

    def test_begin_where_they_were_stopped_when_nobody_else_ran_meanwhile(self):
        # As maintenance does: the new one never came to have a timer.
        old = self.activation(1, report())
        schedule.hand_over(None, old)
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.1.report.timer', (1000, 1000))
        schedule.hand_over(self.activation(2, report()), old)
        self.assertEqual(self.stamp(1), 1000)

    def test_make_up_for_nothing_when_the_times_are_others_or_the_clock_went_back(self):
        began = time.time() - 1
        old, new = self.activation(1, report()), self.activation(2, report(schedule=times('*-*-* *:0:00 UTC')))
        schedule.hand_over(None, old)
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.1.report.timer', (1000, 1000))
        schedule.hand_over(old, new)
        self.assertGreater(self.stamp(2), began)
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.2.report.timer', (began + 9999, began + 9999))
        schedule.hand_over(new, self.activation(3, report(schedule=times('*-*-* *:0:00 UTC'))))
        self.assertLess(self.stamp(3), began + 999)

    def test_change_nothing_when_it_is_done_twice(self):
        new = self.activation(2, report())
        schedule.hand_over(None, new)
        os.utime(f'{schedule.STAMPS}/stamp-slipway-app.shop.2.report.timer', (1000, 1000))
        schedule.hand_over(self.activation(1, report()), new)
        self.assertEqual(self.stamp(2), 1000)

    def test_end_a_run_of_which_there_must_not_be_two(self):
        old = self.activation(1, report(overlap=False))
        schedule.hand_over(old, self.activation(2))
        self.assertIn(('stop', 'slipway-app.shop.1.report.service'), self.told)

    def test_leave_nothing(self):
        old = self.activation(1, report())
        schedule.hand_over(None, old)
        self.replace(units, 'run', lambda *_, **__: mock.Mock(output='', code=0))
        acts.discard(old)
        self.assertEqual((os.listdir(schedule.STAMPS), os.listdir(places.WANTS)), ([], []))

    def test_tell_of_last_runs_that_failed(self):
        new = self.activation(2, report())
        looks = {
            'slipway-app.shop.2.report.timer': State(state.UP, said='active/waiting'),
            'slipway-app.shop.2.report.service': State(state.FAILED, exit=3),
        }
        self.replace(units, 'look', lambda names: {name: looks.get(name, State(state.UP)) for name in names})
        self.assertEqual(wellbeing.told(new), ['the last run of slipway-app.shop.2.report.service ended with exit code 3'])
        looks['slipway-app.shop.2.report.service'] = State(state.FAILED, signal=15, timed_out=True)
        looks['slipway-app.shop.2.report.timer'] = State(state.STOPPED, said='inactive/dead')
        self.assertEqual(
            wellbeing.told(new),
            [
                'slipway-app.shop.2.report.timer is inactive/dead, restarted 0 times',
                'the last run of slipway-app.shop.2.report.service took longer than it may, and was ended',
            ],
        )


class Once(PlaceTest):
    def fails(self, code, log='', **stands):
        facts = {'number': 2, 'config': config(service('fill', route=None, schedule={'kind': 'once'}, healthTimeout=0.2)),
                 'ports': {}, 'first': True}
        new = acts.Activation(self.layout, facts)
        self.replace(units, 'look', lambda names: {name: State(**stands) for name in names})
        self.replace(units, 'logs', lambda *_: log)
        self.replace(acts.Activation, 'secrets', lambda _: {})
        talk = type('Talk', (), {'progress': lambda *_: None})()
        given = type('Given', (), {'folder': '/opt/shop/releases/v1'})()
        if code is None:
            once.await_end(new, given, talk)
            return None
        return self.refused(code, once.await_end, new, given, talk)

    def test_goes_on_when_it_ended_well(self):
        self.fails(None, phase=state.UP, exit=0)

    def test_says_how_it_failed(self):
        self.assertIn('KeyError: 1', self.fails('job-failed', 'KeyError: 1', phase=state.FAILED, exit=1).what)
        self.fails('job-too-long', phase=state.STARTING, pids=(1,))
        self.fails('job-too-long', phase=state.FAILED, timed_out=True)
        self.assertIsInstance(
            self.fails('writes-into-release', "OSError: [Errno 30] Read-only file system: 'cache.json'", phase=state.FAILED, exit=1),
            Failure,
        )
