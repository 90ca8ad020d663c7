"""Configurations of earlier versions: those that this host has stored, and those that an older runner sends.

What an older runner sends is judged like everything that is received (`configuration.py`). What is stored was judged when it was
received, and is root's own since: it is never refused again, whatever became of the rules, for what serves has to be
loaded, looked at, replaced and gone back to.
"""
from . import sandbox


def completed(value):
    """A stored configuration as if this version had stored it: with the keys that came later, in the shapes of today."""
    services = [{**service, 'sandbox': {**sandbox.NARROW, **service['sandbox']}} for service in map(with_keys_of_service, value['services'])]
    # There was one name.
    old = value.get('domain')
    found = {'domains': [old] if old else [], **with_keys_of_app(value), 'services': services}
    found.pop('domain', None)
    return found


def with_keys_of_app(value):
    """A key that is missing means what was so before there was such a key."""
    return {'aliases': [], 'tls': {'kind': 'off'}, 'hsts': None, 'trustedProxies': [], 'packages': [], 'open': [], 'pages': {},
            'tagPrefix': '', 'rollbackFloor': False, **value}


def with_keys_of_service(value):
    return {'installSecrets': [], 'after': [], 'secretsAs': 'env', 'tasks': None, 'sandbox': sandbox.NARROW, 'schedule': None,
            'timeout': 86400, 'listen': 'port', 'static': None, **value}
