"""What our containers and networks are marked with, so that they are found without a file that says so."""
from . import engine

APP, ACTIVATION = 'slipway.app', 'slipway.activation'


def of(app, number):
    return {APP: app, ACTIVATION: str(number)}


def of_compose(project):
    return {'com.docker.compose.project': project}


def containers(wanted):
    """All with these labels, running or not, as the Engine lists them."""
    return engine.get('/containers/json', all='true', filters={'label': [f'{key}={value}' for key, value in wanted.items()]})


def networks(wanted):
    return engine.get('/networks', filters={'label': [f'{key}={value}' for key, value in wanted.items()]})
