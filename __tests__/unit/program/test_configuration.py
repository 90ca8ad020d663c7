"""The resolved configuration is checked again on the host, field by field."""

import unittest

from place import config, service
from slipway import configuration
from slipway.failures import Failure

JUNK = [None, True, False, 0, 1.5, [], ['a'], {}, {'a': 1}, [[[]]], 'x' * 5000, '\ud800']


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
        self.assertEqual(configuration.config(given, 'shop'), given)

    def test_refuses_what_it_does_not_know(self):
        # A wish that it dropped would not come true, and nobody would be told.
        for given, name in (
            (config(service(evil='x')), 'service.evil'),
            (config(extra={'ExecStart': '/bin/sh'}), 'config.extra'),
        ):
            with self.subTest(name=name), self.assertRaises(Failure) as caught:
                configuration.config(given, 'shop')
            self.assertEqual(caught.exception.code, 'host-program-too-old')
            self.assertIn(name, caught.exception.what)
            self.assertIn('setup-vm', caught.exception.cure)

    def test_refuses_a_foreign_app(self):
        for app in ('other', '', None, 'shop\n', ['shop']):
            with self.subTest(app=app), self.assertRaises(Failure):
                configuration.config(config(app=app), 'shop')

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
            'env': [None, [], {'PORT': '1'}, {'EXIT_STATUS': '0'}],
            'installSecrets': [[name] for name in (
                'PATH', 'BASH_ENV', 'LD_PRELOAD', 'GLIBC_TUNABLES', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'PYTHONPATH', 'UV_CACHE_DIR',
                'COREPACK_INTEGRITY_KEYS', 'COREPACK_ROOT', 'COREPACK_NPM_REGISTRY', 'COREPACK_NPM_TOKEN_X')],
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
                    configuration.config(config(service(**{field: value})), 'shop')
                self.assertEqual(caught.exception.code, 'bad-field')

    def test_credentials_of_installers_have_names_that_steer_nothing(self):
        names = ['NPM_TOKEN', 'UV_INDEX_CORP_PASSWORD', 'COREPACK_NPM_TOKEN', 'COREPACK_NPM_USERNAME', 'COREPACK_NPM_PASSWORD', 'HOME_TOKEN']
        self.assertEqual(configuration.config(config(service(installSecrets=names)), 'shop')['services'][0]['installSecrets'], names)

    def test_names_and_certificates_come_out_as_they_went_in(self):
        for more in (
            {'domains': ['a.x', 'b.x'], 'aliases': ['www.a.x'], 'tls': {'kind': 'acme'}, 'hsts': 86400},
            {'domains': ['a.x', '*.a.x'], 'aliases': [], 'tls': {'kind': 'own', 'certificate': 'A', 'key': 'B'}, 'hsts': None},
            {'domains': [], 'aliases': [], 'tls': {'kind': 'off'}, 'hsts': None},
            {'domains': [], 'trustedProxies': ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32', '::1']},
            # Then a balancer has the certificate.
            {'tls': {'kind': 'off'}, 'trustedProxies': ['10.0.0.0/8'], 'hsts': 86400},
        ):
            given = config(**more)
            self.assertEqual(configuration.config(given, 'shop'), given)
        for wrong in (
            {'domains': [], 'tls': {'kind': 'acme'}},
            {'domains': [], 'aliases': ['www.a.x']},
            {'domains': ['a.x', '*.a.x'], 'tls': {'kind': 'acme'}},
            {'domains': ['*.a.x', 'a.x'], 'tls': {'kind': 'own', 'certificate': 'A', 'key': 'B'}},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(Failure):
                configuration.config(config(**wrong), 'shop')

    def test_a_configuration_of_an_earlier_version_has_one_name_and_no_certificate(self):
        old = {key: value for key, value in config().items() if key not in ('domains', 'aliases', 'tls', 'hsts', 'trustedProxies')}
        self.assertEqual(configuration.config({**old, 'domain': 'shop.example.com'}, 'shop'), config())
        self.assertEqual(configuration.config({**old, 'domain': None}, 'shop'), config(domains=[]))

    def test_refuses_each_wrong_field_of_the_app(self):
        table = {
            'domains': [['a b'], ['a;b'], ['default'], ['*.example.com'], 'a.example', ['a.x', 'a.x'], ['a.x', '*.x'], ['a.x', '*.a;b'], ['a.x', '*.com']],
            'aliases': [['shop.example.com'], ['*.x'], ['a b'], 'a.x', None],
            'tls': [{'kind': 'maybe'}, 'acme', None, {'kind': 'own'}, {'kind': 'own', 'certificate': 'A', 'key': 'a-b'}],
            'hsts': [0, '1', 60, True],
            'trustedProxies': [None, '10.0.0.0/8', [8], [None], [''], ['any'], ['0.0.0.0/0'], ['::/0'], ['10.0.0.1/8'], ['10.0.0.0/33'], ['unix:'],
                               ['10.0.0.0/8; x'], ['10.0.0.0/8\n'], ['1.2.3'], ['fe80::1%eth0'], ['lb.example.com'], ['10.0.0.0/255.0.0.0']],
            'domain': ['a b', 'a;b', '', 5, 'a\n', '../x', 'default', 'localhost', 'none', '*.example.com'],
            'target': ['docker', None],
            'supervisor': ['runit', None],
            'services': [[], None, {}, [None], ['api'], [[]]],
            'shared': [None, ['..'], ['/etc'], 'a', [1], ['node_modules'], ['web/node_modules'], ['node_modules/x']],
            # With `-` at its end apt would remove it.
            'packages': [['openssh-server-'], ['-x'], ['a;b'], ['a b'], ['.'], 'gcc'],
            'open': [['0/tcp'], ['8443'], ['8443/tcp;'], ['8443/sctp']],
            'scratch': [['../x'], None],
            'artifacts': [['..'], None],
            'keep': [0, None, '5', True, 1.5, 1001],
            'tagPrefix': [None, 'a\n', 5, 'x' * 101],
        }
        for field, values in table.items():
            for value in values:
                with self.subTest(field=field, value=value), self.assertRaises(Failure):
                    configuration.config(config(**{field: value}), 'shop')
        for junk in JUNK:
            with self.subTest(junk=str(junk)[:40]), self.assertRaises(Failure):
                configuration.config(junk, 'shop')

    def test_refuses_services_that_share_a_name_or_a_route(self):
        for first, second in (
            (service('a'), service('a', route='/b')),
            (service('a'), service('b')),
            (service('a', route='/js'), service('b', route='/js/')),
            (service('a', route='/js//'), service('b', route='/js')),
        ):
            with self.subTest(first=first['route'], second=second['route']), self.assertRaises(Failure):
                configuration.config(config(first, second), 'shop')
        configuration.config(
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
                configuration.config(config(shared=shared, scratch=scratch), 'shop')

    def test_refuses_a_service_in_what_the_app_owns(self):
        # Its environment would be made in a folder that the app's user can lead elsewhere.
        for path in ('a', 'a/b', 'a/b/c'):
            for kept in ({'shared': ['a']}, {'scratch': ['x', 'a']}):
                with self.subTest(path=path, kept=kept), self.assertRaises(Failure) as caught:
                    configuration.config(config(service(path=path), **kept), 'shop')
                self.assertEqual(caught.exception.code, 'bad-field')
        for path in ('.', 'ab', 'b'):
            configuration.config(config(service(path=path), shared=['a', 'b/data']), 'shop')


if __name__ == '__main__':
    unittest.main()
