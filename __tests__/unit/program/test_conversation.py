"""The talk with a runner that may die, stall or lie at any moment."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

from place import PROGRAM
from slipway import conversation as talks
from slipway.conversation import Conversation, Ended

# Seconds in which whatever happens at all has happened.
LONG = 60


class PipeTest(unittest.TestCase):
    def setUp(self):
        self.died = threading.Event()
        end = talks.os._exit

        def died(code):
            self.code = code
            self.died.set()
            sys.exit()  # the thread, not the tests

        talks.os._exit = died
        self.addCleanup(setattr, talks.os, '_exit', end)
        self.source, self.theirs = os.pipe()
        self.answers, self.sink = os.pipe()
        self.open = {self.source, self.theirs, self.answers, self.sink}
        self.addCleanup(lambda: [os.close(one) for one in self.open])

    def close(self, one):
        os.close(one)
        self.open.discard(one)

    def talk(self, silence=30.0):
        talk = Conversation(self.source, self.sink, silence)
        # The reader must be gone before its pipe is, or it would read what the next test opens.
        self.addCleanup(lambda: (self.theirs in self.open and self.close(self.theirs), self.died.wait(LONG)))
        return talk

    def give(self, *parts):
        for part in parts:
            os.write(self.theirs, part)

    def dies(self):
        self.assertTrue(self.died.wait(LONG), 'it still lives')
        self.assertEqual(self.code, talks.ABANDONED)


class Hearing(PipeTest):
    def test_takes_commands_and_content_cut_at_any_byte(self):
        talk = self.talk()
        whole = b'begin {"by":"\xc3\xa9"}\nbeat\nstage {"a":[1]}\ndata 5\na\nb\ncdata 3\nbeabeat\ndata 0\ninspect\n'
        for byte in whole:
            self.give(bytes([byte]))
        self.assertEqual(talk.command(), ('begin', {'by': 'é'}))
        self.assertEqual(talk.command(), ('stage', {'a': [1]}))
        self.assertEqual(list(talk.content()), [b'a\nb\nc', b'bea'])
        self.assertEqual(talk.command(), ('inspect', {}))

    def test_takes_much_at_once(self):
        talk = self.talk()
        sent = [bytes([number]) * 60000 for number in range(40)]
        thread = threading.Thread(target=self.give, args=[b'stage\n', *(b'data 60000\n' + part for part in sent), b'data 0\nx\n'])
        thread.start()
        self.assertEqual(talk.command()[0], 'stage')
        self.assertEqual(list(talk.content()), sent)
        self.assertEqual(talk.command()[0], 'x')
        thread.join()

    def test_slows_a_sender_that_is_faster_than_it_is_taken(self):
        self.talk()
        sent = []

        def flood():
            try:
                for _ in range(200):
                    self.give(b'data 65536\n' + bytes(65536))
                    sent.append(1)
            except OSError:
                pass

        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        thread.join(0.5)
        # 64 in the queue, one in hand, and what fits into buffer and pipe.
        self.assertTrue(thread.is_alive())
        self.assertLess(len(sent), 70)
        # Ended by whoever closes; the reader is freed by emptying its queue.
        self.close(self.source)
        self.died.set()
        thread.join(LONG)

    def test_drops_the_content_of_a_command_that_was_refused(self):
        talk = self.talk()
        self.give(b'stage {}\ndata 3\nabcdata 2\ndedata 0\nevidence {"number":1}\n')
        self.assertEqual(talk.command()[0], 'stage')
        self.assertEqual(talk.command(), ('evidence', {'number': 1}))

    def test_ends_when_content_breaks_off_for_a_goodbye(self):
        talk = self.talk()
        self.give(b'stage {}\ndata 3\nabcbye\n')
        talk.command()
        with self.assertRaises(Ended):
            list(talk.content())
        self.died.set()

    def test_lets_the_program_end_by_itself_after_a_goodbye(self):
        talk = self.talk(0.2)
        self.give(b'bye\n')
        self.close(self.theirs)
        self.assertEqual(talk.command()[0], 'bye')
        self.assertFalse(self.died.wait(0.6))
        self.died.set()


class Dying(PipeTest):
    def test_of_the_end_of_the_input(self):
        self.talk()
        self.close(self.theirs)
        self.dies()

    def test_of_silence_and_not_while_it_hears_anything(self):
        silence = 2
        self.talk(silence)
        began = time.monotonic()
        while time.monotonic() - began < silence * 1.25:
            time.sleep(0.1)
            self.give(b'beat\n')
        self.assertFalse(self.died.is_set())
        self.dies()

    def test_of_being_abandoned(self):
        self.talk()
        self.give(b'stage {}\nabandon\n')
        self.dies()

    def test_of_anything_that_it_does_not_understand(self):
        for words in (
            b'stage [1]\n',
            b'stage {\n',
            b'stage nonsense\n',
            b'data -1\n',
            b'data x\n',
            b'data 1_0\n',
            b'data  1\n',
            b'data 999999999\n',
            b'data 99999999999999999999999\n',
            b'stage {"a":NaN}\n',
            b'stage {"a":-Infinity}\n',
            b'stage {"a":' + b'9' * 5000 + b'}\n',
            b'stage "' + b'\xff' * 9 + b'"\n',
            b'stage ' + b'[' * 60000 + b'\n',
            b'stage null\n',
            b'data \xd9\xa3\n',
        ):
            with self.subTest(words=words[:30]):
                self.died.clear()
                reader, writer = os.pipe()
                with contextlib.redirect_stderr(io.StringIO()) as said:
                    Conversation(reader, self.sink)
                    os.write(writer, words)
                    self.dies()
                os.close(writer)
                os.close(reader)
                self.assertIn('the conversation broke', said.getvalue())

    def test_of_a_line_without_an_end(self):
        limit, talks.LINE_LIMIT = talks.LINE_LIMIT, 1 << 17
        self.addCleanup(setattr, talks, 'LINE_LIMIT', limit)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.talk()
            self.give(*[b'x' * 65536] * 3)
            self.dies()
        self.assertIn('a line is too long', said.getvalue())

    def test_waits_for_the_end_of_a_cut_over(self):
        talk = self.talk()
        with talk.uninterrupted(), talk.uninterrupted():
            self.close(self.theirs)
            self.assertFalse(self.died.wait(0.3))
        self.dies()


class Speaking(PipeTest):
    def test_answers_in_lines(self):
        talk = self.talk()
        talk.send('answer', value='é\n"')
        talk.progress('x')
        lines = os.read(self.answers, 4096).splitlines()
        self.assertEqual(
            [json.loads(line) for line in lines], [{'type': 'answer', 'value': 'é\n"'}, {'type': 'progress', 'text': 'x'}]
        )

    def test_sends_much_to_a_slow_reader(self):
        talk = self.talk()
        text = 'x' * 500000
        got = bytearray()

        def read():
            while not got.endswith(b'\n'):
                got.extend(os.read(self.answers, 3000))

        thread = threading.Thread(target=read)
        thread.start()
        talk.progress(text)
        thread.join(LONG)
        self.assertEqual(json.loads(got)['text'], text)

    def test_is_not_disturbed_by_a_reader_that_is_gone(self):
        talk = self.talk()
        self.close(self.answers)
        for _ in range(3):
            talk.progress('x' * 100000)

    def test_does_not_wait_for_a_reader_that_stalls(self):
        talk = self.talk(0.6)
        enough = threading.Event()

        def beat():
            while not enough.wait(0.1):
                self.give(b'beat\n')

        beating = threading.Thread(target=beat)
        beating.start()
        began = time.monotonic()
        with talk.uninterrupted():
            # A second for the first of them, and nothing for those that follow.
            for _ in range(60):
                talk.progress('x' * 200000)
        took = time.monotonic() - began
        enough.set()
        beating.join()
        self.assertLess(took, 30)

    def test_does_not_wait_at_all_for_a_runner_that_is_known_to_be_gone(self):
        talk = self.talk(5)
        with talk.uninterrupted():
            self.close(self.theirs)
            self.assertTrue(talk._gone.wait(LONG))
            with mock.patch.object(talks.select, 'select', side_effect=talks.select.select) as selected:
                for _ in range(3):
                    talk.progress('x' * 200000)
        self.assertEqual({call.args[3] for call in selected.call_args_list}, {0})


class Process(unittest.TestCase):
    """The same as a process, which really ends."""

    def start(self, code):
        script = (
            f'import sys, time\nsys.path.insert(0, {PROGRAM!r})\n'
            f'from slipway.conversation import Conversation\ntalk = Conversation(silence=600)\n{code}'
        )
        process = subprocess.Popen(
            [sys.executable, '-B', '-c', script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.addCleanup(
            lambda: (process.kill(), process.wait(), process.stdin.close(), process.stdout.close(), process.stderr.close())
        )
        return process

    def test_ends_at_once_when_the_runner_dies(self):
        process = self.start('talk.send("hello")\ntime.sleep(600)')
        process.stdout.readline()
        process.stdin.close()
        self.assertEqual(process.wait(LONG), 3)

    def test_brings_a_cut_over_to_its_end_though_nobody_is_there(self):
        process = self.start(
            'with talk.uninterrupted():\n'
            '    talk.send("hello")\n    time.sleep(0.4)\n    talk.progress("x" * 200000)\n'
            '    sys.stderr.write("done")\ntime.sleep(600)'
        )
        process.stdout.readline()
        process.stdin.close()
        process.stdout.close()
        self.assertEqual(process.wait(LONG), 3)
        self.assertEqual(process.stderr.read(), b'done')


if __name__ == '__main__':
    unittest.main()
