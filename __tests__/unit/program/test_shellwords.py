"""Start lines become scripts that a real /bin/sh runs; environments become files that systemd reads."""

import os
import signal
import subprocess
import sys
import unittest

from place import PlaceTest
from slipway import shellwords


class Simple(unittest.TestCase):
    def test_is_one_program_with_arguments(self):
        for line in (
            'node main.js',
            'gunicorn main:app -k uvicorn.workers.UvicornWorker --bind 127.0.0.1:$PORT',
            './serve',
            'A=1 B="x y" node x',
            'gunicorn --bind 127.0.0.1:${PORT}',
            'node x --port ${PORT:-80}',
            "node -e 'a; b && c | d'",
            'node -e "a; b && c"',
            'python -m x # comment',
            'echo \\; \\&',
            "sh -c 'exit 1'",
            'echo "don\'t"',
            'a"b"\'c\'d',
            'env A=1 x',
            '"./my serve" --all',
            'x *.txt ~/a',
            'x "{}" \'!\'',
        ):
            with self.subTest(line=line):
                self.assertTrue(shellwords.is_simple(line))

    def test_anything_else_keeps_its_shell(self):
        for line in (
            'a; b',
            'a && b',
            'a || b',
            'a | b',
            'a &',
            'a > log',
            'a 2>&1',
            'a < in',
            '(a)',
            '{ a; }',
            '! a',
            'a `b`',
            'a $(b)',
            'a "$(b)"',
            'a "`b`"',
            'cd x',
            'cd x && a',
            'exit 1',
            '. ./env',
            'source env',
            'export A=1',
            'exec a',
            'true',
            'test -e x',
            '[ -e x ]',
            'command -v a',
            'trap x TERM',
            'if a',
            'wait',
            'A=1',
            'A=1 B=2',
            'A=1 cd x',
            '',
            '   ',
            "a 'b",
            'a "b',
            'a\\',
            'a\nb',
            "echo \\'; rm \\'",
            'echo "don\'t" && run "won\'t"',
            'a ${X:-$(b)}',
            'a ${X%.*}',
            'kill 1',
            'a "b" ; c',
        ):
            with self.subTest(line=line):
                self.assertFalse(shellwords.is_simple(line))


class Script(PlaceTest):
    def start(self, line, folder='.', **variables):
        path = self.write('script', shellwords.start_script(line, folder))
        return subprocess.Popen(
            ['/bin/sh', path],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={'PATH': f'{os.path.dirname(sys.executable)}:/usr/bin:/bin', **variables},
        )

    def run_script(self, line, folder='.', **variables):
        with self.start(line, folder, **variables) as process:
            output = process.stdout.read().decode()
        return process.returncode, output

    def test_runs_lines_as_a_shell_does(self):
        self.write('sub dir/-x/here', 'found\n')
        table = [
            ('printf "[%s]" a "b c" d\\ e', '[a][b c][d e]'),
            ('printf %s "$PORT"', '8000'),
            ('printf %s ${PORT}/${NONE:-none}', '8000/none'),
            ("printf %s 'a; b'", 'a; b'),
            ('A=1 B="x y" sh -c \'printf %s "$A$B"\'', '1x y'),
            ('printf a; printf b', 'ab'),
            ('printf a && printf b', 'ab'),
            ('printf "%s" "$(echo in)"', 'in'),
            ('echo "don\'t" && echo "won\'t"', "don't\nwon't\n"),
            ("echo \\'; echo \\'", "'\n'\n"),
            ('cd / && pwd', '/\n'),
            ('printf x # comment', 'x'),
            ('printf %s "a`echo b`"', 'ab'),
            ('[ -n "$PORT" ] && printf set', 'set'),
            ('printf "%s" \'$PORT\'', '$PORT'),
            ('printf %s \\$PORT', '$PORT'),
            ('export A=5; printf $A', '5'),
            ('if true; then printf yes; fi', 'yes'),
        ]
        for line, expected in table:
            with self.subTest(line=line):
                self.assertEqual(self.run_script(line, PORT='8000'), (0, expected))
        self.assertEqual(self.run_script('cat here', 'sub dir/-x'), (0, 'found\n'))

    def test_ends_as_the_line_ends(self):
        for line, code in (
            ('exit 3', 3),
            ('false', 1),
            ('sh -c "exit 4"', 4),
            ('false; printf never', 1),
            ('nowhere-to-be-found', 127),
            ('true', 0),
        ):
            with self.subTest(line=line):
                self.assertEqual(self.run_script(line)[0], code)

    def test_does_not_run_outside_of_its_folder(self):
        code, output = self.run_script('printf ran', 'missing')
        self.assertNotEqual(code, 0)
        self.assertNotIn('ran', output)
        os.makedirs(f"{self.folder}/a'; printf ran; '")
        self.assertEqual(self.run_script('printf "$(basename "$PWD")"', "a'; printf ran; '"), (0, "a'; printf ran; '"))

    def test_signals_reach_the_program_itself(self):
        program = self.write(
            'serve',
            'import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(42))\n'
            'print("up", flush=True)\ntime.sleep(600)\n',
        )
        for line in (f'python3 {program}', f'MODE="a b" python3 {program} --port ${{PORT}}'):
            with self.subTest(line=line), self.start(line, PORT='1') as process:
                self.assertEqual(process.stdout.readline(), b'up\n')
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(60), 42)


def systemd(text):
    """Reads an EnvironmentFile as systemd.exec(5) says of values in double quotes; anything else is an error."""
    values = {}
    at = 0
    while at < len(text):
        name, separator, _ = text[at:].partition('="')
        assert separator and name.isidentifier(), name
        at += len(name) + 2
        value = ''
        while text[at] != '"':
            if text[at] == '\\':
                at += 1
                # Before anything else than these the backslash stays, and before a line end both go.
                value += {'\n': ''}.get(text[at], text[at] if text[at] in '"\\`$' else f'\\{text[at]}')
            else:
                value += text[at]
            at += 1
        values[name] = value
        assert text[at : at + 2] == '"\n', text[at : at + 2]
        at += 2
    return values


HARD = {
    'EMPTY': '',
    'SPACES': '  a  b  ',
    'QUOTES': '"a" \'b\' ""',
    'DOLLAR': '$HOME ${HOME} $$ $(id) `id`',
    'HASH': '# a',
    'SEMICOLON': '; a',
    'BACKSLASHES': 'a\\b \\\\ \\n \\" \\$ \\',
    'TRAILING': 'a\\',
    'LINES': 'a\nb\n\nc\n',
    'KEY': '-----BEGIN-----\nab+/=\n-----END-----\n',
    'RETURN': 'a\r\nb\r',
    'CONTINUED': 'a\\\nb',
    'TAB': 'a\tb',
    'UNICODE': 'é 漢 \U0001f600',
    'PERCENT': '%i %% %n',
    'EQUALS': 'a=b=c',
    'INJECTED': '"\nEVIL="1',
    'NEXT': '\nEVIL=1\n',
}


class EnvironmentFile(unittest.TestCase):
    def test_says_to_systemd_what_was_meant(self):
        self.assertEqual(systemd(shellwords.environment_file(HARD)), HARD)

    def test_is_read_in_one_order(self):
        self.assertEqual(shellwords.environment_file({'B': '2', 'A': '1'}), 'A="1"\nB="2"\n')


if __name__ == '__main__':
    unittest.main()
