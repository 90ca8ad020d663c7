''
import json
import os
import re
import time

from . import certificates, files, pem, public
from . import layout as places
from .failures import Failure, evidence
from .processes import run
from .records import now as written_now

DEHYDRATED = '/usr/bin/dehydrated'
LIMIT = 180

LEFT = 1 / 3

OVERDUE = 1 / 4

SUBJECT = 64


def due(record, now=None):
    ''
    return record is None or not os.path.exists(certificates.path(record['pem'])) or left(record, now) < LEFT


def left(record, now=None):
    ''
    now = time.time() if now is None else now
    return (record['ends'] - now) / max(1, record['ends'] - record['begins'])


def ensure(app, config, conversation):
    ''
    key = public.names_key(config)
    record = certificates.record(key)
    if not due(record):
        return record
    with certificates.lock('issue'):
        record = certificates.record(key)
        if not due(record):
            return record
        conversation.progress(f'asking the certificate authority for {", ".join(public.names(config))}')
        try:
            return issue(app, config)
        except Failure as failure:
            if record is None or left(record) <= 0 or not os.path.exists(certificates.path(record['pem'])):
                raise

            conversation.progress(f'the certificate could not be renewed, and ends on {pem.day(record["ends"])}: {failure.what}')
            return record


def issue(app, config):
    ''
    key, names = public.names_key(config), public.names(config)
    check_prepared()
    made = f'{places.ACME}/certs/{key}'
    files.remove(made)

    words = [word for name in sorted(names, key=lambda name: len(name) > SUBJECT) for word in ('--domain', name)]
    result = run([DEHYDRATED, '--cron', '--accept-terms', '--no-lock', '--force', '--config', f'{places.ACME}/config',
                  '--out', f'{places.ACME}/certs', '--alias', key, *words], LIMIT)
    try:
        with open(f'{made}/fullchain.pem', encoding='ascii') as chain, open(f'{made}/privkey.pem', encoding='ascii') as secret:
            text = chain.read() + secret.read()
    except OSError:
        text = ''
    files.remove(made)
    if result.code != 0 or not text:
        failure = refused(names, result)
        files.write(f'{places.TLS}/troubles/{key}.json', json.dumps({'at': written_now(), 'said': failure.what}), mode=0o600)
        raise failure
    leaf = pem.Certificate(pem.blocks(text)[0][1])
    with certificates.lock('links'):
        before = certificates.record(key)
        record = {'app': app, 'names': names, 'pem': certificates.store(text), 'begins': leaf.begins, 'ends': leaf.ends,
                  'past': ([*before['past'], before['pem']] if before else [])[-5:]}
        files.write(f'{places.TLS}/issued/{key}.json', json.dumps(record), mode=0o600, durable=True)
    files.remove(f'{places.TLS}/troubles/{key}.json')
    return record


def refused(names, result):
    said = words_of(result.output)
    if result.code == 124:
        said = f'it took longer than {LIMIT} s'
    return Failure(
        'certificate-refused', f'No certificate for {", ".join(names)}: {said or f"dehydrated ended with {result.code}"}.',
        'The authority asks each of the names, on port 80, for a word that this host has for it.',
        f'See that every name leads to this host (dig +short {names[0]}) and that port 80 is open to the world, then run this again. '
        'To go on without, write `tls: off`.', [evidence('dehydrated', result.output)])


def words_of(output):
    ''
    told = re.findall(r'"detail"\]?\s*:?\s*"((?:[^"\\]|\\.)*)"', output)
    if not told:
        told = re.findall(r'^\s*(?:\+ )?ERROR: (.*)$', output, re.MULTILINE)[-1:]
    return '; '.join(dict.fromkeys(re.sub(r'\\(.)', r'\1', ' '.join(text.split())).rstrip('.') for text in told))[:600]


def check_prepared():
    if not os.path.exists(DEHYDRATED) or not os.path.exists(f'{places.ACME}/config'):
        raise Failure('acme-not-prepared', 'This host is not prepared to ask for certificates.',
                      'setup-vm brings what asks for them, when slipway.yml wants them.',
                      'Run setup-vm with this slipway.yml, then deploy again.')


def relink(key):
    ''
    changed = 0
    with certificates.lock('links'):
        record = certificates.record(key)
        for name in record['names'] if record else []:

            if certificates.published(public.file_name(name)) in record['past']:
                certificates.publish(public.file_name(name), record['pem'])
                changed += 1
    return changed
