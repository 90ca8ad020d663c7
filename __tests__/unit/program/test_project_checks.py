"""A container's own check: run at once and often, never two at a time, and ended when its time is over."""

import contextlib
import os
import signal
import subprocess
import threading
import unittest

from containers import ContainersTest
from place import PlaceTest, within
from slipway.project import container_processes, engine, judging, own_check

SHELL = {'Healthcheck': {'Test': ['CMD-SHELL', 'curl localhost'], 'Timeout': 1}}
SLEEPS = 'sleep 100 & sleep 100'


class Checks(ContainersTest):
    """Commands in containers end when `self.free` is set; those in hand are in `self.running`."""

    def setUp(self):
        super().setUp()
        self.made, self.running, self.ended = [], set(), {}
        self.free = threading.Event()
        self.addCleanup(self.free.set)
        self.prints = lambda _: 'fine'
        self.replace(own_check, 'ATTEMPT', 0.8)
        self.replace(own_check, 'MOMENT', 0.1)
        self.replace(own_check, '_IN_HAND', {})
        ask = self.engine.ask
        self.replace(engine, 'ask', lambda method, path, *rest, **named: self.exec(method, path, *rest) if '/exec' in path else ask(method, path, *rest, **named))
        self.replace(engine, 'output', self.output)
        self.replace(container_processes, 'end', lambda main, pid: self.end(pid))
        self.container = self.engine.add('notes--1', 'web', State={'Pid': 7})
        self.container['Config'].update(SHELL)

    def exec(self, method, path, body=None, *_):
        if method == 'POST':
            self.made.append(body['Cmd'])
            self.running.add(f'e{len(self.made)}')
            return {'Id': f'e{len(self.made)}'}
        command = path.split('/')[2]
        return {'Running': command in self.running, 'Pid': int(command[1:]), 'ExitCode': None if command in self.running else self.ended.get(command, 0)}

    def output(self, method, path, *_, timeout, **__):
        command = path.split('/')[2]
        said = self.prints(command)
        if said is None:
            self.free.wait(timeout)
            raise TimeoutError('timed out')
        self.running.discard(command)
        return said

    def end(self, pid):
        if self.free.is_set():
            self.running.discard(f'e{pid}')
            self.ended[f'e{pid}'] = 137

    def check(self):
        return own_check.run_check(self.container)

    def test_how_it_ended_and_what_it_said(self):
        self.assertEqual(self.check(), (0, 'fine'))
        self.ended['e2'] = 3
        self.assertEqual(self.check(), (3, 'fine'))
        self.assertEqual(self.made, [['/bin/sh', '-c', 'curl localhost']] * 2)

    def test_one_that_hangs_is_one(self):
        self.prints = lambda _: None
        for _ in range(3):
            self.assertEqual(self.check(), (None, 'it has not ended yet'))
        # Its time is over, and it cannot be ended.
        self.assertTrue(within(lambda: self.check() == (None, 'it did not end within 0.8 s'), 5))
        self.assertEqual((len(self.made), self.running), (1, {'e1'}))
        # It can: then it is gone before another begins.
        self.free.set()
        self.assertTrue(within(lambda: self.check() == (1, 'it did not end within 0.8 s'), 5))
        self.assertEqual((len(self.made), self.running), (1, set()))
        self.prints = lambda _: 'well'
        self.assertEqual(self.check(), (0, 'well'))

    def test_each_container_has_its_own(self):
        self.prints = lambda command: None if command == 'e1' else 'fine'
        other = self.engine.add('notes--1', 'web', 2)
        other['Config'].update(SHELL)
        self.assertEqual(self.check()[0], None)
        self.assertEqual(own_check.run_check(other), (0, 'fine'))

    def test_what_it_prints_may_end_before_it_does(self):
        looks = []
        ask = self.exec
        self.exec = lambda method, path, *rest: {'Running': True, 'Pid': 1, 'ExitCode': None} if method == 'GET' and not looks and not looks.append(1) else ask(method, path, *rest)
        self.assertEqual(self.check(), (0, 'fine'))

    def test_how_long_it_may_take(self):
        seen = []
        self.replace(own_check, 'ATTEMPT', 5)
        self.replace(own_check._Check, '_ended', lambda _, timeout: (seen.append(timeout), ''))
        for said in (0, 1e9, 20e9, 600e9):
            self.container['Config']['Healthcheck'] = {'Test': ['CMD', 'true'], 'Timeout': said}
            self.check()
        self.assertEqual(seen, [30, 5, 20, 60])

    def test_a_container_that_has_gone_is_not_well(self):
        def gone(*_, **__):
            raise engine.Refused('No such container', 404)
        self.replace(engine, 'ask', gone)
        self.assertEqual(self.check(), (1, 'No such container'))

    def test_what_is_heard_of_one_in_hand(self):
        self.prints = lambda _: None
        new = self.activation(1, {'web': {'healthcheck': {'test': ['CMD-SHELL', 'curl localhost']}}})
        self.assertEqual(judging.ask(new, new.services()[0], 1), (False, '`/bin/sh -c curl localhost`: it has not ended yet'))


class Ended(PlaceTest):
    def begin(self, words):
        process = subprocess.Popen(['/bin/sh', '-c', words], start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(self.end_session, process.pid)
        return process

    def end_session(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def inside(self, *processes):
        """All of their sessions, as the group of the container would list them."""
        leaders = {process.pid for process in processes}
        found = []
        for entry in os.listdir('/proc'):
            try:
                if entry.isdigit() and os.getsid(int(entry)) in leaders:
                    found.append(int(entry))
            except ProcessLookupError:
                continue
        return found

    def test_with_what_it_started_and_nothing_else_of_the_container(self):
        main, check = self.begin('sleep 100; true'), self.begin(SLEEPS)
        within(lambda: len(self.inside(check)) == 3 and len(self.inside(main)) == 2)
        self.replace(container_processes, 'of', lambda _: self.inside(main, check))
        container_processes.end(main.pid, check.pid)
        self.assertEqual(check.wait(5), -9)
        self.assertTrue(within(lambda: self.inside(check) == [], 5))
        self.assertEqual(len(self.inside(main)), 2)
        # Its first process is the container itself, and what is not in it is nobody's of it.
        other = self.begin('sleep 100; true')
        for process in (main, other):
            container_processes.end(main.pid, process.pid)
        self.assertEqual([process.poll() for process in (main, other)], [None, None])


if __name__ == '__main__':
    unittest.main()
