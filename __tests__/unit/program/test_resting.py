"""Whether processes wait for something to do."""

import subprocess
import sys
import unittest

from place import within
from slipway.resting import at_rest


class AtRest(unittest.TestCase):
    def process(self, code):
        child = subprocess.Popen([sys.executable, '-c', code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        child.stdout.read(1)
        return child.pid

    def test_one_that_waits_is_and_one_that_computes_is_not(self):
        waits = self.process('import sys; print("x", flush=True); sys.stdin.read()')
        works = self.process('print("x", flush=True)\nwhile True: pass')
        self.assertTrue(within(lambda: at_rest([waits])))
        self.assertFalse(at_rest([works]))
        self.assertFalse(at_rest([waits, works]))

    def test_a_thread_that_computes_counts(self):
        busy = self.process(
            'import threading, time\n'
            'threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()\n'
            'print("x", flush=True); time.sleep(60)'
        )
        self.assertFalse(at_rest([busy]))

    def test_nobody_is_not(self):
        self.assertFalse(at_rest([]))
        child = subprocess.Popen(['true'])
        child.wait()
        self.assertFalse(at_rest([child.pid]))


if __name__ == '__main__':
    unittest.main()
