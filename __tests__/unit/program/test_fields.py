"""Everything that comes from the runner may come from somebody who only pretends to be it."""

import json
import types
import unittest

from slipway import configuration, fields, service_fields
from slipway.failures import Failure

CONTROL = ['a\n', '\na', 'a\0', 'a\rb', 'a\x1b[0m', 'a\x7f', 'a\tb']
JUNK = [None, True, False, 0, 1.5, [], ['a'], {}, {'a': 1}, [[[]]], 'x' * 5000, '\ud800']
HUGE = [10**30, -1, float('nan'), float('inf'), -float('inf'), 1e300]


class Patterns(unittest.TestCase):
    TABLE = types.MappingProxyType(
        {
            'APP': (
                ['a', 'shop', 'my-shop2', 'a' * 25],
                ['', 'A', '1a', '-a', 'a-', 'a' * 26, 'shop.', 'sh op', '../x', 'shop/x', 'ѕhop', 'shop１', '*', '$(id)', '%n'],
            ),
            'VERSION': (
                ['v1.4.2', '1', 'a_b-c.d', 'a' * 63],
                ['', '.x', '-x', '_x', 'a' * 64, 'a/b', '..', 'v1 2', 'v１', 'vé', 'v1+x', 'v1%i', 'v1$x', 'a:b'],
            ),
            'RELEASE': (
                ['v1-0123abcd', f'{"a" * 63}-00000000'],
                ['v1', 'v1-0123ABCD', 'v1-0123abc', 'v1-0123abcdx', '-0123abcd', '../-0123abcd', 'v1-０123abcd'],
            ),
            'COMMIT': (['a' * 40], ['a' * 39, 'a' * 41, 'A' * 40, 'g' * 40, '٠' * 40]),
            'DIGEST': (['0' * 64], ['0' * 63, '0' * 65, '٣' * 64]),
            'KEY': (
                [f'git:{"a" * 40}', f'sha256:{"a" * 64}'],
                ['git:', f'git:{"a" * 64}', f'sha256:{"a" * 40}', f'md5:{"a" * 40}', f'git:{"a" * 39}/', f'x git:{"a" * 40}'],
            ),
            'SERVICE': (
                ['api', 'a', 'a-1', 'a' * 32],
                ['', 'Api', 'a.b', 'a_b', '-a', 'a-', 'a' * 33, 'a b', 'a;', 'a{', 'a/../b', 'a%i', 'аpi', 'a@b'],
            ),
            'DOMAIN': (
                ['localhost', 'a.b', 'shop.example.com', '203.0.113.7', f'{"a" * 63}.com'],
                [
                    '',
                    '.',
                    'a.',
                    '.a',
                    'a..b',
                    '-a.com',
                    'a-.com',
                    'A.com',
                    'a_b.com',
                    '*.a.com',
                    '~^a',
                    'a b',
                    'a;b',
                    'a/b',
                    '../x',
                    'ехample.com',
                    'a.com:80',
                    '[::1]',
                    f'{"a" * 64}.com',
                    '.'.join(['abc'] * 70),
                ],
            ),
            'ROUTE': (
                ['/', '/js/', '/a/b.c_d~e-f'],
                [
                    '',
                    'js',
                    '/a;b',
                    '/a b',
                    '/a{',
                    '/a}',
                    '/a$b',
                    '/a"b',
                    "/a'b",
                    '/a\\',
                    '/a#',
                    '/a?b',
                    '/a%20',
                    '/(a)',
                    '/é',
                    '/' + 'a' * 201,
                    '~ /a',
                    '= /a',
                    '/a;} location / { return 200',
                ],
            ),
            'URL_PATH': (
                ['/', '/healthz?full=1&x=%20', '/@a:b+c,d'],
                ['', 'x', '/a b', '/a\r\nX: y', '/#', '/é', '/' + 'a' * 501, '/"'],
            ),
            'ENV_NAME': (['A', '_a1', 'DATABASE_URL'], ['', '1A', 'A=B', 'A B', 'A-B', 'Ä', 'A;', 'a' * 129, 'A.B', 'Ａ']),
            'SIGNAL': (['SIGTERM', 'SIGUSR2'], ['TERM', 'SIGKILL', 'SIGSTOP', 'sigterm', 'SIGTERM SIGHUP', '9', 'SIGTERM;']),
            'RUNTIME_VERSION': (
                ['3', '3.11', '24.11.1'],
                ['', '3.', '.3', '3.11.2.1', '3.x', '>=3', '../3', '٣.11', '3.11/../x', '1234'],
            ),
        }
    )

    def test_takes_what_is_meant_and_nothing_more(self):
        for name, (good, bad) in self.TABLE.items():
            pattern = next(getattr(module, name) for module in (fields, configuration, service_fields) if hasattr(module, name))
            for value in good:
                with self.subTest(pattern=name, good=value):
                    self.assertEqual(fields.text(value, name, pattern), value)
            for value in bad + CONTROL + [f'{good[0]}\n', f'{good[0]}\0', f'\n{good[0]}', f' {good[0]}', f'{good[0]} ']:
                with self.subTest(pattern=name, bad=value), self.assertRaises(Failure) as caught:
                    fields.text(value, name, pattern)
                self.assertEqual(caught.exception.code, 'bad-field')
            for value in JUNK:
                with self.subTest(pattern=name, junk=value), self.assertRaises(Failure):
                    fields.text(value, name, pattern)


class Kinds(unittest.TestCase):
    def refuses(self, check, *values):
        for value in values:
            with self.subTest(value=str(value)[:80]), self.assertRaises(Failure):
                check(value)

    def test_numbers(self):
        def number(value):
            return fields.number(value, 'n', 0, 100)

        def whole(value):
            return fields.whole(value, 'n', 1, 100)

        self.assertEqual([number(0), number(1.5), number(100), whole(1), whole(100)], [0, 1.5, 100, 1, 100])
        self.refuses(
            number, '5', None, True, False, [], {}, 101, *HUGE, json.loads('NaN'), json.loads('Infinity'), json.loads('1e999')
        )
        self.refuses(whole, '5', None, True, False, [], {}, 1.0, 1.5, 0, 101, *HUGE)

    def test_flags_and_choices(self):
        self.assertIs(fields.flag(True, 'f'), True)
        self.refuses(lambda v: fields.flag(v, 'f'), 0, 1, 'true', None, [], 'yes')
        self.refuses(lambda v: fields.choice(v, 'c', ('a', 'b')), 'A', 'ab', '', None, ['a'], {'a': 1}, True, 0)

    def test_lists(self):
        self.assertEqual(fields.each([1, 2], 'l', lambda v: v * 2), [2, 4])
        self.refuses(lambda v: fields.each(v, 'l', lambda v: v, limit=2), None, 'ab', {'a': 1}, (1,), [1, 2, 3])

    def test_paths(self):
        for path in ('a', 'a/b', 'a b/ü', '.env', '...', 'a..b', '~', '-x', '$HOME', 'a\\b', '.github/x', 'x/.git'):
            self.assertEqual(fields.relative_path(path), path)
        self.refuses(
            fields.relative_path,
            '',
            '.',
            '..',
            '/',
            '/etc/passwd',
            '../a',
            'a/..',
            'a/../b',
            'a//b',
            'a/',
            './a',
            'a/.',
            '.git',
            '.git/hooks/x',
            'a' * 256,
            'a/' * 3000,
            'é' * 128,
            *CONTROL,
            *JUNK,
        )
        self.assertEqual(fields.folder('.'), '.')
        self.refuses(fields.folder, './', '..', '', '/', None)

    def test_environment_variables(self):
        self.assertEqual(fields.env_map({'A': '', 'B': 'x y "z" $q'}, 'env'), {'A': '', 'B': 'x y "z" $q'})
        self.refuses(
            lambda v: fields.env_map(v, 'env'),
            None,
            [],
            'A=b',
            {'PORT': '1'},
            {'A': None},
            {'A': 1},
            {'A': 'a\nb'},
            {'A': 'a\0b'},
            {'A B': 'c'},
            {'A\n': 'c'},
            {'': 'c'},
            {'A': 'x' * 131070},
            {'A': 'é' * 70000},
            {'A': '\ud800'},
            {f'A{i}': '' for i in range(501)},
        )

    def test_secrets_are_not_shown_when_they_are_refused(self):
        pem = '-----BEGIN KEY-----\nabc\n-----END KEY-----\n'
        self.assertEqual(fields.secret_map({'KEY': pem}), {'KEY': pem})
        for bad in (
            {'A': 'hunter2\0'},
            {'A': ['hunter2']},
            {'A': {'hunter2': 1}},
            {'PORT': 'hunter2'},
            ['hunter2'],
            'hunter2',
            {'A': 'hunter2' * 30000},
            {'A': 'hunter2\udfff'},
        ):
            with self.subTest(bad=str(bad)[:60]), self.assertRaises(Failure) as caught:
                fields.secret_map(bad)
            self.assertNotIn('hunter2', json.dumps(caught.exception.as_json()))

    def test_manifest_entries(self):
        row = ['a/b', '100644', f'git:{"a" * 40}', 3]
        self.assertEqual(fields.manifest_entry(row), tuple(row))
        for index, bad in (
            (0, '../x'),
            (0, '/x'),
            (1, '040000'),
            (1, '160000'),
            (1, 100644),
            (1, '120755'),
            (2, 'git:x'),
            (3, -1),
            (3, True),
            (3, '3'),
            (3, 1 << 41),
            (3, 1.5),
            (0, None),
            (2, None),
        ):
            with self.subTest(index=index, bad=bad), self.assertRaises(Failure):
                fields.manifest_entry([bad if at == index else item for at, item in enumerate(row)])
        self.refuses(fields.manifest_entry, None, [], row[:3], [*row, 1], 'abcd', {'path': 'a'}, {0: 1, 1: 2, 2: 3, 3: 4})

    def test_actors(self):
        self.assertEqual(fields.actor({'by': 'ann', 'run': 'https://x/1', 'more': 1}), {'by': 'ann', 'run': 'https://x/1'})
        self.assertEqual(fields.actor(None), {'by': '', 'run': ''})
        self.refuses(fields.actor, {'by': 'a\nb'}, {'by': 1}, {'run': 'x' * 301}, {'by': None})


if __name__ == '__main__':
    unittest.main()
