"""Certificates on the host: what is kept, published, renewed, swept away and spoken of."""

import io
import json
import os
import time
from unittest import mock

from place import ME, PlaceTest, Silent, activated, config
from slipway import acme, certificates, pem, public, renewing, router, tls
from slipway import layout as places
from slipway.processes import Result

ACME = {'tls': {'kind': 'acme'}}
OWN = {'tls': {'kind': 'own', 'certificate': 'CERT', 'key': 'KEY'}}
DAY = 86400


def text(word):
    """What looks enough like a chain with its key."""
    body = word.encode().hex()[:60].ljust(60, 'A')
    return f'-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n'


class TlsTest(PlaceTest):
    def setUp(self):
        super().setUp()
        for folder in ('live', 'store', 'issued', 'troubles'):
            os.makedirs(f'{places.TLS}/{folder}')
        self.replace(certificates, 'identity', lambda _user: ME)
        self.replace(places, 'FRONT_TLS', (self.write('front'),))
        self.asked = []
        self.said = ''
        self.replace(acme, 'run', self.dehydrated)
        self.replace(acme, 'DEHYDRATED', self.write('dehydrated'))
        self.write(f'{places.ACME}/config')
        leaf = mock.Mock()
        leaf.begins, leaf.ends = time.time(), time.time() + 90 * DAY
        self.leaf = leaf
        self.replace(pem, 'Certificate', lambda _text: leaf)

    def dehydrated(self, argv, _limit):
        names = [argv[index + 1] for index, word in enumerate(argv) if word == '--domain']
        self.asked.append(names)
        if self.said:
            return Result(1, self.said)
        folder = f'{places.ACME}/certs/{argv[argv.index("--alias") + 1]}'
        self.write(f'{folder}/fullchain.pem', text(f'{len(self.asked)} {" ".join(names)}').split('-----BEGIN PRIVATE')[0])
        self.write(f'{folder}/privkey.pem', '-----BEGIN PRIVATE' + text(f'{len(self.asked)}').split('-----BEGIN PRIVATE')[1])
        return Result(0, '')

    def record(self, wanted, **more):
        key = public.names_key(wanted)
        found = {**certificates.record(key), **more}
        self.write(f'{places.TLS}/issued/{key}.json', json.dumps(found))
        return found

    def published(self, name='shop.example.com'):
        return certificates.published(name)


class Issuing(TlsTest):
    def test_asks_once_for_all_names_and_then_nobody(self):
        wanted = config(aliases=['www.shop.example.com'], **ACME)
        first = acme.ensure('shop', wanted, Silent())
        self.assertEqual(self.asked, [['shop.example.com', 'www.shop.example.com']])
        self.replace(acme, 'run', None)
        self.replace(certificates, 'lock', None)
        self.assertEqual(acme.ensure('shop', wanted, Silent()), first)
        self.assertEqual(os.listdir(f'{places.ACME}/certs'), [])
        self.assertEqual(os.stat(certificates.path(first['pem'])).st_mode & 0o777, 0o640)

    def test_the_subject_is_a_name_that_fits(self):
        long, short = f'{"a" * 60}.example.com', 'b.example.com'
        acme.ensure('shop', config(domains=[long, short], **ACME), Silent())
        self.assertEqual(self.asked, [[short, long]])

    def test_asks_again_for_other_names_and_in_the_last_third(self):
        wanted = config(**ACME)
        acme.ensure('shop', wanted, Silent())
        acme.ensure('shop', config(domains=['other.example.com'], **ACME), Silent())
        self.assertEqual(len(self.asked), 2)
        now = time.time()
        for left, asked in ((31, False), (29, True)):
            self.assertEqual(acme.due(self.record(wanted, begins=now - (90 - left) * DAY, ends=now + left * DAY)), asked)
        acme.ensure('shop', wanted, Silent())
        self.assertEqual(len(self.asked), 3)
        self.assertTrue(tls.needs_issue(config(domains=['third.example.com'], **ACME)))
        self.assertFalse(tls.needs_issue(wanted))

    def test_a_refusal_says_the_words_of_the_authority_and_what_to_look_at(self):
        self.said = (' + Responding to challenge\nERROR: Challenge is invalid! (returned: invalid) (result: ["type"]\t"http-01"\n'
                     '["error","detail"]\t"no \\"A\\" record."\n["error"]\t{"detail":"no \\"A\\" record."}')
        failure = self.refused('certificate-refused', acme.ensure, 'shop', config(**ACME), Silent())
        self.assertEqual(failure.what, 'No certificate for shop.example.com: no "A" record.')
        self.assertIn('dig +short shop.example.com', failure.cure)
        self.assertIn('Responding', failure.evidence[0]['text'])
        self.assertEqual(os.listdir(f'{places.TLS}/store'), [])
        self.assertEqual(acme.words_of('x\n  + ERROR: curl: (6)\n'), 'curl: (6)')
        self.assertEqual(acme.words_of('nothing'), '')

    def test_days_that_are_left_keep_no_release_out(self):
        wanted = config(**ACME)
        acme.ensure('shop', wanted, Silent())
        self.said = 'ERROR: no route'
        old = self.record(wanted, begins=time.time() - 80 * DAY, ends=time.time() + 10 * DAY)
        silent = Silent()
        self.assertEqual(acme.ensure('shop', wanted, silent), old)
        self.assertIn('could not be renewed', silent.said[-1]['text'])
        [line] = tls.unwell(activated(self.layout, wanted))
        self.assertRegex(line, r'^the certificate of shop\.example\.com ends on .*, and could not be renewed on .*: No certificate .* no route\.$')
        self.record(wanted, begins=time.time() - 91 * DAY, ends=time.time() - DAY)
        self.refused('certificate-refused', acme.ensure, 'shop', wanted, Silent())
        self.said = ''
        acme.ensure('shop', wanted, Silent())
        self.assertEqual(tls.unwell(activated(self.layout, wanted)), [])

    def test_what_setup_did_not_prepare_is_named(self):
        os.unlink(acme.DEHYDRATED)
        self.assertIn('setup-vm', self.refused('acme-not-prepared', acme.ensure, 'shop', config(**ACME), Silent()).cure)
        os.unlink(places.FRONT_TLS[0])
        self.refused('tls-not-prepared', tls.check, config(**ACME), {}, None)
        self.assertIsNone(tls.check(config(), {}, None))

    def test_silence_of_the_timer_does_not_go_unnoticed(self):
        wanted = config(**ACME)
        acme.ensure('shop', wanted, Silent())
        self.record(wanted, begins=time.time() - 75 * DAY, ends=time.time() + 15 * DAY)
        self.assertIn('slipway-tls.timer', tls.unwell(activated(self.layout, wanted))[0])


class Publishing(TlsTest):
    def own(self, word, **more):
        chain, _, key = text(word).partition('-----BEGIN PRIVATE')
        new = activated(self.layout, config(**{**OWN, **more}), certificate={'ends': time.time() + 60 * DAY, 'begins': 0, 'pem': ''})
        self.replace(new, 'secrets', lambda: {'CERT': chain, 'KEY': '-----BEGIN PRIVATE' + key})
        return new

    def test_each_activation_has_its_own_and_a_way_back_brings_the_one_before(self):
        first, second = self.own('one'), self.own('two')
        router.publish(first)
        before = self.published()
        router.publish(second)
        self.assertNotEqual(self.published(), before)
        router.publish(first)
        self.assertEqual(self.published(), before)
        with open(certificates.path(before), encoding='ascii') as file:
            self.assertEqual(file.read(), text('one'))

    def test_the_front_hears_of_https_last_and_of_plain_http_again(self):
        order = []
        write, point = tls.files.write, tls.files.point
        self.replace(tls.files, 'write', lambda path, *rest, **more: (order.append(path.rpartition('.')[2]), write(path, *rest, **more)))
        self.replace(tls.files, 'point', lambda path, *rest: (order.append('sock' if path.endswith('sock') else 'certificate'), point(path, *rest)))
        router.publish(self.own('one'))
        self.assertEqual(order, ['pem', 'certificate', 'sock', 'json', 'https'])
        router.publish(activated(self.layout, config()))
        self.assertIsNone(self.published())
        self.assertFalse(os.path.exists(f'{places.DOMAINS}/shop.example.com.https'))

    def test_a_wildcard_has_a_name_that_no_host_has(self):
        router.claim(self.layout, config(domains=['a.example.com', '*.a.example.com'], **OWN))
        router.publish(self.own('one', domains=['a.example.com', '*.a.example.com']))
        self.assertEqual(sorted(os.listdir(f'{places.TLS}/live')), ['_.a.example.com', 'a.example.com'])
        router.release_claims(self.layout, config(domains=['a.example.com']))
        self.assertEqual(os.listdir(f'{places.TLS}/live'), ['a.example.com'])
        self.assertEqual(sorted(os.listdir(places.DOMAINS)), [f'a.example.com.{end}' for end in ('claim', 'https', 'json', 'sock')])

    def test_keys_that_nobody_uses_any_more_go(self):
        self.replace(certificates.time, 'sleep', lambda _seconds: None)
        old, new = self.own('one'), self.own('two')
        router.publish(old)
        gone = self.published()
        router.publish(new)
        wanted = config(domains=['gone.example.com'], **ACME)
        issued = acme.ensure('shop', wanted, Silent())
        other = acme.ensure('blog', config(domains=['blog.example.com'], **ACME), Silent())
        tls.tidy('shop', new.config)
        kept = [certificates.path(name) for name in (self.published(), other['pem'])]
        self.assertEqual(sorted(f'{places.TLS}/store/{name}' for name in os.listdir(f'{places.TLS}/store')), sorted(kept))
        self.assertNotIn(certificates.path(gone), kept)
        self.assertIsNone(certificates.record(public.names_key(wanted)))
        self.assertNotIn(certificates.path(issued['pem']), kept)

    def test_one_that_is_gone_is_no_crash_in_the_middle_of_a_switch(self):
        self.refused('certificate-missing', router.publish, activated(self.layout, config(**ACME)))
        self.assertEqual(tls.expected(activated(self.layout, config(**ACME))), '')
        self.assertIsNone(tls.expected(activated(self.layout, config())))

    def test_an_own_one_that_ends_soon_is_spoken_of(self):
        new = self.own('one')
        self.assertEqual((tls.unwell(new), tls.detail(new.facts['certificate'])), ([], []))
        new.facts['certificate']['ends'] = time.time() + 5.5 * DAY
        self.assertEqual(tls.detail(new.facts['certificate']), ['certificate ends in 5 days'])
        self.assertRegex(tls.unwell(new)[0], r'ends on .*: give a newer one as the secret CERT$')

    def test_the_same_own_one_is_not_judged_twice(self):
        serving = self.own('one')
        self.replace(pem, 'judged', None)
        self.assertEqual(tls.check(serving.config, serving.secrets(), serving), serving.facts['certificate'])


class Renewing(TlsTest):
    def setUp(self):
        super().setUp()
        self.wanted = config(**ACME)
        acme.ensure('shop', self.wanted, Silent())
        self.serving = activated(self.layout, self.wanted)
        router.publish(self.serving)
        os.makedirs(f'{places.STATE}/apps', exist_ok=True)
        self.write(f'{places.STATE}/apps/shop')
        self.replace(places, 'is_prepared', lambda _app: True)
        self.replace(renewing.sys, 'stderr', io.StringIO())
        self.replace(renewing, '_serving', lambda _layout: self.serving)
        self.replace(router, 'points_to', lambda _layout: 1)
        self.replace(certificates.time, 'sleep', lambda _seconds: None)

    def old(self):
        return self.record(self.wanted, begins=time.time() - 70 * DAY, ends=time.time() + 20 * DAY)

    def test_leaves_alone_what_is_young(self):
        self.assertEqual(renewing.renew_all(), 0)
        self.assertEqual(len(self.asked), 1)

    def test_puts_the_new_one_where_the_old_one_is(self):
        old = self.old()
        self.assertEqual(renewing.renew_all(), 0)
        new = certificates.record(public.names_key(self.wanted))
        self.assertNotEqual(new['pem'], old['pem'])
        self.assertEqual(self.published(), new['pem'])
        self.assertEqual(os.listdir(f'{places.TLS}/store'), [f'{new["pem"]}.pem'])

    def test_does_not_take_the_place_of_what_another_activation_has_published_meanwhile(self):
        self.old()
        theirs = certificates.store(text('theirs'))
        certificates.publish('shop.example.com', theirs)
        renewing.renew_all()
        self.assertEqual(self.published(), theirs)

    def test_a_failure_is_written_down_and_told_by_the_exit_code(self):
        old = self.old()
        self.said = 'ERROR: the authority sleeps'
        self.assertEqual(renewing.renew_all(), 1)
        self.assertEqual(self.published(), old['pem'])
        self.assertIn('the authority sleeps', tls.unwell(self.serving)[0])

    def test_a_lost_record_is_made_anew(self):
        certificates.forget(public.names_key(self.wanted))
        self.assertIn('deploy again', tls.unwell(self.serving)[0])
        self.assertEqual(renewing.renew_all(), 0)
        self.assertEqual(self.published(), certificates.record(public.names_key(self.wanted))['pem'])

    def test_forgets_what_was_issued_for_nothing_once_it_is_old(self):
        other = config(domains=['never.example.com'], **ACME)
        acme.ensure('shop', other, Silent())
        renewing.renew_all()
        self.assertIsNotNone(certificates.record(public.names_key(other)))
        self.record(other, begins=time.time() - 70 * DAY, ends=time.time() + 20 * DAY)
        renewing.renew_all()
        self.assertIsNone(certificates.record(public.names_key(other)))
        self.assertEqual(len(self.asked), 2)
