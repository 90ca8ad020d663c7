"""Which servers nginx has, and who gets what no server is named for."""

import hashlib
import os
import unittest
from unittest import mock

from place import PlaceTest
from slipway import sites


def dump(**files):
    """As `nginx -T` prints it: {name below /etc/nginx: text}, with Debian's nginx.conf before them."""
    main = 'events {}\nhttp {\n  include mime.types;\n  include /etc/nginx/conf.d/*.conf;\n  include sites-enabled/*;\n}\n'
    texts = {'/etc/nginx/nginx.conf': main, **{f'/etc/nginx/{name}': text for name, text in files.items()}}
    return ''.join(f'# configuration file {path}:\n{text}\n' for path, text in texts.items())


def read(**files):
    return sites.servers(dump(**files))


def defaults(port=80, **files):
    return {address: server.place.rpartition('/')[2] for address, server in sites.defaults(read(**files), port).items()}


class Servers(unittest.TestCase):
    def test_are_in_the_order_in_which_nginx_reads_them(self):
        found = read(**{'sites-enabled/b': 'server { }', 'sites-enabled/a': '# x\nserver { }\nserver { }', 'conf.d/z.conf': 'server { }',
                        'conf.d/not-read': 'server { }', 'sites-enabled/.hidden': 'server { }', 'conf.d/deep/a.conf': 'server { }'})
        self.assertEqual([(server.place, server.line) for server in found], [
            ('/etc/nginx/conf.d/z.conf', 1), ('/etc/nginx/sites-enabled/a', 2), ('/etc/nginx/sites-enabled/a', 3), ('/etc/nginx/sites-enabled/b', 1)])

    def test_have_what_is_included_into_them(self):
        server, = read(**{'sites-enabled/a': 'server { include snippets/where.conf; server_name a b; }',
                          'snippets/where.conf': 'listen 8080; server_name "~^c$";'})
        self.assertEqual(([listen.port for listen in server.listens], server.names, server.has_patterns()), ([8080], ['~^c$', 'a', 'b'], True))

    def test_listen_in_all_the_ways_that_can_be_written(self):
        for words, address, port in (('80', '*', 80), ('*:81', '*', 81), ('0.0.0.0:82', '*', 82), ('127.0.0.1', '127.0.0.1', 80),
                                     ('203.0.113.7:443 ssl', '203.0.113.7', 443), ('[::]:80', '[::]', 80), ('[2001:DB8::7]', '[2001:db8::7]', 80),
                                     ('localhost:8000', 'localhost', 8000), ('localhost', 'localhost', 80)):
            with self.subTest(words=words):
                server, = read(**{'sites-enabled/a': f'server {{ listen {words}; }}'})
                self.assertEqual([(listen.address, listen.port) for listen in server.listens], [(address, port)])
        for words, count in (('listen unix:/run/x;', 0), ('listen 443 quic reuseport;', 0), ('', 1), ('listen 80; listen [::]:80;', 2)):
            with self.subTest(words=words):
                server, = read(**{'sites-enabled/a': f'server {{ {words} }}'})
                self.assertEqual(len(server.listens), count)

    def test_of_other_protocols_are_none_of_these(self):
        self.assertEqual(sites.servers('# configuration file /etc/nginx/nginx.conf:\nstream { server { listen 80; } }\nhttp { }\n'), [])
        self.assertEqual(sites.servers(''), [])

    def test_the_first_gets_what_names_nobody_unless_another_says_that_it_does(self):
        self.assertEqual(defaults(**{'sites-enabled/a': 'server { }', 'sites-enabled/b': 'server { }'}), {'*': 'a'})
        self.assertEqual(defaults(**{'sites-enabled/a': 'server { }', 'sites-enabled/b': 'server { listen 80 default_server; }'}), {'*': 'b'})
        # Each address on its own.
        self.assertEqual(defaults(**{'sites-enabled/a': 'server { listen 80; listen [::]:80; listen 443 ssl; }',
                                     'sites-enabled/b': 'server { listen [::]:80 default_server; listen 203.0.113.7:80; }'}),
                         {'*': 'a', '[::]': 'b', '203.0.113.7': 'b'})


class Packaged(PlaceTest):
    def setUp(self):
        super().setUp()
        self.text = 'server { listen 80 default_server; root /var/www/html; server_name _; }'
        self.site = self.write('sites-available/default', self.text)
        self.replace(sites, '_PAGES', f'{self.folder}/html')
        self.write('html/index.nginx-debian.html', 'Welcome')
        listed = f' /etc/nginx/nginx.conf {"0" * 32}\n {self.site} {hashlib.md5(self.text.encode(), usedforsecurity=False).hexdigest()}\n'
        self.replace(sites, 'run', lambda *_: mock.Mock(output=listed))
        sites._packaged_files.cache_clear()
        self.addCleanup(sites._packaged_files.cache_clear)
        os.symlink(self.site, f'{self.folder}/default')

    def is_as_packaged(self):
        return sites.is_as_packaged(sites.Server(f'{self.folder}/default', 1, []))

    def test_is_the_site_that_nobody_has_touched(self):
        self.assertTrue(self.is_as_packaged())
        self.write(self.site, self.text + '\n# mine')
        self.assertFalse(self.is_as_packaged())

    def test_is_not_one_that_shows_pages_of_somebody(self):
        self.write('html/index.html', 'my company')
        self.assertFalse(self.is_as_packaged())

    def test_is_no_other(self):
        self.assertFalse(sites.is_as_packaged(sites.Server(self.write('other', self.text), 1, [])))
        self.assertFalse(sites.is_as_packaged(sites.Server(f'{self.folder}/none', 1, [])))


if __name__ == '__main__':
    unittest.main()
