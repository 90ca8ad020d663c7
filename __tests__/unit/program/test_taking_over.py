"""What of a foreign nginx file may be taken over, and what is said of the rest."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', '..', 'src', 'targets', 'host', 'program'))

from slipway import layout, nginx_text, taking_over
from slipway.failures import Failure

OURS = {'80'}
SITE = '''# A comment with { and ;
upstream shop { server 127.0.0.1:8000 weight=2; }
server {
  listen 203.0.113.7:80 default_server;
  server_name shop.example.com;
  location ~ "^/a{1,2};$" { proxy_pass http://shop; add_header X 'a;b # no comment'; }
  location /b { proxy_pass http://127.0.0.1:${port}; rewrite ^/(.*)\\;$ /$1#x break; }
}
'''


class Parse(unittest.TestCase):
    def test_finds_directives_with_their_lines(self):
        upstream, server = nginx_text.parse(SITE)
        self.assertEqual((upstream.name, upstream.line, server.line), ('upstream', 2, 3))
        self.assertEqual([(item.name, item.line) for item in server.block],
                         [('listen', 4), ('server_name', 5), ('location', 6), ('location', 7)])
        self.assertEqual(server.block[2].block[1].words, ['X', 'a;b # no comment'])

    def test_gives_up_on_what_nginx_would_not_take_either(self):
        for text in ('server {', '}', 'server }', 'a b', '"a', '{ }', ';'):
            self.assertIsNone(nginx_text.parse(text), text)

    def test_reads_ports_of_all_forms(self):
        text = 'server { listen 80; listen [::]:8080; listen 1.2.3.4:81; listen localhost; listen unix:/x; listen *:443 ssl; } server { }'
        self.assertEqual(sorted(taking_over.ports(nginx_text.parse(text))), ['443', '80', '8080', '81', 'unix:/x'])


class Judge(unittest.TestCase):
    def refusal(self, text, names=('shop.example.com',)):
        with self.assertRaises(Failure) as caught:
            taking_over.judge('/etc/nginx/sites-enabled/shop', text, OURS, set(names))
        self.assertEqual(caught.exception.code, 'cannot-take-over')
        return caught.exception.what

    def test_takes_servers_of_the_name_and_their_upstreams(self):
        taking_over.judge('/x', SITE, OURS, {'shop.example.com'})
        taking_over.judge('/x', SITE.replace('shop.example.com;', 'SHOP.example.com "www.example.com";'), OURS,
                          {'shop.example.com', 'www.example.com'})

    def test_names_the_line_of_what_it_does_not_take(self):
        for change, words in (
                (('shop.example.com;', 'shop.example.com a.example.com;'), 'shop:5 names a.example.com, and the app is shop.example.com'),
                (('shop.example.com;', '.shop.example.com;'), 'shop:5 names .shop.example.com'),
                (('shop.example.com;', '_;'), 'shop:5 names _'),
                (('  server_name shop.example.com;\n', ''), 'shop:3 begins a server without a server_name'),
                (('203.0.113.7:80 default_server', '443 ssl'), 'shop:4 listens on 443, where Slipway does not'),
                (('upstream shop', 'map $a'), 'shop:2 holds `map`'),
                (('# A comment with { and ;', 'include /etc/x;'), 'shop:1 holds `include`'),
                (('# A comment with { and ;', '}'), 'shop:1 is not to be understood')):
            self.assertIn(words, self.refusal(SITE.replace(*change)))
        self.assertIn('shop:1 holds no server', self.refusal('# nothing\n'))

    def test_takes_no_file_elsewhere(self):
        for path in ('/etc/passwd', '/etc/nginx/../passwd', '/etc/nginx/', '/etc/nginx/a b', '/etc/nginx/.hidden', '/etc/nginx/a/../b',
                     '/etc/nginx/nginx.conf', *layout.FRONT, *layout.FRONT_TLS, 'etc/nginx/x', '/etc/nginx/a\n', 7, None):
            with self.assertRaises(Failure):
                taking_over.site(path)
        self.assertEqual(taking_over.site('/etc/nginx/sites-enabled/shop.example.com'), '/etc/nginx/sites-enabled/shop.example.com')


if __name__ == '__main__':
    unittest.main()
