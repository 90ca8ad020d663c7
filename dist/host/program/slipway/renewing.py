''
import os
import sys

from . import acme, certificates, fields, public, router, tls
from . import activation as acts
from . import layout as places
from .failures import Failure


def renew_all():
    ''
    if not os.path.isdir(f'{places.TLS}/issued'):
        return 0
    code = 0
    in_use = set()
    for app in sorted(os.listdir(f'{places.STATE}/apps')):
        if not fields.APP.match(app) or not places.is_prepared(app):
            continue
        serving = _serving(places.Layout(app))
        if serving is None or serving.config['tls']['kind'] != 'acme':
            continue
        key = public.names_key(serving.config)
        in_use.add(key)
        known = certificates.record(key) is not None
        code = max(code, _renew(app, serving.config))
        acme.relink(key)
        if not known:
            _relink_unknown(serving, key)
    for key, record in certificates.records().items():

        if key not in in_use and acme.due(record):
            certificates.forget(key)
    with certificates.lock('links'):
        certificates.sweep()
    return code


def _relink_unknown(serving, key):
    ''
    with certificates.lock('links'):
        record = certificates.record(key)
        if record is not None and router.points_to(serving.layout) == serving.number:
            tls.publish_all(serving.config, record['pem'])


def _serving(layout):
    number = router.points_to(layout)
    try:
        return acts.load(layout, number) if number is not None else None
    except Failure as failure:

        print(f'{layout.app}: {failure.what}', file=sys.stderr)
        return None


def _renew(app, config):
    key, names = public.names_key(config), ', '.join(public.names(config))
    with certificates.lock('issue'):
        record = certificates.record(key)
        if not acme.due(record):
            print(f'{app}: {names}: nothing to do, {acme.left(record):.0%} of its life is left', file=sys.stderr)
            return 0
        try:
            acme.issue(app, config)
        except Failure as failure:
            print(f'{app}: {failure.what}', file=sys.stderr)
            return 1
        print(f'{app}: {names}: renewed', file=sys.stderr)
        return 0
