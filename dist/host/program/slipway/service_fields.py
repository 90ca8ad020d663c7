''
import re

from . import earlier_versions, fields, sandbox

SERVICE = re.compile(r'[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?\Z')
ROUTE = re.compile(r'/[A-Za-z0-9._~/-]{0,200}\Z')
URL_PATH = re.compile(r'/[A-Za-z0-9._~/?&=%:@+,-]{0,500}\Z')
SIGNAL = re.compile(r'SIG(?:TERM|INT|QUIT|HUP|USR1|USR2|WINCH)\Z')
RUNTIME_VERSION = re.compile(r'[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}\Z')
SECRETS_AS = ('env', 'files')

CREDENTIAL = re.compile(r'(?!(?:PATH|HOME|SHELL|ENV|BASH_ENV|IFS|CI|LC_ALL|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|LD_\w+|GLIBC_TUNABLES|PYTHON\w*|VIRTUAL_ENV|'
                        r'UV_CACHE_DIR|UV_PYTHON\w*|COREPACK_(?!NPM_(?:TOKEN|USERNAME|PASSWORD)\Z)\w*)\Z)[A-Za-z_][A-Za-z0-9_]{0,127}\Z')
PROTOCOLS = ('http', 'uwsgi', 'fastcgi')

CALENDAR = re.compile(r'(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:,(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)){0,6} )?'
                      r'\*-(?:\*|[0-9,]{1,36})-(?:\*|[0-9,]{1,90}) (?:\*|[0-9,]{1,80}):(?:\*|[0-9,]{1,200}):00 UTC\Z')

SERVED = re.compile(r'[A-Za-z0-9._~@+,=/ -]+\Z')
TOOLS = ('none', 'requirements', 'uv-lock', 'pyproject', 'npm-lock', 'pnpm-lock', 'yarn-classic', 'yarn-berry')
MANAGER = re.compile(r'(?:pnpm|yarn)@\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[0-9A-Za-z.]{1,40})?(?:\+sha(?:1|224|256|384|512)\.[0-9a-f]{1,128})?\Z')
EXTRA = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?\Z')
SERVICE_KEYS = ('name', 'path', 'runtime', 'install', 'installSecrets', 'start', 'route', 'protocol', 'health', 'healthTimeout', 'build',
                'before', 'after', 'env', 'secrets', 'secretsAs', 'instances', 'stop', 'overlap', 'on', 'memory', 'tasks', 'sandbox',
                'schedule', 'timeout', 'listen', 'static')


def service(value):
    fields.known(fields.mapping(value, 'service'), SERVICE_KEYS, 'service')
    value = earlier_versions.with_keys_of_service(value)
    stop = fields.mapping(value.get('stop'), 'stop')
    site = fields.optional(value['static'], static)
    if value.get('route') is None and (site or value['listen'] != 'port'):
        fields.refuse('static or listen', value.get('name'))
    return {
        'name': fields.text(value.get('name'), 'service', SERVICE),
        'path': fields.folder(value.get('path')),
        'runtime': fields.optional(value.get('runtime'), runtime),
        'install': install(value.get('install')),
        'installSecrets': fields.each(value['installSecrets'], 'install.secrets',
                                      lambda v: fields.text(v, 'install.secrets', CREDENTIAL)),
        'start': fields.text(value.get('start'), 'start'),
        'route': fields.optional(value.get('route'), lambda v: fields.text(v, 'route', ROUTE)),
        'protocol': fields.choice(value.get('protocol'), 'protocol', PROTOCOLS),
        'health': fields.optional(value.get('health'), health),
        'healthTimeout': fields.number(value.get('healthTimeout'), 'health.timeout', 0.1, 3600),
        'build': fields.each(value.get('build'), 'build', hook),
        'before': fields.each(value.get('before'), 'before', hook),
        'after': fields.each(value['after'], 'after', hook),
        'env': fields.env_map(value.get('env'), 'env'),
        'secrets': fields.each(value.get('secrets'), 'secrets', lambda v: fields.text(v, 'secrets', fields.ENV_NAME)),
        'secretsAs': fields.choice(value['secretsAs'], 'secretsAs', SECRETS_AS),
        'instances': fields.whole(value.get('instances'), 'instances', *((0, 0) if site else (1, 64))),
        'stop': {
            'signal': fields.text(stop.get('signal'), 'stop.signal', SIGNAL),
            'timeout': fields.number(stop.get('timeout'), 'stop.timeout', 0, 3600),
        },
        'overlap': fields.flag(value.get('overlap'), 'overlap'),
        'on': fields.choice(value.get('on'), 'on', ('all', 'first')),
        'memory': fields.optional(value.get('memory'), lambda v: fields.whole(v, 'memory', 1 << 20, 1 << 50)),
        'tasks': fields.optional(value['tasks'], lambda v: fields.whole(v, 'tasks', 1, 1 << 22)),
        'sandbox': wider(value['sandbox']),
        'schedule': schedule(value),
        'timeout': fields.number(value['timeout'], 'timeout', 1, 86400),
        'listen': fields.choice(value['listen'], 'listen', ('port', 'socket')),
        'static': site,
    }


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

    return {'tool': tool, **{key: fields.each(value[key], f'install.{key}', lambda v: fields.text(v, 'install', EXTRA))
                             for key in ('extras', 'groups') if value.get(key)}}


def hook(value):
    ''
    if not isinstance(value, dict):
        return fields.text(value, 'command', limit=65536)
    fields.known(value, ('run', 'timeout'), 'command')
    return {'run': fields.text(value.get('run'), 'command', limit=65536),
            'timeout': fields.number(value.get('timeout'), 'command.timeout', 1, 86400)}


def wider(value):
    fields.known(fields.mapping(value, 'sandbox'), sandbox.NARROW, 'sandbox')
    return {key: fields.flag(value.get(key, False), f'sandbox.{key}') for key in sandbox.NARROW}


def schedule(service):
    ''
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


def static(value):
    ''
    fields.known(fields.mapping(value, 'static'), ('folder', 'fallback', 'cache'), 'static')
    return {'folder': served(value.get('folder'), 'static.folder'),
            'fallback': fields.optional(value.get('fallback'), lambda v: served(v, 'static.fallback')),
            'cache': fields.optional(value.get('cache'), lambda v: fields.number(v, 'static.cache', 0, 10 ** 9))}


def served(value, name):
    return fields.text(fields.relative_path(value, name), name, SERVED)
