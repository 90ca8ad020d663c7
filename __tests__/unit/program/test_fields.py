"""Everything that comes from the runner may come from somebody who only pretends to be it."""

import json
import types
import unittest

from place import config, service
from slipway import fields
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
            pattern = getattr(fields, name)
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


class Config(unittest.TestCase):
    def test_comes_out_as_it_went_in(self):
        given = config(
            service(
                runtime={'name': 'python', 'version': '3.11'},
                install={'tool': 'requirements', 'file': 'req/base.txt'},
                health={'kind': 'path', 'path': '/healthz'},
                secrets=['KEY'],
                memory=1 << 28,
                build=['make'],
                before=['./migrate'],
            ),
            service('beat', route=None, health={'kind': 'command', 'command': './check --all'}, overlap=False, on='first'),
            shared=['uploads', 'uploads-old', 'data/a', 'data/b'],
            scratch=['tmp'],
        )
        self.assertEqual(fields.config(given, 'shop'), given)

    def test_refuses_what_it_does_not_know(self):
        # A wish that it dropped would not come true, and nobody would be told.
        for given, name in (
            (config(service(evil='x')), 'service.evil'),
            (config(extra={'ExecStart': '/bin/sh'}), 'config.extra'),
        ):
            with self.subTest(name=name), self.assertRaises(Failure) as caught:
                fields.config(given, 'shop')
            self.assertEqual(caught.exception.code, 'host-program-too-old')
            self.assertIn(name, caught.exception.what)
            self.assertIn('setup-vm', caught.exception.cure)

    def test_refuses_a_foreign_app(self):
        for app in ('other', '', None, 'shop\n', ['shop']):
            with self.subTest(app=app), self.assertRaises(Failure):
                fields.config(config(app=app), 'shop')

    def test_refuses_each_wrong_field_of_a_service(self):
        table = {
            'name': ['a b', '../a', None, 'a\nExecStart=/bin/sh'],
            'path': ['..', '/etc', None, '', 'a/../..'],
            'runtime': [
                {'name': 'ruby'},
                'python',
                [],
                {'name': 'python', 'version': '3; id'},
                {'name': 'python', 'version': 3.11},
                {},
            ],
            'install': [
                None,
                'npm',
                [],
                {'tool': 'sh'},
                {'tool': 'requirements', 'file': '../r.txt'},
                {'tool': 'requirements'},
                {},
            ],
            'start': [None, 'x\nExecStartPre=+/bin/sh', 'a\0', 5, ['a'], 'x' * 4097],
            'route': ['js', '/a; }', '/a\n', 5, ''],
            'protocol': ['ftp', None, 'HTTP', ['http']],
            'health': [
                '/x',
                [],
                {},
                {'kind': 'path'},
                {'kind': 'path', 'path': 'x'},
                {'kind': 'path', 'path': '/x\r\nHost: y'},
                {'kind': 'command', 'command': None},
                {'kind': 'x'},
            ],
            'healthTimeout': [None, 0, -1, '5', True, float('nan'), 1e9],
            'build': [None, 'make', [1], ['a\nb']],
            'before': [None, [[]]],
            'env': [None, [], {'PORT': '1'}],
            'secrets': [None, 'KEY', ['a b'], [1]],
            'instances': [0, -1, 1.5, 65, True, '2', None, float('inf')],
            'stop': [
                None,
                [],
                'SIGTERM',
                {'signal': 'SIGKILL', 'timeout': 1},
                {'signal': 'SIGTERM'},
                {'signal': 'SIGTERM', 'timeout': -1},
                {'signal': 'SIGTERM', 'timeout': float('nan')},
                {'signal': 'SIGTERM\nUser=root', 'timeout': 1},
            ],
            'overlap': [None, 1, 'true'],
            'on': [None, 'none', 'All'],
            'memory': ['512M', 1, True, 1.5e9, -5, float('inf')],
        }
        for field, values in table.items():
            for value in values:
                with self.subTest(field=field, value=str(value)[:60]), self.assertRaises(Failure) as caught:
                    fields.config(config(service(**{field: value})), 'shop')
                self.assertEqual(caught.exception.code, 'bad-field')

    def test_refuses_each_wrong_field_of_the_app(self):
        table = {
            'domain': ['a b', 'a;b', '', 5, 'a\n', '../x', 'default', '*.example.com'],
            'target': ['docker', None],
            'supervisor': ['runit', None],
            'services': [[], None, {}, [None], ['api'], [[]]],
            'shared': [None, ['..'], ['/etc'], 'a', [1]],
            'scratch': [['../x'], None],
            'artifacts': [['..'], None],
            'keep': [0, None, '5', True, 1.5, 1001],
            'tagPrefix': [None, 'a\n', 5, 'x' * 101],
        }
        for field, values in table.items():
            for value in values:
                with self.subTest(field=field, value=value), self.assertRaises(Failure):
                    fields.config(config(**{field: value}), 'shop')
        for junk in JUNK:
            with self.subTest(junk=str(junk)[:40]), self.assertRaises(Failure):
                fields.config(junk, 'shop')

    def test_refuses_services_that_share_a_name_or_a_route(self):
        for first, second in (
            (service('a'), service('a', route='/b')),
            (service('a'), service('b')),
            (service('a', route='/js'), service('b', route='/js/')),
            (service('a', route='/js//'), service('b', route='/js')),
        ):
            with self.subTest(first=first['route'], second=second['route']), self.assertRaises(Failure):
                fields.config(config(first, second), 'shop')
        fields.config(
            config(service('a', route=None), service('b', route=None), service('c', route='/js'), service('d', route='/jsx')),
            'shop',
        )

    def test_refuses_kept_paths_that_lie_in_each_other(self):
        # The outer one is the app's: on the way to the inner one it could lead root anywhere.
        for shared, scratch in (
            (['a', 'a'], []),
            (['a', 'a/b'], []),
            (['a/b/c', 'a'], []),
            (['a'], ['a']),
            (['a'], ['a/b']),
            (['a/b'], ['a']),
        ):
            with self.subTest(shared=shared, scratch=scratch), self.assertRaises(Failure):
                fields.config(config(shared=shared, scratch=scratch), 'shop')

    def test_refuses_a_service_in_what_the_app_owns(self):
        # Its environment would be made in a folder that the app's user can lead elsewhere.
        for path in ('a', 'a/b', 'a/b/c'):
            for kept in ({'shared': ['a']}, {'scratch': ['x', 'a']}):
                with self.subTest(path=path, kept=kept), self.assertRaises(Failure) as caught:
                    fields.config(config(service(path=path), **kept), 'shop')
                self.assertEqual(caught.exception.code, 'bad-field')
        for path in ('.', 'ab', 'b'):
            fields.config(config(service(path=path), shared=['a', 'b/data']), 'shop')


if __name__ == '__main__':
    unittest.main()
