"""How requests come in: the text that nginx gets, and nginx itself with it."""

import http.client
import http.server
import os
import socket
import struct
import subprocess
import threading
import time
import unittest
from unittest import mock

import nginx
from place import PROGRAM, PlaceTest, activated, config, service, within
from slipway import (
    activation_router,
    asking,
    client,
    counting,
    doors,
    files,
    front,
    router,
)
from slipway import layout as places
from slipway.addresses import Port, Socket
from slipway.failures import Failure

TOKEN = 'ab' * 16
# What a client may say of others beside its address.
SAID = {name.replace('-', '_'): f'said-{name}' for name in client.SAID}


def table():
    return config(
        service('root', route='/'),
        service('js', route='/js/', instances=2),
        service('deep', route='/js/deep'),
        service('wsgi', route='/wsgi', protocol='uwsgi'),
        service('fast', route='/fast', protocol='fastcgi'),
        service('unix', route='/unix'),
        service('default', route='/if.a~b_c-d'),
        service('worker', route=None),
    )


PORTS = {
    'root': [Port(20001)],
    'js': [Port(20002), Port(20003)],
    'deep': [Port(20004)],
    'wsgi': [Port(20005)],
    'fast': [Port(20006)],
    'unix': [Socket('/opt/shop/run/7/sockets/unix.1/listen')],
    'default': [Port(20008)],
}


class Text(PlaceTest):
    def text(self, wanted, ports):
        return activation_router.configuration(self.layout, 7, wanted, ports, TOKEN)

    def test_has_a_place_for_each_routed_service(self):
        text = self.text(table(), PORTS)
        self.assertRegex(text, r'upstream js \{[^}]*server 127.0.0.1:20002 [^}]*server 127.0.0.1:20003 [^}]*\}')
        self.assertIn('server unix:/opt/shop/run/7/sockets/unix.1/listen ', text)
        for line in (
            'location / { proxy_pass http://root; }',
            'location = /js { proxy_pass http://js; }',
            'location /js/ { proxy_pass http://js; }',
            f'location /wsgi/ {{ include /etc/nginx/uwsgi_params; {client.parameters("uwsgi")}uwsgi_pass wsgi; }}',
        ):
            self.assertIn(line, text)
        self.assertNotIn('worker {', text)
        self.assertEqual(text.count('{'), text.count('}'))

    def test_names_that_are_sent_on_have_a_server_of_their_own(self):
        wanted = config(aliases=['www.a.x', 'b.x'], domains=['a.x'], tls={'kind': 'acme'})
        text = self.text(wanted, {'api': [Port(1)]})
        self.assertIn('server_name www.a.x b.x;', text)
        self.assertIn('return 308 https://a.x$request_uri;', text)
        self.assertIn('return 308 http://a.x$request_uri;', self.text({**wanted, 'tls': {'kind': 'off'}}, {'api': [Port(1)]}))
        # Behind a balancer that has the certificate they stay with the scheme that their users have.
        balanced = {**wanted, 'tls': {'kind': 'off'}, 'trustedProxies': ['10.0.0.0/8']}
        self.assertIn('return 308 $client_scheme://a.x$request_uri;', self.text(balanced, {'api': [Port(1)]}))
        self.assertNotIn('server_name', self.text(config(), {'api': [Port(1)]}))

    def test_browsers_are_told_to_stay_with_https_only_when_it_is_asked_for(self):
        text = self.text(config(tls={'kind': 'acme'}, hsts=86400), {'api': [Port(1)]})
        self.assertIn("map $client_scheme $strict { https 'max-age=86400'; default ''; }", text)
        self.assertIn('add_header Strict-Transport-Security $strict always;', text)
        self.assertNotIn('Strict-Transport-Security', self.text(config(tls={'kind': 'acme'}), {'api': [Port(1)]}))

    def test_without_a_service_at_the_root_the_rest_is_not_found(self):
        self.assertIn('location / { return 404; }', self.text(config(service(route='/a')), {'api': [Port(1)]}))
        self.assertNotIn('return 404', self.text(config(service(route='/')), {'api': [Port(1)]}))

    @nginx.needed
    def test_nginx_takes_it(self):
        for number, wanted in enumerate((table(), config(service(route='/a')), config(service(route=None))), 1):
            os.makedirs(f'{self.layout.activation(7)}/router/asked', exist_ok=True)
            counting.make(self.layout, 7)
            text = nginx.readable(self.text(wanted, {**PORTS, 'api': [Port(20010)]}))
            done = nginx.judged(self.write(f'conf{number}', text))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_is_written_where_only_the_front_may_come(self):
        os.makedirs(self.layout.activation(3))
        token = activation_router.prepare(self.layout, 3, config(), {'api': [Port(20001)]})
        self.assertRegex(token, r'\A[0-9a-f]{32}\Z')
        self.assertNotEqual(token, activation_router.prepare(self.layout, 3, config(), {'api': [Port(20001)]}))
        self.assertEqual(os.stat(f'{self.layout.activation(3)}/router').st_mode & 0o777, 0o710)
        self.assertEqual(os.stat(f'{self.layout.activation(3)}/router.conf').st_mode & 0o777, 0o640)


class TrustedProxies(PlaceTest):
    """They are refused beside a front that lets a client write what it writes itself."""

    def setUp(self):
        super().setUp()
        self.replace(places, 'FRONT', (self.write('front.conf', self.text('front.conf')), f'{self.folder}/none.conf'))
        self.replace(places, 'FRONT_TLS', (self.write('front-tls.conf', self.text('front-tls.conf')),))

    def text(self, name):
        with open(f'{PROGRAM}/{name}', encoding='utf-8') as file:
            return file.read()

    def test_beside_the_fronts_of_today_they_are_not(self):
        client.check_front(config(trustedProxies=['10.0.0.0/8'], tls={'kind': 'acme'}))

    def test_beside_an_older_front_they_are_and_the_cure_is_told(self):
        trusting = {'trustedProxies': ['10.0.0.0/8']}
        for name, tls in (('front.conf', 'off'), ('front-tls.conf', 'own')):
            older = self.text(name).replace('proxy_set_header Slipway-Forwarded-For $proxy_add_x_forwarded_for;', '')
            path = self.write(name, older)
            failure = self.refused('front-too-old', client.check_front, config(tls={'kind': tls}, **trusting))
            self.assertIn(path, failure.what)
            self.assertIn('setup-vm', failure.cure)
            client.check_front(config(tls={'kind': tls}))
            self.write(name, self.text(name))
        # Whom no certificate leads through the other front, that one need not hold up.
        self.write('front-tls.conf')
        client.check_front(config(**trusting))


class Claims(PlaceTest):
    def links(self):
        return {
            name: os.readlink(f'{places.DOMAINS}/{name}') for name in sorted(os.listdir(places.DOMAINS)) if name.endswith('.sock')
        }

    def take(self, layout, wanted):
        router.claim(layout, wanted)
        router.publish(activated(layout, wanted))

    def names(self):
        return sorted(os.listdir(places.DOMAINS))

    def test_a_claim_reserves_and_the_front_does_not_know_yet(self):
        router.claim(self.layout, config())
        self.assertEqual(self.names(), ['shop.example.com.claim'])
        router.publish(activated(self.layout, config()))
        self.assertEqual(self.names(), ['shop.example.com.claim', 'shop.example.com.json', 'shop.example.com.sock'])
        self.assertEqual(self.links(), {'shop.example.com.sock': self.layout.current})
        self.assertEqual(self.read(f'{places.DOMAINS}/shop.example.com.json'), '{"app": "shop"}\n')

    def test_a_domain_belongs_to_one_app(self):
        blog = self.layout_of('blog')
        router.claim(self.layout, config())
        router.claim(self.layout, config())
        failure = self.refused('domain-taken', router.claim, blog, config())
        self.assertIn('shop', failure.what)
        self.refused('domain-taken', router.check_claim, blog, config())
        router.check_claim(self.layout, config())
        # Asking takes nothing.
        router.check_claim(blog, config(domains=['free.example.com']))
        router.claim(blog, config(domains=[]))
        self.refused('domain-taken', router.claim, self.layout, config(domains=[]))
        self.assertEqual(
            (router.owner('shop.example.com'), router.owner('default'), router.owner('other')), ('shop', 'blog', None)
        )
        self.assertEqual(self.names(), ['default.claim', 'shop.example.com.claim'])

    def test_an_app_gives_back_its_own_and_keeps_one(self):
        blog = self.layout_of('blog')
        self.take(blog, config(domains=['blog.example.com']))
        for domain in ('a.example.com', 'b.example.com', None):
            self.take(self.layout, config(domains=[domain] if domain else []))
        router.release_claims(self.layout, config(domains=['b.example.com']))
        kept = [f'{name}.example.com.{ending}' for name in ('b', 'blog') for ending in ('claim', 'json', 'sock')]
        self.assertEqual(self.names(), kept)
        self.take(blog, config(domains=['a.example.com']))
        router.release_claims(self.layout, None)
        self.assertEqual(sorted(self.links()), ['a.example.com.sock', 'blog.example.com.sock'])
        self.assertEqual(self.links()['a.example.com.sock'], blog.current)

    def test_a_domain_is_given_back_with_its_claim_last(self):
        self.take(self.layout, config())
        gone = []
        remove = files.remove
        self.replace(router.files, 'remove', lambda path: (gone.append(path.rsplit('.', 1)[1]), remove(path)))
        router.release_claims(self.layout, None)
        self.assertEqual((gone[-1], sorted(gone)), ('claim', ['claim', 'heard', 'https', 'json', 'sock']))

    def test_a_claim_that_a_power_cut_left_half_made_is_nobodys(self):
        for half in ('', '{"app": "sh'):
            self.write(f'{places.DOMAINS}/shop.example.com.claim', half)
            router.release_claims(self.layout, None)
            self.take(self.layout, config())
            self.assertEqual(router.owner('shop.example.com'), 'shop')
        self.assertEqual([name for name in self.names() if name.startswith('.')], [])

    def test_publishing_repairs_what_is_missing_or_leads_elsewhere(self):
        self.take(self.layout, config())
        os.unlink(f'{places.DOMAINS}/shop.example.com.json')
        files.point(f'{places.DOMAINS}/shop.example.com.sock', '/elsewhere')
        router.publish(activated(self.layout, config()))
        self.assertEqual(self.names(), ['shop.example.com.claim', 'shop.example.com.json', 'shop.example.com.sock'])
        self.assertEqual(self.links(), {'shop.example.com.sock': self.layout.current})

    def test_the_switch_is_one_link(self):
        self.assertIsNone(router.points_to(self.layout))
        router.switch(self.layout, 3)
        self.assertEqual((router.points_to(self.layout), os.readlink(self.layout.current)), (3, '3/router/http.sock'))
        router.switch(self.layout, 4)
        self.assertEqual(router.points_to(self.layout), 4)
        self.assertTrue(router.holds_link(self.layout, 4))
        # Maintenance is no switch: nobody reaches what is to come.
        files.point(self.layout.current, '5/router/maintenance.sock')
        self.assertIsNone(router.points_to(self.layout))
        self.assertEqual([router.holds_link(self.layout, number) for number in (4, 5)], [False, True])
        router.switch(self.layout, None)
        router.switch(self.layout, None)
        self.assertIsNone(router.points_to(self.layout))


class Foreign(unittest.TestCase):
    def dump(self, text, file='/etc/nginx/sites-enabled/old'):
        return (
            '# configuration file /etc/nginx/nginx.conf:\nhttp {\n  server_names_hash_bucket_size 64;\n  include conf.d/*.conf;\n  include sites-enabled/*;\n}\n\n'
            '# configuration file /etc/nginx/conf.d/slipway.conf:\nserver { server_name shop.example.com; }\n\n'
            f'# configuration file {file}:\n{text}\n'
        )

    def test_finds_who_else_has_the_name(self):
        for text in (
            'server_name shop.example.com;',
            'server { listen 80; server_name a.com shop.example.com b.com; }',
            'server_name  "shop.example.com" ;',
            'server_name a.com\n    shop.example.com\n    b.com;',
            'server_name SHOP.Example.com;',
            "server_name 'shop.example.com';",
            'server_name *.example.com;',
            'server_name .example.com;',
            'server_name .shop.example.com;',
            'server_name shop.example.*;',
            'server_name shop.*;',
            'server_name a.com; # mine\nserver_name shop.example.com; # too',
            '\tserver_name\tshop.example.com;',
        ):
            with self.subTest(text=text):
                self.assertEqual(router.foreign_site(self.dump(text), 'shop.example.com'), '/etc/nginx/sites-enabled/old')

    def test_leaves_alone_who_has_not(self):
        for text in (
            '',
            'server_name _;',
            'server_name "";',
            'server_name example.com;',
            'server_name myshop.example.com;',
            'server_name shop.example.com.org;',
            'server_name *.shop.example.com;',
            'server_name *.other.com .other.com;',
            '# server_name shop.example.com;',
            '  # server_name a\n  #  shop.example.com;',
            'server_name_in_redirect off;',
            'return 301 http://shop.example.com;',
            'proxy_set_header X server_name;',
        ):
            with self.subTest(text=text):
                self.assertIsNone(router.foreign_site(self.dump(text), 'shop.example.com'))
        self.assertIsNone(
            router.foreign_site(self.dump('server_name shop.example.com;', '/etc/nginx/conf.d/slipway.conf'), 'shop.example.com')
        )
        self.assertIsNone(router.foreign_site(self.dump('server_name shop.example.com;'), None))

    def test_a_wildcard_is_whose_pattern_comes_first(self):
        for pattern, is_taken in (
            (r'~^(?<sub>.+)\.example\.com$', True),
            (r'"~^[a-z-]+\.EXAMPLE\.com$"', True),
            (r'~^www\d*\.example\.com$', False),
            (r'~.', True),
            (r'~^(?<a>\K[[', True),
        ):
            with self.subTest(pattern=pattern):
                found = router.foreign_site(self.dump(f'server {{ server_name {pattern}; }}'), '*.example.com', is_ours=True)
                self.assertEqual(found is not None, is_taken)

    def test_a_name_is_whose_pattern_it_fits_unless_that_fits_any(self):
        for pattern, is_taken in (
            (r'~^(?<sub>.+)\.example\.com$', True),
            (r'"~^[a-z]{2,4}\.EXAMPLE\.com$"', True),
            (r'~^\S+\.example\.com$', True),
            (r'"~^shop\\.example\\.com$"', True),
            (r'~^shop', True),
            (r'~^www\d*\.example\.com$', False),
            (r'"~^[a-z]{5}\.example\.com$"', False),
            # For all names that nobody has.
            (r'~.', False),
            (r'~^(?<name>.+)$', False),
            (r'~^(?!www\.)', False),
            # Only nginx knows what these fit.
            (r'~^(?<a>\K[[', True),
            (r'~^[[:alpha:]]+\.example\.org$', True),
        ):
            with self.subTest(pattern=pattern):
                for text in (f'server {{ server_name a.com {pattern}; }}', f'server {{ server_name a.com\n {pattern}\n b.com; }}'):
                    found = router.foreign_site(self.dump(text), 'shop.example.com')
                    self.assertEqual(found is not None, is_taken)
                # What the app has is spelled out in the front, which goes before patterns: nobody loses it.
                self.assertIsNone(router.foreign_site(self.dump(f'server {{ server_name {pattern}; }}'), 'shop.example.com', is_ours=True))
                self.assertIsNotNone(router.foreign_site(self.dump(f'server {{ server_name {pattern} shop.*; }}'), 'shop.example.com', is_ours=True))

    def test_is_not_taken_over_while_it_would_answer_the_authority(self):
        wanted = config(tls={'kind': 'acme'}, domains=['shop.example.com'])
        site = 'server { listen 80; server_name shop.example.com; }'
        dumped = self.dump(site)
        with mock.patch.object(router.tls, 'needs_issue', lambda _config: True):
            with self.assertRaises(Failure) as caught:
                router.ForeignSites._check_take_over(dumped, wanted, '/etc/nginx/sites-enabled/old')
            self.assertIn('location ^~ /.well-known/acme-challenge/ { root /var/lib/slipway/challenges; }', caught.exception.cure)
            handed = dumped.replace('name shop.example.com; }\n', 'name shop.example.com; location ^~ /.well-known/acme-challenge/ '
                                   '{ root /var/lib/slipway/challenges; } }\n')
            router.ForeignSites._check_take_over(handed, wanted, '/etc/nginx/sites-enabled/old')


class Patterns(PlaceTest):
    """Of a site of others."""

    def check(self, layout=None):
        text = '# configuration file /etc/nginx/sites-enabled/old:\nserver { server_name "~^[a-z]+\\.example\\.com$"; }\n'
        self.replace(places, 'NGINX', self.write('nginx', f'#!/bin/sh\ncat <<"END"\n{text}END\n', 0o755))
        router.ForeignSites().check(config(), layout or self.layout)

    def test_keep_their_names_from_an_app_that_does_not_have_them_yet(self):
        blog = self.layout_of('blog')
        failure = self.refused('domain-taken', self.check)
        self.assertIn('The domain shop.example.com belongs to a site on this host that Slipway did not make: /etc/nginx/sites-enabled/old', failure.what)
        router.claim(self.layout, config())
        self.refused('domain-taken', self.check)
        router.publish(activated(self.layout, config()))
        self.check()
        self.refused('domain-taken', self.check, blog)


class Backend(http.server.BaseHTTPRequestHandler):
    """Says who it is and what it was asked."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        self.answer(b'')

    def do_POST(self):
        left, total = int(self.headers['Content-Length']), 0
        while total < left:
            total += len(self.rfile.read(min(65536, left - total)))
        self.answer(str(total).encode())

    def answer(self, more):
        wanted = [
            f'{name}={self.headers.get(name)}'
            for name in ('Host', 'Upgrade', 'Connection', 'X-Forwarded-For', 'X-Forwarded-Proto', *self.server.more)
        ]
        body = '|'.join([self.server.name, self.path, *wanted]).encode() + b'|' + more
        self.send_response(500 if '/boom' in self.path else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Backends(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Parameters:
    """An app that keeps what its one request says, by uwsgi or FastCGI, and answers that all is well."""

    def __init__(self, protocol):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.found = []
        self.thread = threading.Thread(target=self.serve, args=(protocol,), daemon=True)
        self.thread.start()

    def serve(self, protocol):
        connection, _ = self.listener.accept()
        with connection, connection.makefile('rb') as stream:
            if protocol == 'uwsgi':
                size = struct.unpack('<BHB', stream.read(4))[1]
                self.take(stream.read(size), lambda data: (struct.unpack('<H', data[:2])[0], data[2:]))
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
                return
            kind, content = 1, b''
            while kind != 5:
                _, kind, _, size, padding, _ = struct.unpack('>BBHHBB', stream.read(8))
                data = stream.read(size)
                stream.read(padding)
                content += data if kind == 4 else b''
            self.take(content, lambda data: (data[0], data[1:]) if data[0] < 128 else (struct.unpack('>I', data[:4])[0] & 0x7fffffff, data[4:]),
                      lengths_first=True)
            text = b'Status: 200\r\nContent-Length: 0\r\n\r\n'
            connection.sendall(struct.pack('>BBHHBB', 1, 6, 1, len(text), 0, 0) + text + struct.pack('>BBHHBBIB3x', 1, 3, 1, 8, 0, 0, 0, 0))

    def take(self, data, length, lengths_first=False):
        while data:
            name, data = length(data)
            if lengths_first:
                value, data = length(data)
            key, data = data[:name].decode(), data[name:]
            if not lengths_first:
                value, data = length(data)
            self.found.append((key, data[:value].decode()))
            data = data[value:]

    def told(self):
        self.thread.join(10)
        return self.found

    def close(self):
        self.listener.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


@nginx.needed
class Serving(PlaceTest):
    """The front and two activations, as on a host, on a port of its own."""

    def setUp(self):
        super().setUp()
        # nginx's workers give up root where they have it.
        os.chmod(self.folder, 0o755)
        self.servers = {}
        self.wanted = config(service('root', route='/'), service('js', route='/js'), service('dead', route='/dead'))
        for number in (1, 2):
            ports = {
                'root': [Port(self.backend(f'root{number}'))],
                'js': [Port(self.backend(f'js{number}'))],
                'dead': [Port(free_port())],
            }
            self.activate(number, ports)
        router.claim(self.layout, self.wanted)
        router.publish(activated(self.layout, self.wanted))
        router.switch(self.layout, 1)
        with open(f'{PROGRAM}/front.conf', encoding='utf-8') as file:
            self.front = file.read()
        self.start_front(self.front)

    def start_front(self, text):
        self.port = free_port()
        for old, new in (
            ('include /var/lib/slipway/front/80.conf;', f'listen 127.0.0.1:{self.port};\nserver_name {front._EVERY};'),
            ('/var/lib/slipway/domains', places.DOMAINS),
            ('/var/lib/slipway/challenges', f'{self.folder}/challenges'),
        ):
            self.assertIn(old, text)
            text = text.replace(old, new)
        own = f'{self.folder}/front-{self.port}'
        temporary = ''.join(f'{name}_temp_path {own}-{name};\n' for name in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        self.nginx(
            self.write(
                f'{own}.conf',
                f'daemon off;\npid {own}.pid;\nerror_log {own}.log;\n'
                f'events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n',
            ),
            ('127.0.0.1', self.port),
        )

    def activate(self, number, ports):
        os.makedirs(f'{self.layout.activation(number)}/router/asked')
        counting.make(self.layout, number)
        for folder in ('router', 'router/asked', *(f'counted/{what}' for what in (counting.ERRORS, counting.TURNED_AWAY))):
            os.chmod(f'{self.layout.activation(number)}/{folder}', 0o777)
        text = activation_router.configuration(self.layout, number, self.wanted, ports, TOKEN).replace('worker_processes', '#')
        self.nginx(self.write(f'{self.layout.activation(number)}/router.conf', nginx.readable(text)), self.layout.socket(number))

    def backend(self, name):
        server = Backends(('127.0.0.1', 0), Backend)
        server.name, server.more = name, ()
        self.servers[name] = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(lambda: (server.shutdown(), server.server_close()))
        return server.server_address[1]

    def nginx(self, path, address):
        process = subprocess.Popen([nginx.NGINX, '-e', 'stderr', '-c', path], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def listens():
            with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as probe:
                return probe.connect_ex(address) == 0

        self.assertTrue(within(listens), f'nginx does not start with {path}')

    def ask(self, path, host='shop.example.com', method='GET', body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {'Host': host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_routes_by_prefix_and_passes_on_what_belongs_to_a_request(self):
        for path, name in (
            ('/', 'root1'),
            ('/js', 'js1'),
            ('/js/', 'js1'),
            ('/js/a/b?c=%20d&e=/', 'js1'),
            ('/jsx', 'root1'),
            ('/jsx/js/', 'root1'),
            ('/j', 'root1'),
            ('/a/js/', 'root1'),
            ('/JS/', 'root1'),
            ('/js%2Fx', 'js1'),
            ('/a%20b', 'root1'),
        ):
            with self.subTest(path=path):
                status, body = self.ask(path)
                self.assertEqual((status, body.split('|')[:2]), (200, [name, path]))
        self.assertIn(
            '|Host=shop.example.com|Upgrade=None|Connection=close|X-Forwarded-For=127.0.0.1|X-Forwarded-Proto=http|',
            self.ask('/', headers={'X-Forwarded-For': '6.6.6.6'})[1],
        )
        self.assertIn(
            '|Upgrade=websocket|Connection=upgrade|', self.ask('/', headers={'Connection': 'Upgrade', 'Upgrade': 'websocket'})[1]
        )
        self.assertEqual(self.ask('/dead')[0], 502)

    def told(self, **headers):
        """What the app is told of its client by the front and its router."""
        names = ('X-Real-IP', 'X-Forwarded-Host', *client.SAID, 'Slipway-Forwarded-For', 'Slipway-Forwarded-Proto')
        self.servers['root1'].more = names
        body = self.ask('/', headers={name.replace('_', '-'): value for name, value in headers.items()})[1]
        found = dict(part.partition('=')[::2] for part in body.split('|') if '=' in part)
        return {name: found[name] for name in ('X-Forwarded-For', 'X-Forwarded-Proto', *names) if found[name] != 'None'}

    def test_nobody_is_believed_who_says_that_he_asks_for_somebody_else(self):
        seen = {'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'http', 'X-Real-IP': '127.0.0.1', 'X-Forwarded-Host': 'shop.example.com'}
        self.assertEqual(self.told(), seen)
        self.assertEqual(self.told(
            X_Forwarded_For='6.6.6.6, 10.0.0.1', X_Forwarded_Proto='https', X_Real_IP='6.6.6.6', X_Forwarded_Host='evil.example.com',
            **SAID, Slipway_Forwarded_For='6.6.6.6', Slipway_Forwarded_Proto='https'), seen)
        self.trusting('10.0.0.0/8')
        self.assertEqual(self.told(**SAID), seen)

    def trusting(self, *networks):
        self.wanted['trustedProxies'] = list(networks)
        self.activate(3, {'root': [Port(self.servers['root1'].server_address[1])]})
        router.switch(self.layout, 3)

    def test_of_a_proxy_that_is_trusted_the_last_address_that_is_not(self):
        self.trusting('127.0.0.0/8', '10.0.0.0/8', '2001:db8::/32')
        for given, client_address in (
            ('203.0.113.9', '203.0.113.9'),
            ('6.6.6.6, 203.0.113.9', '203.0.113.9'),
            ('6.6.6.6, 203.0.113.9, 10.1.2.3, 2001:db8::7', '203.0.113.9'),
            ('2a00::1, 10.1.2.3', '2a00::1'),
            ('10.1.2.3', '10.1.2.3'),
            ('unknown', '127.0.0.1'),
            ('6.6.6.6, unknown, 10.1.2.3', '10.1.2.3'),
        ):
            with self.subTest(given=given):
                told = self.told(X_Forwarded_For=given, X_Real_IP='6.6.6.6')
                self.assertEqual((told['X-Forwarded-For'], told['X-Real-IP']), (client_address, client_address))
        self.assertEqual(self.told()['X-Forwarded-For'], '127.0.0.1')

    def test_of_a_proxy_that_is_trusted_the_scheme_and_the_name_are_believed_if_they_can_be(self):
        self.trusting('127.0.0.1')
        for given, scheme in (('https', 'https'), ('HTTPS', 'https'), ('http', 'http'), ('ftp', 'http'), ('https, http', 'http'), ('', 'http')):
            with self.subTest(given=given):
                self.assertEqual(self.told(X_Forwarded_Proto=given)['X-Forwarded-Proto'], scheme)
        for given, name in (('www.example.com:8443', 'www.example.com:8443'), ('a/b', 'shop.example.com'), ('', 'shop.example.com')):
            with self.subTest(given=given):
                self.assertEqual(self.told(X_Forwarded_Host=given)['X-Forwarded-Host'], name)
        told = self.told(**SAID, Slipway_Forwarded_For='6.6.6.6')
        self.assertEqual({name.replace('-', '_'): told.get(name) for name in client.SAID}, SAID)
        self.assertNotIn('Slipway-Forwarded-For', told)

    def test_apps_that_speak_uwsgi_and_fastcgi_are_told_the_same_and_by_nothing_else(self):
        for protocol in ('uwsgi', 'fastcgi'):
            backend = Parameters(protocol)
            self.addCleanup(backend.close)
            self.wanted = config(service('root', route='/', protocol=protocol), trustedProxies=['127.0.0.1'])
            number = {'uwsgi': 4, 'fastcgi': 5}[protocol]
            self.activate(number, {'root': [Port(backend.port)]})
            router.switch(self.layout, number)
            self.ask('/', headers={'X-Forwarded-For': '6.6.6.6, 203.0.113.9', 'X-Forwarded-Proto': 'https', 'X-Real-IP': '6.6.6.6'})
            told = backend.told()
            with self.subTest(protocol=protocol):
                for line in (('REMOTE_ADDR', '203.0.113.9'), ('HTTP_X_FORWARDED_FOR', '203.0.113.9'), ('HTTP_X_REAL_IP', '203.0.113.9'),
                             ('HTTP_X_FORWARDED_PROTO', 'https'), ('HTTPS', 'on')):
                    self.assertIn(line, told)
                self.assertEqual([name for name, _ in told if 'SLIPWAY' in name or name == 'HTTP_FORWARDED'], [])
                named = [name for name, _ in told if name.startswith('HTTP') or name == 'REMOTE_ADDR']
                self.assertEqual(len(set(named)), len(named))

    def test_an_older_front_lets_nobody_choose_his_address(self):
        """It hands on what a client writes into the headers that the front of today sets."""
        older = ''.join(line for line in self.front.splitlines(keepends=True) if 'Slipway-Forwarded' not in line)
        self.assertNotEqual(older, self.front)
        self.start_front(older)
        given = {'Slipway-Forwarded-For': '6.6.6.6', 'Slipway-Forwarded-Proto': 'https', 'Slipway-Forwarded-Host': 'evil.example.com'}
        for trusted in ([], ['10.0.0.0/8']):
            with self.subTest(trusted=trusted):
                self.wanted['trustedProxies'] = trusted
                self.activate(6 + len(trusted), {'root': [Port(self.servers['root1'].server_address[1])]})
                router.switch(self.layout, 6 + len(trusted))
                told = self.told(**{name.replace('-', '_'): value for name, value in given.items()})
                self.assertEqual(told, {'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', 'X-Forwarded-Proto': 'http',
                                        'X-Forwarded-Host': 'shop.example.com'})
        backend = Parameters('uwsgi')
        self.addCleanup(backend.close)
        self.wanted = config(service('root', route='/', protocol='uwsgi'))
        self.activate(8, {'root': [Port(backend.port)]})
        router.switch(self.layout, 8)
        self.ask('/', headers=given)
        told = backend.told()
        self.assertEqual([value for name, value in told if name in ('REMOTE_ADDR', 'HTTP_X_FORWARDED_FOR')], ['127.0.0.1'] * 2)
        self.assertNotIn('6.6.6.6', [value for _, value in told])

    def test_a_proxy_is_trusted_by_its_own_address_not_by_what_it_says(self):
        self.trusting('10.0.0.0/8', '203.0.113.7')
        self.assertEqual(self.told(X_Forwarded_For='10.0.0.1', X_Real_IP='10.0.0.1', X_Forwarded_Proto='https', X_Forwarded_Host='evil.example.com'),
                         self.told())
        self.assertEqual(self.told()['X-Forwarded-For'], '127.0.0.1')

    def test_tells_apps_apart_by_name(self):
        self.assertEqual(self.ask('/', host='other.example.com')[0], 404)
        self.assertEqual(self.ask('/', host='SHOP.example.com')[0], 200)
        self.assertNotEqual(self.ask('/', host='../domains/shop.example.com')[0], 200)
        blog = self.layout_of('blog')
        router.claim(blog, config(domains=[]))
        self.assertEqual(self.ask('/', host='anything.example.com')[0], 404)
        router.publish(activated(blog, config(domains=[])))
        os.symlink(f'{self.layout.run}/2/router/http.sock', blog.current)
        self.assertTrue(self.ask('/', host='anything.example.com')[1].startswith('root2'))
        self.assertTrue(self.ask('/')[1].startswith('root1'))

    def test_answers_a_nonce_with_its_number_and_only_who_knows_the_token(self):
        def probe(path):
            return asking.ask(('127.0.0.1', self.port), path, 'shop.example.com')

        self.assertEqual(probe(f'{router.PROBE}/{TOKEN}?nonce=cafe'), (200, '1 cafe'))
        self.assertIn('root1', probe(f'{router.PROBE}/{"00" * 16}?nonce=cafe')[1])
        router.switch(self.layout, 2)
        self.assertEqual(probe(f'{router.PROBE}/{TOKEN}?nonce=beef'), (200, '2 beef'))
        self.assertIn('requests', asking.ask(doors.of_router(self.layout, 2), f'{router.PROBE}/{TOKEN}/requests', 'x')[1])

    def test_counts_answers_of_5xx_by_the_activation(self):
        activation = activated(self.layout, config(), 1)
        activation.facts['token'] = TOKEN
        self.assertEqual(counting.counted(activation, counting.ERRORS), 0)
        self.ask('/boom?secret=1')
        self.ask('/')
        self.ask('/boom')
        within(lambda: counting.counted(activation, counting.ERRORS) == 2)
        self.assertEqual(self.read(counting.file(self.layout, 1, counting.ERRORS)), '\n\n')
        self.assertEqual(counting.counted(activation, counting.TURNED_AWAY), 0)

    def test_takes_big_uploads(self):
        size = 24 << 20
        status, body = self.ask('/js/upload', method='POST', body=bytes(size))
        self.assertEqual((status, body.split('|')[0], body.split('|')[-1]), (200, 'js1', str(size)))

    def test_switches_under_load_without_a_failed_request(self):
        failures, seen, stop = [], set(), threading.Event()

        def load(kept):
            connection = None
            while not stop.is_set():
                try:
                    if connection is None or not kept:
                        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
                        connection.connect()
                        connection.auto_open = 0
                    connection.request('POST', '/js/x', b'x' * 1000, {'Host': 'shop.example.com'})
                    answer = connection.getresponse()
                    body = answer.read().decode()
                    seen.add(body.split('|')[0])
                    if answer.status != 200 or not body.endswith('|1000'):
                        failures.append((answer.status, body))
                    if not kept:
                        connection.close()
                    counts.append(1)
                except (OSError, http.client.HTTPException) as error:
                    failures.append(repr(error))
                    connection = None
            if connection:
                connection.close()

        counts = []
        threads = [threading.Thread(target=load, args=(number % 2 == 0,)) for number in range(4)]
        for thread in threads:
            thread.start()
        switches = 0
        deadline = time.monotonic() + 60
        while len(counts) < 400 and time.monotonic() < deadline and not failures:
            router.switch(self.layout, 2 - switches % 2)
            switches += 1
            time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreaterEqual(len(counts), 400)
        self.assertEqual(seen, {'js1', 'js2'})

    def test_a_half_made_switch_harms_nobody(self):
        files.point(self.layout.current, '2/router/http.sock')
        os.symlink('9/router/http.sock', f'{self.layout.current}.new')
        self.assertTrue(self.ask('/')[1].startswith('root2'))
        router.switch(self.layout, 1)
        self.assertTrue(self.ask('/')[1].startswith('root1'))


if __name__ == '__main__':
    unittest.main()
