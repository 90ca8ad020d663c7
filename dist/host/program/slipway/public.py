''
import hashlib

PORTS = {'http': 80, 'https': 443}


def names(config):
    ''
    return config['domains'] + config['aliases']


def is_reached(config):
    ''
    return config['target'] != 'docker' or any(service['route'] is not None for service in config['services'])


def main_name(config):
    return config['domains'][0] if config['domains'] else None


def file_name(name):
    ''
    return f'_{name[1:]}' if name.startswith('*.') else name


def names_key(config):
    ''
    return hashlib.sha256(' '.join(sorted(names(config))).encode()).hexdigest()[:32]


def scheme(config):
    return 'http' if config['tls']['kind'] == 'off' else 'https'


def address(config):
    ''
    return ('127.0.0.1', PORTS[scheme(config)])


def host_header(config):
    return main_name(config) or 'localhost'


def origin(config):
    return f'{scheme(config)}://{host_header(config)}'


def url(config):
    ''
    return origin(config) if config['domains'] and is_reached(config) else None
