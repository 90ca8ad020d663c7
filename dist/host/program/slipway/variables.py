''
from . import given


def of(layout, activation, release, service, instance, secrets):
    ''
    made = release.environment_of(service)
    path = (made['path'] if made else []) + ['/usr/local/bin', '/usr/bin', '/bin']
    values = {'PATH': ':'.join(path), 'LC_ALL': 'C.UTF-8', 'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1',
              'NODE_ENV': 'production', 'HOME': f'{layout.activation(activation.number)}/home',
              'SLIPWAY_APP': layout.app, 'SLIPWAY_SERVICE': service['name'], 'SLIPWAY_INSTANCE': str(instance),
              'SLIPWAY_VERSION': release.info['version'], 'SLIPWAY_COMMIT': release.info['commit'],
              'SLIPWAY_RELEASE': release.id, 'SLIPWAY_ACTIVATION': str(activation.number)}
    if made and made['runtime'] == 'python':
        values['VIRTUAL_ENV'] = made['location']
    values.update(service['env'])
    values.update(given.variables(service, secrets))
    if service['listen'] == 'socket':
        address = activation.address(service, instance)
        values[address.variable] = address.value
    elif activation.ports.get(service['name']):
        values['PORT'] = str(activation.ports[service['name']][instance - 1])
    return values
