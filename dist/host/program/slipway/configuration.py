''
import re

from . import earlier_versions, fields, service_fields
from .failures import Failure
from .project import wanted

DOMAIN = re.compile(r'(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\Z')
NETWORK = re.compile(r'[0-9A-Fa-f.:]{2,45}(?:/[0-9]{1,3})?\Z')
OPEN = re.compile(r'[1-9][0-9]{0,4}/(?:tcp|udp)\Z')
SUPERVISORS = ('systemd', 'supervisor', 'circus', 'compose')

PACKAGE = re.compile(r'[a-z0-9][a-z0-9+.-]{0,61}[a-z0-9+]\Z')
CONFIG_KEYS = ('app', 'target', 'domain', 'domains', 'aliases', 'tls', 'hsts', 'services', 'shared', 'scratch', 'artifacts', 'open',
               'keep', 'packages', 'supervisor', 'tagPrefix', 'rollbackFloor', 'pages', 'trustedProxies', 'compose')


def config(value, app):
    ''
    if not isinstance(value, dict) or value.get('app') != app:
        fields.refuse('config.app', value.get('app') if isinstance(value, dict) else value)
    fields.known(value, CONFIG_KEYS, 'config')
    value = earlier_versions.with_keys_of_app(value)
    services = fields.each(value.get('services'), 'services', service_fields.service, limit=64)
    names = [item['name'] for item in services]
    routes = [item['route'].rstrip('/') for item in services if item['route'] is not None]
    target = fields.choice(value.get('target'), 'target', ('vm', 'docker'))
    in_containers = target == 'docker'
    if bool(services) == in_containers or len(set(names)) != len(names) or len(set(routes)) != len(routes):
        fields.refuse('services', names)
    shared = fields.each(value.get('shared'), 'shared', lambda v: fields.relative_path(v, 'shared'))
    scratch = fields.each(value.get('scratch'), 'scratch', lambda v: fields.relative_path(v, 'scratch'))
    apart(shared + scratch)
    for path in shared + scratch:

        if 'node_modules' in path.split('/'):
            fields.refuse('shared or scratch', path)
    for item in services:
        if item['secretsAs'] == 'files' and ('CREDENTIALS_DIRECTORY' in item['env']
                                             or any(f'{name}_FILE' in item['env'] for name in item['secrets'])):
            fields.refuse('secrets', item['secrets'])

        if any(item['path'] == path or item['path'].startswith(f'{path}/') for path in shared + scratch):
            fields.refuse('path', item['path'])
        folder = item['static']['folder'] if item['static'] else None
        if folder and any(folder == path or folder.startswith(f'{path}/') for path in scratch):
            fields.refuse('static', folder)
        for path in shared:
            if folder and path.startswith(f'{folder}/'):
                service_fields.served(path, 'shared')
    one_way(services)
    supervisor = fields.choice(value.get('supervisor'), 'supervisor', SUPERVISORS)
    if in_containers != (supervisor == 'compose') or in_containers != ('compose' in value) or (in_containers and scratch):
        fields.refuse('target', target)
    return {
        'app': app,
        'target': target,
        **reached_by(value),
        'services': services,
        'shared': shared,
        'scratch': scratch,
        'artifacts': fields.each(value.get('artifacts'), 'artifacts', lambda v: fields.relative_path(v, 'artifacts')),
        'packages': fields.each(value['packages'], 'packages', lambda v: fields.text(v, 'packages', PACKAGE)),
        'open': fields.each(value['open'], 'open', lambda v: fields.text(v, 'open', OPEN)),
        'keep': fields.whole(value.get('keep'), 'keep', 1, 1000),
        'supervisor': supervisor,
        'pages': pages(value['pages']),
        'tagPrefix': fields.text(value['tagPrefix'], 'tagPrefix', limit=100),
        'rollbackFloor': fields.flag(value['rollbackFloor'], 'rollbackFloor'),
        **({'compose': wanted.settings(value['compose'])} if in_containers else {}),
    }


def again(release):
    ''




    try:
        return config(release.info['config'], release.layout.app)
    except Failure as failure:
        if failure.code != 'bad-field':
            raise
        raise Failure(
            'stored-release-refused', f'The host activates the stored release {release.id} no more. {failure.what}',
            'It was stored under the rules of an earlier version of Slipway. What serves of it goes on, and can be reverted to.',
            f'Correct that in slipway.yml, and deploy a new version; or go back to another one than {release.info["version"]}.') from failure


def reached_by(value):
    ''
    old = fields.optional(value.get('domain'), domain)
    domains = fields.each(value.get('domains', [old] if old else []), 'domains', any_domain, limit=100)
    aliases = fields.each(value['aliases'], 'aliases', domain, limit=100)
    how = tls(value['tls'])
    hsts = fields.optional(value['hsts'], lambda v: fields.whole(v, 'hsts', 1, 10 * 366 * 86400))
    names = domains + aliases
    wild = [name for name in names if name.startswith('*.')]
    if len(set(names)) != len(names) or names[:1] != domains[:1] or (names and names[0] in wild):
        fields.refuse('domains', names)
    if (how['kind'] != 'off' and not names) or (how['kind'] == 'acme' and wild):
        fields.refuse('tls', how['kind'])
    proxies = fields.each(value['trustedProxies'], 'trustedProxies', network, limit=100)
    if hsts is not None and how['kind'] == 'off' and not (proxies and names):
        fields.refuse('hsts', hsts)
    return {'domains': domains, 'aliases': aliases, 'tls': how, 'hsts': hsts, 'trustedProxies': proxies}


def any_domain(value):
    ''
    if isinstance(value, str) and value.startswith('*.') and '.' in value[2:]:
        return f'*.{domain(value[2:])}'
    return domain(value)


def domain(value):

    return fields.text(value, 'domain', DOMAIN) if value not in ('default', 'localhost', 'none') else fields.refuse('domain', value)


def tls(value):
    kind = fields.choice(fields.mapping(value, 'tls').get('kind'), 'tls', ('off', 'acme', 'own'))
    if kind != 'own':
        return {'kind': kind}
    return {'kind': kind, **{part: fields.text(value.get(part), f'tls.{part}', fields.ENV_NAME) for part in ('certificate', 'key')}}


def network(value):
    ''

    import ipaddress
    try:
        found = ipaddress.ip_network(fields.text(value, 'trustedProxies', NETWORK))
    except ValueError:
        return fields.refuse('trustedProxies', value)
    return value if found.prefixlen > 0 else fields.refuse('trustedProxies', value)


def pages(value):
    fields.known(fields.mapping(value, 'pages'), ('error', 'maintenance'), 'pages')
    return {name: fields.relative_path(path, f'pages.{name}') for name, path in value.items()}


def one_way(services):
    ''
    for service in services:
        for other in services:
            if service['runtime'] is None or other['runtime'] is None or other['path'] != service['path'] \
                    or other['runtime']['name'] != service['runtime']['name']:
                continue
            same = other['runtime']['version'] == service['runtime']['version']
            if same and other['install'] != service['install']:
                fields.refuse('install', other['name'])
            if not same and service['runtime']['name'] == 'node' and 'none' not in (service['install']['tool'], other['install']['tool']):
                fields.refuse('runtime', other['name'])


def apart(paths):
    ''
    for path in paths:
        if any(path.startswith(f'{other}/') for other in paths) or paths.count(path) > 1:
            fields.refuse('shared or scratch', path)
