"""How users reach an app: its names, and by which scheme. Everything that says or asks an address reads it from here."""
import hashlib

PORTS = {'http': 80, 'https': 443}


def names(config):
    """All names of an app: the first is the main one; those that are only redirected come last."""
    return config['domains'] + config['aliases']


def is_reached(config):
    """Does the front lead to it? A project whose services have ports of their own, or none, leaves what has no name to others."""
    return config['target'] != 'docker' or any(service['route'] is not None for service in config['services'])


def main_name(config):
    return config['domains'][0] if config['domains'] else None


def file_name(name):
    """What the files of a name are called where the front looks: a wildcard is not spelled as one there."""
    return f'_{name[1:]}' if name.startswith('*.') else name


def names_key(config):
    """The same for the same set of names."""
    return hashlib.sha256(' '.join(sorted(names(config))).encode()).hexdigest()[:32]


def scheme(config):
    return 'http' if config['tls']['kind'] == 'off' else 'https'


def address(config):
    """This host's own public listener."""
    return ('127.0.0.1', PORTS[scheme(config)])


def host_header(config):
    return main_name(config) or 'localhost'


def origin(config):
    return f'{scheme(config)}://{host_header(config)}'


def url(config):
    """What a person types; None for the app that does without a domain: the host's address is the runner's to know."""
    return origin(config) if config['domains'] and is_reached(config) else None
