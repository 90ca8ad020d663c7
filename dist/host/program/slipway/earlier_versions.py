''





from . import sandbox


def completed(value):
    ''
    services = [{**service, 'sandbox': {**sandbox.NARROW, **service['sandbox']}} for service in map(with_keys_of_service, value['services'])]

    old = value.get('domain')
    found = {'domains': [old] if old else [], **with_keys_of_app(value), 'services': services}
    found.pop('domain', None)
    return found


def with_keys_of_app(value):
    ''
    return {'aliases': [], 'tls': {'kind': 'off'}, 'hsts': None, 'trustedProxies': [], 'packages': [], 'open': [], 'pages': {},
            'tagPrefix': '', 'rollbackFloor': False, **value}


def with_keys_of_service(value):
    return {'installSecrets': [], 'after': [], 'secretsAs': 'env', 'tasks': None, 'sandbox': sandbox.NARROW, 'schedule': None,
            'timeout': 86400, 'listen': 'port', 'static': None, **value}
