"""Where the front listens and for which names, beside sites of others and without."""

import contextlib
import io
import os
import unittest
from unittest import mock

from place import PlaceTest, activated, config
from slipway import (
    asking,
    front,
    front_setup,
    hearing,
    reloading,
    router,
    sites,
    tls,
)
from slipway import layout as places
from slipway.failures import Failure
from test_sites import dump

OURS = '/etc/nginx/sites-enabled/zz-slipway.conf'
THEIRS = 'server { listen 80 default_server; }'
EVERY = f'server_name {front._EVERY};\n'


class FrontTest(PlaceTest):
    def setUp(self):
        super().setUp()
        os.makedirs(places.CHALLENGES + '/.well-known/acme-challenge', exist_ok=True)
        self.replace(sites, 'is_as_packaged', lambda server: server.place.endswith('/default'))
        self.reloads = []
        self.replace(reloading, 'reload', self.reload)
        self.refusal = None

    def reload(self, refused, to_the_end=False):
        if self.refusal:
            raise refused(self.refusal)
        self.reloads.append((self.names(), to_the_end))
        os.unlink(f'{places.STATE}/{reloading.MARK}')

    def names(self, port=80):
        return ' '.join(front.text_of(port).partition('server_name ')[2].rstrip(';\n').split())

    def sites(self, **files):
        """Sites of others, and our front behind them."""
        self.replace(front_setup, '_servers', lambda: sites.servers(dump(**files, **{'sites-enabled/zz-slipway.conf': 'server { listen 80; }'})))

    def set_up(self, **files):
        self.sites(**files)
        self.assertEqual(front_setup.main('write', '80'), 0)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{places.STATE}/{reloading.MARK}')

    def checked(self):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = front_setup.main('check', '80')
        return code, said.getvalue().strip()

    def serve(self, layout=None, **more):
        layout = layout or self.layout
        router.claim(layout, config(**more))
        router.publish(activated(layout, config(**more)))


class SetUp(FrontTest):
    def test_all_names_are_ours_where_nobody_else_answers(self):
        for files in ({}, {'sites-enabled/default': THEIRS}, {'sites-enabled/a': 'server { listen 8080 default_server; }'},
                      {'sites-enabled/default': THEIRS, 'sites-enabled/named': 'server { listen 80; server_name a.com; }'}):
            with self.subTest(files=files):
                self.set_up(**files)
                self.assertIn(f'\nlisten 80;\nlisten [::]:80;\n{EVERY}', front.text_of(80))
                self.assertEqual(self.checked(), (0, ''))

    def test_what_names_nobody_stays_with_the_site_that_has_it(self):
        self.serve()
        for text in (THEIRS, 'server { server_name legacy.example.org; }', 'server { listen 127.0.0.1:80; }',
                     'server { listen 80; server_name "~^(?<who>.+)\\.example\\.org$"; }'):
            with self.subTest(text=text):
                self.set_up(**{'sites-enabled/a': text})
                self.assertEqual(self.names(), 'slipway.invalid shop.example.com')
                self.assertEqual(self.checked(), (0, 'what names no app is answered by /etc/nginx/sites-enabled/a'))

    def test_patterns_of_theirs_stay_theirs_beside_a_default_of_nobody(self):
        self.set_up(**{'sites-enabled/a': 'server { server_name "~x"; }', 'sites-enabled/default': THEIRS})
        self.assertEqual(self.names(), 'slipway.invalid')

    def test_it_listens_wherever_others_do_on_that_port(self):
        self.set_up(**{'sites-enabled/a': 'server { listen 203.0.113.7:80; listen 203.0.113.7:443 ssl; listen [2001:db8::1]:80; listen unix:/x; }'})
        self.assertEqual([line for line in front.text_of(80).splitlines() if line.startswith('listen')],
                         ['listen 80;', 'listen [::]:80;', 'listen 203.0.113.7:80;', 'listen [2001:db8::1]:80;'])
        self.set_up(**{'sites-enabled/a': 'server { listen [::]:80 ipv6only=off; }'})
        self.assertEqual([line for line in front.text_of(80).splitlines() if line.startswith('listen')], ['listen [::]:80;'])

    def test_an_app_without_a_domain_keeps_what_it_has(self):
        self.serve(domains=[])
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.assertIn(EVERY, front.text_of(80))
        front.check_names(config(domains=[]))

    def test_says_whose_place_it_would_take(self):
        self.replace(front_setup, '_servers', lambda: sites.servers(dump(**{
            'conf.d/slipway.conf': 'server { listen 80; }', 'sites-enabled/a': '# x\nserver { listen 80; }'})))
        self.assertEqual(front_setup.main('write', '80'), 0)
        code, said = self.checked()
        self.assertEqual(code, 2)
        self.assertIn('/etc/nginx/sites-enabled/a:2 answers on port 80', said)

    def test_sees_what_has_become_different_and_changes_nothing_for_that(self):
        self.assertEqual(self.checked()[0], 1)
        self.set_up()
        self.sites(**{'sites-enabled/a': THEIRS})
        before = front.text_of(80)
        self.assertEqual((self.checked()[0], front.text_of(80)), (1, before))
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.assertEqual(self.checked()[0], 0)
        self.serve()
        self.assertEqual(self.checked()[0], 1)

    def test_leaves_it_when_nginx_says_nothing(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.replace(front_setup, '_servers', lambda: None)
        self.assertEqual(self.checked()[0], 0)
        self.assertEqual(front_setup.main('write', '80'), 1)
        for words in (('write', '8080'), ('read', '80'), ('check', '')):
            self.assertEqual(front_setup.main(*words), 64)


class Names(FrontTest):
    def test_are_of_no_interest_where_all_are_ours(self):
        self.set_up()
        self.serve()
        self.assertEqual((front.admit(), front.plan(config())), ([], []))
        front.follow(self.layout)
        front.check_names(config(domains=[]))
        self.assertEqual(self.reloads, [])

    def test_come_once_and_go_when_the_app_gives_them_back(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        wanted = config(domains=['shop.example.com', '*.shop.example.com'], aliases=['www.example.com'])
        self.assertEqual(front.plan(wanted), [f'list shop.example.com, _.shop.example.com, www.example.com in {front.place(80)}, reload nginx'])
        self.serve(domains=wanted['domains'], aliases=wanted['aliases'])
        told, = front.admit()
        self.assertIn('shop.example.com, www.example.com: /etc/nginx/sites-enabled/a answers for names that no app has', told)
        listed = 'slipway.invalid "~^[^.]+\\.shop\\.example\\.com$" shop.example.com www.example.com'
        self.assertEqual((self.reloads, front.admit(), front.plan(wanted)), ([(listed, False)], [], []))
        router.release_claims(self.layout, config())
        self.assertEqual(self.reloads[1:], [('slipway.invalid shop.example.com', True)])
        self.assertEqual(front.text_of(80).splitlines()[:3], [
            '# Made by Slipway. What names no app is answered by a site of others: /etc/nginx/sites-enabled/a.', 'listen 80;', 'listen [::]:80;'])

    def test_a_long_one_is_told_as_a_pattern(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        name = f'{"a" * 40}.example.com'
        self.serve(domains=[name])
        front.admit()
        self.assertEqual(self.names(), f'slipway.invalid "~^{"a" * 40}\\.example\\.com$"')

    def test_that_nginx_refuses_are_not_left_in_its_files(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.serve()
        self.refusal = 'emerg'
        self.assertEqual(self.refused('names-refused', front.admit).evidence[0]['text'], 'emerg')
        self.assertEqual(self.names(), 'slipway.invalid')

    def test_that_could_not_be_told_are_told_later(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.serve()
        front.admit()
        self.refusal = 'emerg'
        router.release_claims(self.layout, None)
        self.assertIn('nginx could not be told', self.read(f'{self.layout.run}/settled.json'))
        self.assertEqual(sorted(os.listdir(places.DOMAINS)), [])
        self.refusal = None
        front.follow(self.layout)
        self.assertEqual(self.reloads[1:], [('slipway.invalid', True)])

    def test_are_listed_on_443_only_with_https(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        front.put(443, front.text(443, ['*'], ['/etc/nginx/x']))
        self.serve()
        self.write(f'{places.DOMAINS}/shop.example.com.https')
        self.serve(self.layout_of('blog'), app='blog', domains=['blog.example.com'])
        self.assertEqual((self.names(443)), 'slipway.invalid')
        self.write(f'{places.DOMAINS}/shop.example.com.https')
        front.admit()
        self.assertEqual((self.names(), self.names(443)), ('slipway.invalid blog.example.com shop.example.com', 'slipway.invalid shop.example.com'))

    def test_may_be_listed_on_443_alone(self):
        self.set_up()
        front.put(443, front.text(443, ['*'], ['/etc/nginx/x']))
        self.serve()
        self.write(f'{places.DOMAINS}/shop.example.com.https')
        self.assertEqual(front.admit(), ['nginx was told of shop.example.com: /etc/nginx/x answers for names that no app has'])
        front.check_names(config(domains=[]))

    def test_an_app_without_one_is_refused_and_told_why(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        failure = self.refused('domain-needed', router.check_claim, self.layout, config(domains=[]))
        self.assertIn('/etc/nginx/sites-enabled/a answers that', failure.what)
        self.assertIn('domain: shop.example.com', failure.cure)
        router.check_claim(self.layout, config())


class Heard(FrontTest):
    """While an authority asks."""

    def heard(self, answer):
        self.replace(asking, 'ask', answer)
        with hearing.heard(self.layout, config()):
            during = self.names()
        return during

    def test_the_name_leads_here_and_back_again(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.assertEqual(self.heard(lambda *_: (404, '')), 'slipway.invalid shop.example.com')
        self.assertEqual((self.names(), len(self.reloads), os.listdir(places.DOMAINS)), ('slipway.invalid', 2, []))

    def test_it_goes_back_also_when_the_authority_refuses(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.replace(asking, 'ask', mock.Mock(side_effect=asking.NoAnswer('none')))
        with self.assertRaises(Failure), hearing.heard(self.layout, config()):
            raise Failure('certificate-refused', 'No.', '', '')
        self.assertEqual((self.names(), len(self.reloads)), ('slipway.invalid', 2))

    def test_it_stays_where_it_is_when_the_site_hands_the_question_on(self):
        self.set_up(**{'sites-enabled/a': THEIRS})

        def answer(_address, path, host):
            self.assertEqual(host, 'shop.example.com')
            return 200, self.read(places.CHALLENGES + path)

        self.assertEqual(self.heard(answer), 'slipway.invalid')
        self.assertEqual((self.reloads, os.listdir(places.CHALLENGES + '/.well-known/acme-challenge')), ([], []))

    def test_only_names_that_are_not_handed_on_lead_here(self):
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.replace(asking, 'ask', lambda _address, path, host: (200, self.read(places.CHALLENGES + path)) if host.startswith('www') else (404, ''))
        with hearing.heard(self.layout, config(aliases=['www.example.com'])):
            self.assertEqual(self.names(), 'slipway.invalid shop.example.com')

    def served(self, at_root, challenge=(404, ''), **files):
        """What is said of the name whose site answers so at /, and to what an authority asks; and where it was asked."""
        self.set_up(**(files or {'sites-enabled/a': THEIRS}))
        asked = []

        def answer(address, path, host):
            asked.append(address[0])
            self.assertEqual((address[1], host), (80, 'shop.example.com'))
            found = at_root if path == '/' else challenge
            if found is None:
                raise asking.NoAnswer('closed')
            return found if found != 'handed on' else (200, self.read(places.CHALLENGES + path))

        self.replace(asking, 'ask', answer)
        return asked

    def test_a_name_that_the_site_serves_is_refused_before_anything_leads_here(self):
        for at_root in ((200, ''), (301, ''), (502, '')):
            self.served(at_root)
            failure = self.refused('name-in-use', hearing.check, config())
            self.assertIn('/etc/nginx/sites-enabled/a answers for shop.example.com', failure.what)
            self.assertIn(f'location ^~ /.well-known/acme-challenge/ {{ root {places.CHALLENGES}; }}', failure.cure)
            self.assertEqual((self.names(), self.reloads), ('slipway.invalid', []))

    def test_a_name_that_nobody_serves_or_that_is_handed_on_is_not(self):
        for at_root, challenge in (((404, ''), (404, '')), (None, None), ((200, ''), 'handed on')):
            self.served(at_root, challenge)
            hearing.check(config())
        self.serve()
        self.served((200, ''))
        hearing.check(config())

    def test_it_is_asked_wherever_users_come_in(self):
        theirs = {'sites-enabled/a': 'server { listen 203.0.113.7:80; listen [2001:db8::1]:80; }', 'sites-enabled/b': 'server { listen 127.0.0.1:80; }'}
        asked = self.served((404, ''), **theirs)
        hearing.check(config())
        self.assertEqual(asked, ['127.0.0.2', '203.0.113.7'])

    def test_a_certificate_that_is_due_is_decided_on_with_that(self):
        self.served((200, ''))
        self.replace(tls.certificates, 'check_prepared', lambda: None)
        self.refused('name-in-use', tls.check, config(tls={'kind': 'acme'}), {}, None)
        self.replace(tls, 'needs_issue', lambda _config: False)
        self.assertIsNone(tls.check(config(tls={'kind': 'acme'}), {}, None))

    def test_nobody_is_asked_for_names_that_are_listed_or_where_all_are(self):
        self.set_up()
        never = mock.Mock(side_effect=AssertionError)
        self.heard(never)
        self.set_up(**{'sites-enabled/a': THEIRS})
        self.serve()
        self.heard(never)


if __name__ == '__main__':
    unittest.main()
