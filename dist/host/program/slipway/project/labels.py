''
from . import engine

APP, ACTIVATION, PROJECT = 'slipway.app', 'slipway.activation', 'com.docker.compose.project'


def of(app, number):
    return {APP: app, ACTIVATION: str(number)}


def of_compose(project):
    return {PROJECT: project}


def containers(wanted):
    ''
    return engine.get('/containers/json', all='true', filters=_with(wanted))


def networks(wanted):
    return engine.get('/networks', filters=_with(wanted))


def volumes(wanted):
    return engine.get('/volumes', filters=_with(wanted))['Volumes'] or []


def _with(wanted):
    return {'label': [f'{key}={value}' for key, value in wanted.items()]}
