''
import os
import time

from . import acme, certificates, files, hearing, pem, public
from . import layout as places
from .failures import Failure

SOON = 30


def is_on(config):
    return config['tls']['kind'] != 'off'


def secret_names(config):
    ''
    tls = config['tls']
    return [tls['certificate'], tls['key']] if tls['kind'] == 'own' else []


def check(config, secrets, serving):
    ''
    if not is_on(config):
        return None
    certificates.check_prepared()
    if config['tls']['kind'] == 'acme':
        if needs_issue(config):
            hearing.check(config)
        return None
    names = secret_names(config)
    before = serving.facts.get('certificate') if serving else None
    same = before and all(serving.secrets().get(name) == secrets[name] for name in names)
    if same and serving.config['tls'] == config['tls'] and public.names(serving.config) == public.names(config) and time.time() < before['ends']:
        return before
    found = pem.judged(secrets[names[0]], secrets[names[1]], public.names(config), names)
    return {'pem': certificates.identify(found['pem']), 'begins': found['begins'], 'ends': found['ends']}


def needs_issue(config):
    ''
    return config['tls']['kind'] == 'acme' and acme.due(certificates.record(public.names_key(config)))


def ensure(layout, config, conversation):
    ''
    if needs_issue(config):
        with hearing.heard(layout, config):
            acme.ensure(layout.app, config, conversation)


def refresh(activation, conversation):
    ''
    if not needs_issue(activation.config):
        return False
    key = public.names_key(activation.config)
    before = certificates.record(key)
    now = acme.ensure(activation.layout.app, activation.config, conversation)
    with certificates.lock('links'):
        publish_all(activation.config, now['pem'])
    return now != before


def _own(activation):
    secrets = activation.secrets()
    certificate, key = (secrets[name] for name in secret_names(activation.config))
    chain = [block for kind, block in pem.blocks(certificate) if kind == 'CERTIFICATE']
    return ''.join(chain + [block for kind, block in pem.blocks(key) if kind.endswith('PRIVATE KEY')])


def publish(activation):
    ''
    config = activation.config
    if not is_on(config):
        return
    with certificates.lock('links'):
        if config['tls']['kind'] == 'own':
            identifier = certificates.store(_own(activation))
        else:
            record = certificates.record(public.names_key(config))
            if record is None or not os.path.exists(certificates.path(record['pem'])):
                raise Failure('certificate-missing', f'There is no certificate for {", ".join(public.names(config))} on this host any more.',
                              '', 'Deploy again: it is asked for.')
            identifier = record['pem']
        publish_all(config, identifier)


def publish_all(config, identifier):
    for name in public.names(config):
        certificates.publish(public.file_name(name), identifier)


def mark(config):
    ''
    for name in public.names(config):
        path = f'{places.DOMAINS}/{public.file_name(name)}.https'
        if not is_on(config):
            files.remove(path)
            if os.path.isdir(f'{places.TLS}/live'):
                certificates.withdraw(public.file_name(name))
        elif not os.path.exists(path):
            files.write(path, '', durable=True)


def withdraw(file_name):
    ''
    files.remove(f'{places.DOMAINS}/{file_name}.https')
    if os.path.isdir(f'{places.TLS}/live'):
        certificates.withdraw(file_name)


def expected(activation):
    ''
    config = activation.config
    if not is_on(config):
        return None
    found = activation.facts['certificate'] if config['tls']['kind'] == 'own' else certificates.record(public.names_key(config))
    try:
        return certificates.fingerprint(found['pem']) if found else ''
    except OSError:
        return ''


def tidy(app, config):
    ''
    if not os.path.isdir(f'{places.TLS}/issued'):
        return
    kept = public.names(config)
    for key, record in certificates.records().items():
        if record['app'] == app and not set(record['names']) <= set(kept):
            certificates.forget(key)
    with certificates.lock('links'):
        certificates.sweep()


def unwell(activation):
    ''
    config = activation.config
    if not is_on(config):
        return []
    name = public.main_name(config)
    if config['tls']['kind'] == 'own':
        ends = activation.facts['certificate']['ends']
        return [f'{_ends(name, ends)}: give a newer one as the secret {config["tls"]["certificate"]}'] if _days(ends) < SOON else []
    key = public.names_key(config)
    record = certificates.record(key)
    if record is None:
        return [f'the record of the certificate of {name} is missing: deploy again']
    trouble = files.read_json(f'{places.TLS}/troubles/{key}.json')
    if trouble:
        return [f'{_ends(name, record["ends"])}, and could not be renewed on {trouble["at"]}: {trouble["said"]}']
    if acme.left(record) < acme.OVERDUE:
        return [f'{_ends(name, record["ends"])}, and is not being renewed: see systemctl status slipway-tls.timer on the host']
    return []


def detail(certificate):
    ''
    return [f'certificate ends in {max(0, _days(certificate["ends"]))} days'] if certificate and _days(certificate['ends']) < SOON else []


def _days(ends):
    return int((ends - time.time()) // pem.DAY)


def _ends(name, ends):
    return f'the certificate of {name} {"has ended" if ends <= time.time() else "ends"} on {pem.day(ends)}'
