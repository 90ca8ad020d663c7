"""What certificates say, and what is wrong with one's own."""

import os
import subprocess
import time

from place import PlaceTest
from slipway import pem

SECRETS = ('CERT', 'KEY')


class Reading(PlaceTest):
    def test_a_wildcard_stands_for_one_label(self):
        self.assertTrue(pem.covers('a.example.com', 'a.example.com'))
        self.assertTrue(pem.covers('*.example.com', 'a.example.com'))
        self.assertTrue(pem.covers('*.example.com', '*.example.com'))
        for pattern, name in (
            ('*.example.com', 'example.com'),
            ('*.example.com', 'a.b.example.com'),
            ('a.example.com', '*.example.com'),
            ('*.com', '*.example.com'),
            ('a.example.com', 'b.example.com'),
        ):
            self.assertFalse(pem.covers(pattern, name), (pattern, name))
        self.assertEqual(pem.uncovered(['a.x', '*.b.x'], ['a.x', 'c.b.x', 'b.x', '*.b.x']), ['b.x'])

    def test_dates_are_read_and_said(self):
        self.assertEqual(pem.seconds('Nov 20 19:33:15 2026 GMT'), 1795203195)
        self.assertEqual(pem.seconds('Jan  2 00:00:00 1970 GMT'), 86400)
        self.assertEqual(pem.seconds('tomorrow'), 0)
        self.assertEqual(pem.day(1795203195), '2026-11-20')

    def test_blocks_are_found_among_other_text_and_with_other_line_ends(self):
        text = 'subject=x\r\n-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n\n-----BEGIN EC PRIVATE KEY-----\nBB\n-----END EC PRIVATE KEY-----'
        self.assertEqual([kind for kind, _ in pem.blocks(text)], ['CERTIFICATE', 'EC PRIVATE KEY'])
        self.assertEqual(pem.blocks(text)[0][1], '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
        self.assertEqual(pem.blocks('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERT-----'), [])

    def test_a_block_begins_where_it_begins_last(self):
        whole = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
        self.assertEqual([text for _, text in pem.blocks('-----BEGIN CERTIFICATE-----\n' * 2 + whole)], [whole])
        # Each of so many was looked through to the end once.
        self.assertEqual(pem.blocks('-----BEGIN A-----\n' * 100_000), [])


class Judging(PlaceTest):
    def made(self, name, *alternatives, days=30):
        folder = self.folder
        names = ','.join(f'DNS:{one}' for one in alternatives)
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', str(days)]
            + ['-subj', f'/CN={name}', '-addext', f'subjectAltName={names}', '-keyout', f'{name}.key', '-out', f'{name}.pem'],
            cwd=folder,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        return self.read(f'{name}.pem'), self.read(f'{name}.key')

    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.made('shop', 'shop.example.com', '*.shop.example.com')

    def faults(self, certificate, key, *names, now=None):
        return self.refused('certificate-unfit', pem.judged, certificate, key, names or ('shop.example.com',), SECRETS, now).what

    def test_a_sound_one_is_taken_with_its_dates(self):
        found = pem.judged(self.certificate, self.key, ['shop.example.com', '*.shop.example.com'], SECRETS)
        self.assertEqual([kind for kind, _ in pem.blocks(found['pem'])], ['CERTIFICATE', 'PRIVATE KEY'])
        self.assertAlmostEqual(found['ends'] - found['begins'], 30 * 86400, delta=5)
        self.assertEqual(len(pem.fingerprint(found['pem'])), 64)

    def test_says_all_that_is_wrong_at_once_and_nothing_of_the_key(self):
        _, other = self.made('other', 'other.example.com')
        said = self.faults(self.certificate, other, 'shop.example.com', 'blog.example.com', 'a.b.shop.example.com', now=time.time() + 40 * 86400)
        for words in ('the key does not belong', 'CN=shop has expired on', 'does not cover blog.example.com, a.b.shop.example.com'):
            self.assertIn(words, said)
        self.assertNotIn(other.splitlines()[1], said)

    def test_knows_what_stands_in_the_wrong_place(self):
        second, _ = self.made('second', 'second.example.com')
        for certificate, key, words in (
            ('', self.key, 'CERT holds no certificate in PEM'),
            ('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', self.key, 'CERT holds what openssl cannot read'),
            (self.certificate + self.key, self.key, 'CERT holds a private key, which belongs into KEY alone'),
            (self.certificate, self.certificate, 'KEY holds no private key'),
            (self.certificate, self.key * 2, 'KEY holds several private keys'),
            (self.certificate, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----', 'locked with a passphrase'),
            (self.certificate, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'KEY holds a private key that openssl cannot read'),
            (second + self.certificate, self.key, 'is number 2 in the file, and has to be the first'),
            (self.certificate + second, self.key, 'number 2 in the file is not who signed number 1'),
        ):
            with self.subTest(words=words):
                self.assertIn(words, self.faults(certificate, key))

    def test_one_of_next_week_is_not_valid_yet(self):
        self.assertIn('is not valid before', self.faults(self.certificate, self.key, now=time.time() - 7 * 86400))

    def test_a_key_is_never_an_argument(self):
        told = []
        real = pem.run
        self.replace(pem, 'run', lambda argv, *rest: (told.append(argv), real(argv, *rest))[1])
        pem.judged(self.certificate, self.key, ['shop.example.com'], SECRETS)
        self.assertTrue(told)
        self.assertNotIn(self.key.splitlines()[1], str(told))
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith('.new')], [])
