"""Services that are files: which names tell their content, what nginx is told, and what may not be served."""

import os
import re
import unittest

import nginx
from place import PlaceTest, config, service
from slipway import activation_router, configuration, counting, static_sites
from slipway.addresses import Port
from slipway.failures import Failure
from test_router import TOKEN


def site(name='web', folder='public', **more):
    return service(
        name,
        start='',
        instances=0,
        static={'folder': folder, 'fallback': None, 'cache': None, **more.pop('static', {})},
        **more,
    )


class Names(unittest.TestCase):
    def test_with_a_hash_of_their_content(self):
        for name in (
            '/app.3f2a9c1b.js',
            '/assets/index-BX3kQ9_a.css',
            '/static/css/main.a9b8c7d6e5f40312.chunk.css',
            '/static/base.27e20196a850.css',
            '/static/jquery.min.27e20196a850.js',
            '/index.f1c3a2b4.js',
            '/app-5QKHLZ4N.js',
            '/a/app.3f2a9c1b.js.map',
            '/0123456789abcdef.css',
            '/_next/static/chunks/main.js',
            '/_next/static/Xy-1_z/_buildManifest.js',
            '/img/photo-0a1b2c3d4e.webp',
        ):
            self.assertTrue(re.search(static_sites.HASHED, name), name)

    def test_that_only_look_so(self):
        for name in (
            '/index.html',
            '/app.3f2a9c1b.html',
            '/app.js',
            '/photo-20231105.jpg',
            '/app-settings.css',
            '/app-MyWidget.js',
            '/app-version2.js',
            '/deadbeef.js',
            '/x.deadbeef.js',
            '/x.defaced.js',
            '/jquery-3.6.0.min.js',
            '/app.3f2a9c1.js',
            '/bootstrap-datepicker.js',
            '/X-ABCDEFGH.js',
            '/3f2a9c1b/app.js',
            '/next/static/x.js',
        ):
            self.assertIsNone(re.search(static_sites.HASHED, name), name)

    def test_hidden(self):
        for name, hidden in (
            ('/.env', True),
            ('/a/.git/config', True),
            ('/.well-knownx', True),
            ('/.well-known/a', False),
            ('/a.b', False),
            ('/a/..b', True),
        ):
            self.assertEqual(bool(re.search(static_sites.HIDDEN, name)), hidden, name)


class Configuration(unittest.TestCase):
    def refuses(self, *services, code='bad-field', **more):
        with self.assertRaises(Failure) as caught:
            configuration.config(config(*services, **more), 'shop')
        self.assertEqual(caught.exception.code, code)

    def test_lets_nothing_into_nginx_that_means_something_there(self):
        for path in ('a$uri', 'a"b', "a'b", 'a;b', 'a{b', 'a}b', 'a\\b', 'a\nb', 'a#b', '../a', '/a', '.', 'a//b', 'a\0b', 'é'):
            with self.subTest(path=path):
                self.refuses(site(folder=path))
                self.refuses(site(static={'fallback': path}))
                self.refuses(site(), shared=[f'public/{path}'])
        self.refuses(site(static={'cache': '1; }'}))
        self.refuses(site(static={'other': 1}), code='host-program-too-old')
        self.refuses(service(listen='unix:/x'))
        self.refuses(site(), pages={'error': '/etc/passwd'})
        self.refuses(site(), pages={'other': 'a'}, code='host-program-too-old')

    def test_knows_what_has_no_process(self):
        self.refuses(site(route=None))
        self.refuses(site() | {'instances': 1})
        self.refuses(service(instances=0))
        self.refuses(service(route=None, listen='socket'))
        self.refuses(site(folder='tmp/x'), scratch=['tmp'])
        configuration.config(config(site(folder='media/x'), shared=['media']), 'shop')

    def test_takes_what_earlier_versions_stored(self):
        old = config(service())
        del old['pages'], old['services'][0]['listen'], old['services'][0]['static']
        self.assertEqual(configuration.config(old, 'shop'), config(service()))


class Sites(PlaceTest):
    ID = 'v2-00000000'

    def sites(self, wanted, before=None):
        return static_sites.sites(self.layout, self.ID, wanted, before)

    def test_know_the_release_before_and_what_is_shared(self):
        wanted = config(site(), service('api', route='/api'), shared=['public/up', 'media'])
        before = ('v1-00000000', config(site(folder='dist')))
        found = self.sites(wanted, before)
        self.assertEqual(list(found), ['web'])
        release = self.layout.release
        self.assertEqual(
            found['web'],
            static_sites.Site(
                f'{release(self.ID)}/src/public',
                f'{release(self.ID)}/src',
                (('up', f'{self.layout.shared}/public/up'),),
                (f'{release("v1-00000000")}/src/dist', f'{release("v1-00000000")}/src'),
            ),
        )
        self.assertIsNone(self.sites(wanted)['web'].before)
        # Of a service that was none of files there is nothing to look for.
        self.assertIsNone(self.sites(wanted, ('v1-00000000', config(service('web'))))['web'].before)
        changing = self.sites(config(site(folder='media/x'), shared=['media']), before)['web']
        self.assertEqual(
            (changing.root, changing.trusted, changing.changes, changing.before),
            (f'{self.layout.shared}/media/x', self.layout.shared, True, None),
        )

    @nginx.needed
    def test_nginx_takes_all_that_may_be_said(self):
        odd = site('odd', folder='a b/~@+,=._-', route='/odd', static={'fallback': 'sub/x y.html', 'cache': 90.5})
        wanted = config(
            site(route='/'), odd, site('more', route='/m/', static={'cache': 0}), service('api', route='/api'), shared=['public/up x']
        )
        configuration.config(wanted, 'shop')
        os.makedirs(f'{self.layout.activation(7)}/router/asked')
        counting.make(self.layout, 7)
        text = activation_router.configuration(
            self.layout, 7, wanted, {'api': [Port(20001)]}, TOKEN, self.sites(wanted, ('v1-00000000', wanted)), ['error']
        )
        done = nginx.judged(self.write('conf', nginx.readable(text)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn('warn', done.stderr)
        self.assertEqual(text.count('error_page 502 504 /.well-known/slipway/'), 2)


class Staged(PlaceTest):
    def staged(self, wanted=None, **files):
        for path, content in files.items():
            self.write(f'src/{path.replace("__", "/")}', content)
        static_sites.check(f'{self.folder}/src', wanted or config(site()))

    def test_has_to_hold_what_is_served(self):
        self.refused('static-missing', self.staged)
        os.makedirs(f'{self.folder}/src/public/empty')
        self.refused('static-empty', self.staged)
        self.staged(public__x='1')
        failure = self.refused('static-missing', self.staged, config(site(static={'fallback': 'y'})))
        self.assertIn('public/y', failure.what)
        os.symlink('x', f'{self.folder}/src/public/link')
        self.assertIn('public/link', self.refused('static-link', self.staged).what)
        # What is shared is a link of ours.
        self.staged(config(site(), shared=['public/link']))
        os.rename(f'{self.folder}/src/public', f'{self.folder}/src/real')
        os.symlink('real', f'{self.folder}/src/public')
        self.refused('static-missing', self.staged)

    def test_gives_the_same_bytes_the_same_time(self):
        self.staged(public__a='one', public__b='one', public__c='two', other='one')
        before = os.stat(f'{self.folder}/src/other').st_mtime
        static_sites.settle_times(f'{self.folder}/src', config(site()))
        times = [os.stat(f'{self.folder}/src/public/{name}').st_mtime for name in 'abc']
        self.assertEqual(times[0], times[1])
        self.assertNotEqual(times[0], times[2])
        self.assertEqual(os.stat(f'{self.folder}/src/other').st_mtime, before)
        # The same on every host.
        self.assertEqual(times[0], static_sites.time_of(f'{self.folder}/src/other'))
        self.assertTrue(all(946684800 <= moment < 1483555712 for moment in times))

    def test_takes_a_page_that_is_a_small_file(self):
        self.write('src/500.html', 'sorry')
        self.assertEqual(static_sites.page(f'{self.folder}/src', '500.html', 'error'), b'sorry')
        self.refused('page-missing', static_sites.page, f'{self.folder}/src', '503.html', 'error')
        self.write('src/big.html', b'x' * (static_sites.PAGE_LIMIT + 1))
        self.refused('page-too-big', static_sites.page, f'{self.folder}/src', 'big.html', 'error')
        os.symlink('/etc/passwd', f'{self.folder}/src/link.html')
        self.refused('page-missing', static_sites.page, f'{self.folder}/src', 'link.html', 'error')


if __name__ == '__main__':
    unittest.main()
