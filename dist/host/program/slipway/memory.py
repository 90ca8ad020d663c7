''
from . import capacity, warmth


def check(layout, config, serving, never_two=()):
    ''


    need = 0
    seen = serving.look() if serving else {}
    for service in config['services']:
        if service['name'] in never_two:
            continue
        if service['memory']:
            need += service['memory'] * service['instances']
        elif serving and service['schedule'] is None:
            same = [other for other in serving.running() if other['name'] == service['name']]
            old = [seen[name].pids for name in serving.names_of(same)]
            need += sum(capacity.resident(pids) for pids in old)
    need += 32 << 20
    spare = warmth.memory(layout) if not capacity.holds(need) else 0
    capacity.check_memory(need, config['app'], spare)
    return spare > 0
