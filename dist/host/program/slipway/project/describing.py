''
from .. import sandbox
from . import numbers
from .durations import seconds
from .kinds import BESIDE, JOB


PATIENCE = 60.0


def services(model, kinds, pins):
    return [_service(name, model['services'][name], kind, (pins.get(name) or {}).get('check')) for name, kind in sorted(kinds.items()) if kind.kind != JOB and instances(model['services'][name])]


def instances(service):
    said = service.get('scale') if service.get('scale') is not None else (service.get('deploy') or {}).get('replicas')
    return 1 if said is None else int(said)


def _service(name, service, kind, of_image):
    return {
        'name': name, 'path': '.', 'runtime': None, 'install': {'tool': 'none'}, 'installSecrets': [], 'start': '',
        'route': kind.route, 'protocol': 'http', 'health': kind.health,
        'healthTimeout': kind.timeout or _patience(service.get('healthcheck') or {}, of_image),
        'build': [], 'before': [], 'after': [], 'env': {}, 'secrets': [], 'secretsAs': 'env', 'instances': instances(service),
        'stop': {'signal': service.get('stop_signal') or 'SIGTERM', 'timeout': seconds(service.get('stop_grace_period'), 10.0)},
        'overlap': kind.kind == BESIDE, 'on': 'all', 'memory': _memory(service), 'tasks': None, 'sandbox': sandbox.NARROW,
        'schedule': None, 'timeout': 86400, 'listen': 'port', 'static': None,
    }


def _patience(check, of_image):
    ''
    if not check.get('test'):
        return of_image or PATIENCE
    if check['test'][:1] == ['NONE'] or check.get('disable'):
        return PATIENCE
    return seconds(check.get('start_period'), 0.0) + seconds(check.get('interval'), 30.0) * (check.get('retries') or 3)


def _memory(service):
    ''
    said = service.get('mem_limit') or ((service.get('deploy') or {}).get('resources') or {}).get('limits', {}).get('memory')
    number = numbers.whole(said)
    return number if number is not None and number >= 1 << 20 else None


def targets(kind):
    ''
    found = [kind.target] if kind.target is not None else []
    return list(dict.fromkeys([*found, *(way.target for way in kind.published)]))


def port_key(name, target, kind):
    ''
    return name if target == targets(kind)[0] else f'{name}:{target}'


def restart_policy(service, kind):
    ''
    said = _said_of_restart(service)
    name, _, count = said.partition(':')
    if name in ('always', 'unless-stopped'):
        return {'Name': name}
    if name == 'no' and may_end(service, kind):

        return {'Name': 'no'}
    if name == 'on-failure':
        return {'Name': name, 'MaximumRetryCount': numbers.whole(count) or 0}
    return {'Name': 'unless-stopped'}


def _said_of_restart(service):
    ''
    said = str(service.get('restart') or ((service.get('deploy') or {}).get('restart_policy') or {}).get('condition') or '')
    return {'none': 'no', 'any': 'always'}.get(said, said)


def may_end(service, kind):
    ''
    said = _said_of_restart(service).partition(':')[0]
    return said in ('', 'no', 'on-failure') and kind.route is None and not service.get('ports') and not service.get('healthcheck')
