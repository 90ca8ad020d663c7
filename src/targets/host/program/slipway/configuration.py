"""The resolved configuration of an app, field by field; stored ones of earlier versions get what was added since.

A key that came later is read with `value.get(KEY, DEFAULT)`, so that releases stored before it can be returned to.
"""
import re

from . import fields, sandbox
from .failures import Failure

SERVICE = re.compile(r'[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?\Z')
DOMAIN = re.compile(r'(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\Z')
NETWORK = re.compile(r'[0-9A-Fa-f.:]{2,45}(?:/[0-9]{1,3})?\Z')
ROUTE = re.compile(r'/[A-Za-z0-9._~/-]{0,200}\Z')
URL_PATH = re.compile(r'/[A-Za-z0-9._~/?&=%:@+,-]{0,500}\Z')
SIGNAL = re.compile(r'SIG(?:TERM|INT|QUIT|HUP|USR1|USR2|WINCH)\Z')
RUNTIME_VERSION = re.compile(r'[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}\Z')
SECRETS_AS = ('env', 'files')
# What would change how the install step itself runs is no name of a secret: it is to hold a value, not a way in.
CREDENTIAL = re.compile(r'(?!(?:PATH|HOME|SHELL|ENV|IFS|CI|LC_ALL|NODE_OPTIONS|LD_\w+|PYTHON\w*|VIRTUAL_ENV|UV_CACHE_DIR|UV_PYTHON\w*)\Z)'
                        r'[A-Za-z_][A-Za-z0-9_]{0,127}\Z')
OPEN = re.compile(r'[1-9][0-9]{0,4}/(?:tcp|udp)\Z')
PROTOCOLS = ('http', 'uwsgi', 'fastcgi')
# `Mon,Fri *-1,2-* 6:0,30:00 UTC`
CALENDAR = re.compile(r'(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:,(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)){0,6} )?'
                      r'\*-(?:\*|[0-9,]{1,36})-(?:\*|[0-9,]{1,90}) (?:\*|[0-9,]{1,80}):(?:\*|[0-9,]{1,200}):00 UTC\Z')
# Of files that nginx is told of: it has no escape for `$`.
SERVED = re.compile(r'[A-Za-z0-9._~@+,=/ -]+\Z')
SUPERVISORS = ('systemd', 'supervisor', 'circus')
TOOLS = ('none', 'requirements', 'uv-lock', 'pyproject', 'npm-lock', 'pnpm-lock', 'yarn-classic', 'yarn-berry')
MANAGER = re.compile(r'(?:pnpm|yarn)@\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[0-9A-Za-z.]{1,40})?(?:\+sha(?:1|224|256|384|512)\.[0-9a-f]{1,128})?\Z')
EXTRA = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\Z')
# No `-` at the end, which would ask apt to remove it.
PACKAGE = re.compile(r'[a-z0-9][a-z0-9+.-]{0,61}[a-z0-9+]\Z')


def health(value):
    kind = fields.choice(fields.mapping(value, 'health').get('kind'), 'health', ('path', 'command'))
    if kind == 'path':
        return {'kind': kind, 'path': fields.text(value.get('path'), 'health.path', URL_PATH)}
    return {'kind': kind, 'command': fields.text(value.get('command'), 'health.command')}


def runtime(value):
    return {
        'name': fields.choice(fields.mapping(value, 'runtime').get('name'), 'runtime', ('python', 'node')),
        'version': fields.optional(value.get('version'), lambda v: fields.text(v, 'runtime', RUNTIME_VERSION)),
    }


def install(value):
    tool = fields.choice(fields.mapping(value, 'install').get('tool'), 'install', TOOLS)
    if tool == 'requirements':
        return {'tool': tool, 'file': fields.relative_path(value.get('file'), 'install.file')}
    if tool in ('pnpm-lock', 'yarn-classic', 'yarn-berry'):
        return {'tool': tool, 'manager': fields.text(value.get('manager'), 'install.manager', MANAGER)}
    # Without them the key of an environment is what it was before there were any.
    return {'tool': tool, **{key: fields.each(value[key], f'install.{key}', lambda v: fields.text(v, 'install', EXTRA))
                             for key in ('extras', 'groups') if value.get(key)}}


def known(value, keys, name):
    """A key that is not known is a wish that would not come true: the host is older than who sent it."""
    strange = sorted(set(value) - set(keys))
    if strange:
        raise Failure('host-program-too-old', f'The host program does not know {name}.{strange[0]}.',
                      'The action is newer than what setup-vm installed on this host.', 'Run setup-vm, then deploy again.')


SERVICE_KEYS = ('name', 'path', 'runtime', 'install', 'installSecrets', 'start', 'route', 'protocol', 'health', 'healthTimeout', 'build',
                'before', 'after', 'env', 'secrets', 'secretsAs', 'instances', 'stop', 'overlap', 'on', 'memory', 'tasks', 'sandbox',
                'schedule', 'timeout', 'listen', 'static')
CONFIG_KEYS = ('app', 'target', 'domain', 'domains', 'aliases', 'tls', 'hsts', 'services', 'shared', 'scratch', 'artifacts', 'open',
               'keep', 'packages', 'supervisor', 'tagPrefix', 'rollbackFloor', 'pages', 'trustedProxies')


def hook(value):
    """A command of `build`, `before` or `after`: a line, or a line with a limit of its own."""
    if not isinstance(value, dict):
        return fields.text(value, 'command', limit=65536)
    known(value, ('run', 'timeout'), 'command')
    return {'run': fields.text(value.get('run'), 'command', limit=65536),
            'timeout': fields.number(value.get('timeout'), 'command.timeout', 1, 86400)}


def service(value):
    known(fields.mapping(value, 'service'), SERVICE_KEYS, 'service')
    stop = fields.mapping(value.get('stop'), 'stop')
    site = fields.optional(value.get('static'), static)
    if value.get('route') is None and (site or value.get('listen', 'port') != 'port'):
        fields.refuse('static or listen', value.get('name'))
    return {
        'name': fields.text(value.get('name'), 'service', SERVICE),
        'path': fields.folder(value.get('path')),
        'runtime': fields.optional(value.get('runtime'), runtime),
        'install': install(value.get('install')),
        'installSecrets': fields.each(value.get('installSecrets', []), 'install.secrets',
                                      lambda v: fields.text(v, 'install.secrets', CREDENTIAL)),
        'start': fields.text(value.get('start'), 'start'),
        'route': fields.optional(value.get('route'), lambda v: fields.text(v, 'route', ROUTE)),
        'protocol': fields.choice(value.get('protocol'), 'protocol', PROTOCOLS),
        'health': fields.optional(value.get('health'), health),
        'healthTimeout': fields.number(value.get('healthTimeout'), 'health.timeout', 0.1, 3600),
        'build': fields.each(value.get('build'), 'build', hook),
        'before': fields.each(value.get('before'), 'before', hook),
        'after': fields.each(value.get('after', []), 'after', hook),
        'env': fields.env_map(value.get('env'), 'env'),
        'secrets': fields.each(value.get('secrets'), 'secrets', lambda v: fields.text(v, 'secrets', fields.ENV_NAME)),
        'secretsAs': fields.choice(value.get('secretsAs', 'env'), 'secretsAs', SECRETS_AS),
        'instances': fields.whole(value.get('instances'), 'instances', *((0, 0) if site else (1, 64))),
        'stop': {
            'signal': fields.text(stop.get('signal'), 'stop.signal', SIGNAL),
            'timeout': fields.number(stop.get('timeout'), 'stop.timeout', 0, 3600),
        },
        'overlap': fields.flag(value.get('overlap'), 'overlap'),
        'on': fields.choice(value.get('on'), 'on', ('all', 'first')),
        'memory': fields.optional(value.get('memory'), lambda v: fields.whole(v, 'memory', 1 << 20, 1 << 50)),
        'tasks': fields.optional(value.get('tasks'), lambda v: fields.whole(v, 'tasks', 1, 1 << 22)),
        'sandbox': wider(value.get('sandbox', sandbox.NARROW)),
        'schedule': schedule(value),
        'timeout': fields.number(value.get('timeout', 86400), 'timeout', 1, 86400),
        'listen': fields.choice(value.get('listen', 'port'), 'listen', ('port', 'socket')),
        'static': site,
    }


def one_way(services):
    """Services of one folder share what is installed there."""
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


def wider(value):
    known(fields.mapping(value, 'sandbox'), sandbox.NARROW, 'sandbox')
    return {key: fields.flag(value.get(key, False), f'sandbox.{key}') for key in sandbox.NARROW}


def schedule(service):
    """None: it runs always. Of calendar expressions, systemd's own, only those come here that a cron expression comes to."""
    value = service.get('schedule')
    if value is None:
        return None
    kind = fields.choice(fields.mapping(value, 'schedule').get('kind'), 'schedule', ('once', 'times'))
    if service.get('route') is not None or service.get('instances') != 1:
        fields.refuse('schedule', 'of a service with a route, or of several instances')
    if kind == 'once':
        return {'kind': kind}
    times = fields.each(value.get('calendar'), 'schedule.calendar', lambda v: fields.text(v, 'schedule.calendar', CALENDAR, 400), 2)
    return {'kind': kind, 'calendar': times or fields.refuse('schedule.calendar', times)}


def served(value, name):
    return fields.text(fields.relative_path(value, name), name, SERVED)


def static(value):
    """What a service is that has no process: files of a folder."""
    known(fields.mapping(value, 'static'), ('folder', 'fallback', 'cache'), 'static')
    return {'folder': served(value.get('folder'), 'static.folder'),
            'fallback': fields.optional(value.get('fallback'), lambda v: served(v, 'static.fallback')),
            'cache': fields.optional(value.get('cache'), lambda v: fields.number(v, 'static.cache', 0, 10 ** 9))}


def pages(value):
    known(fields.mapping(value, 'pages'), ('error', 'maintenance'), 'pages')
    return {name: fields.relative_path(path, f'pages.{name}') for name, path in value.items()}


def domain(value):
    # Names that the host itself uses: for the one app that does without a domain, for its own questions, for nobody.
    return fields.text(value, 'domain', DOMAIN) if value not in ('default', 'localhost', 'none') else fields.refuse('domain', value)


def any_domain(value):
    """A domain, or a wildcard for one label of it."""
    if isinstance(value, str) and value.startswith('*.') and '.' in value[2:]:
        return f'*.{domain(value[2:])}'
    return domain(value)


def tls(value):
    kind = fields.choice(fields.mapping(value, 'tls').get('kind'), 'tls', ('off', 'acme', 'own'))
    if kind != 'own':
        return {'kind': kind}
    return {'kind': kind, **{part: fields.text(value.get(part), f'tls.{part}', fields.ENV_NAME) for part in ('certificate', 'key')}}


def network(value):
    """An address, or a network of them, which is not all there are."""
    # Most apps have none, and it takes some milliseconds to import.
    import ipaddress
    try:
        found = ipaddress.ip_network(fields.text(value, 'trustedProxies', NETWORK))
    except ValueError:
        return fields.refuse('trustedProxies', value)
    return value if found.prefixlen > 0 else fields.refuse('trustedProxies', value)


def reached_by(value):
    """The names of the app, and what goes with them. Earlier versions knew one name, and no TLS."""
    old = fields.optional(value.get('domain'), domain)
    domains = fields.each(value.get('domains', [old] if old else []), 'domains', any_domain, limit=100)
    aliases = fields.each(value.get('aliases', []), 'aliases', domain, limit=100)
    how = tls(value.get('tls', {'kind': 'off'}))
    hsts = fields.optional(value.get('hsts'), lambda v: fields.whole(v, 'hsts', 1, 10 * 366 * 86400))
    names = domains + aliases
    wild = [name for name in names if name.startswith('*.')]
    if len(set(names)) != len(names) or names[:1] != domains[:1] or (names and names[0] in wild):
        fields.refuse('domains', names)
    if (how['kind'] != 'off' and not names) or (how['kind'] == 'acme' and wild):
        fields.refuse('tls', how['kind'])
    proxies = fields.each(value.get('trustedProxies', []), 'trustedProxies', network, limit=100)
    if hsts is not None and how['kind'] == 'off' and not (proxies and names):
        fields.refuse('hsts', hsts)
    return {'domains': domains, 'aliases': aliases, 'tls': how, 'hsts': hsts, 'trustedProxies': proxies}


def apart(paths):
    """None of the paths is, or lies below, another: what the app owns must not lead root astray on the way to the next."""
    for path in paths:
        if any(path.startswith(f'{other}/') for other in paths) or paths.count(path) > 1:
            fields.refuse('shared or scratch', path)


def config(value, app):
    """The resolved configuration, field by field; anything else in it is refused."""
    if not isinstance(value, dict) or value.get('app') != app:
        fields.refuse('config.app', value.get('app') if isinstance(value, dict) else value)
    known(value, CONFIG_KEYS, 'config')
    services = fields.each(value.get('services'), 'services', service, limit=64)
    names = [item['name'] for item in services]
    routes = [item['route'].rstrip('/') for item in services if item['route'] is not None]
    if not services or len(set(names)) != len(names) or len(set(routes)) != len(routes):
        fields.refuse('services', names)
    shared = fields.each(value.get('shared'), 'shared', lambda v: fields.relative_path(v, 'shared'))
    scratch = fields.each(value.get('scratch'), 'scratch', lambda v: fields.relative_path(v, 'scratch'))
    apart(shared + scratch)
    for path in shared + scratch:
        # What is installed there root clones from release to release.
        if 'node_modules' in path.split('/'):
            fields.refuse('shared or scratch', path)
    for item in services:
        if item['secretsAs'] == 'files' and ('CREDENTIALS_DIRECTORY' in item['env']
                                             or any(f'{name}_FILE' in item['env'] for name in item['secrets'])):
            fields.refuse('secrets', item['secrets'])
        # Its environment would be made in a folder of the app's.
        if any(item['path'] == path or item['path'].startswith(f'{path}/') for path in shared + scratch):
            fields.refuse('path', item['path'])
        folder = item['static']['folder'] if item['static'] else None
        if folder and any(folder == path or folder.startswith(f'{path}/') for path in scratch):
            fields.refuse('static', folder)
        for path in shared:
            if folder and path.startswith(f'{folder}/'):
                served(path, 'shared')
    one_way(services)
    fields.choice(value.get('target'), 'target', ('vm',))
    return {
        'app': app,
        'target': 'vm',
        **reached_by(value),
        'services': services,
        'shared': shared,
        'scratch': scratch,
        'artifacts': fields.each(value.get('artifacts'), 'artifacts', lambda v: fields.relative_path(v, 'artifacts')),
        'packages': fields.each(value.get('packages', []), 'packages', lambda v: fields.text(v, 'packages', PACKAGE)),
        'open': fields.each(value.get('open', []), 'open', lambda v: fields.text(v, 'open', OPEN)),
        'keep': fields.whole(value.get('keep'), 'keep', 1, 1000),
        'supervisor': fields.choice(value.get('supervisor'), 'supervisor', SUPERVISORS),
        'pages': pages(value.get('pages', {})),
        'tagPrefix': fields.text(value.get('tagPrefix', ''), 'tagPrefix', limit=100),
        'rollbackFloor': fields.flag(value.get('rollbackFloor', False), 'rollbackFloor'),
    }
