''
import re

from .. import fields
from ..failures import Failure
from . import rendering


PROJECT = re.compile(r'(?!.*--)[a-z0-9][a-z0-9_-]{0,49}\Z')
SERVICE = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z')
PROFILE = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z')

IMAGE = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:/-]{0,300}@sha256:[0-9a-f]{64}\Z')
REGISTRY = re.compile(r'[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?\Z')
KEYS = ('files', 'project', 'profiles', 'env', 'images', 'variables')


def settings(value):
    fields.known(fields.mapping(value, 'compose'), KEYS, 'compose')
    images = fields.mapping(value.get('images', {}), 'compose.images')
    found = {
        'files': fields.each(value.get('files'), 'compose.files', lambda v: fields.relative_path(v, 'compose.files'), 50),
        'project': fields.text(value.get('project'), 'compose.project', PROJECT),
        'profiles': fields.each(value.get('profiles', []), 'compose.profiles', lambda v: fields.text(v, 'compose.profiles', PROFILE), 50),
        'env': _variables(fields.env_map(value.get('env', {}), 'compose.env', reserved=())),
        'images': {fields.text(name, 'compose.images', SERVICE): fields.text(image, 'compose.images', IMAGE) for name, image in images.items()},
        'variables': fields.each(value.get('variables', []), 'compose.variables', lambda v: fields.text(v, 'compose.variables', fields.ENV_NAME)),
    }
    return found if found['files'] else fields.refuse('compose.files', [])


def _variables(given):
    for name in given:
        if rendering.OWN.match(name):
            raise Failure('variable-reserved', f'`compose: {{ env: … }}` has {name}, which would change how docker itself runs.', '',
                          f'Take another name for {name} in the Compose file and in slipway.yml, and tag again.')
    return given


def texts(value):
    ''
    value = fields.mapping(value, 'project')
    if sum(len(text) for text in value.values() if isinstance(text, str)) > 4 << 20:
        fields.refuse('project', 'more than 4 MB')
    for path, text in value.items():

        if not isinstance(text, str) or '\0' in text:
            fields.refuse('project', path)
    return {fields.relative_path(path, 'project'): text for path, text in value.items()}


def registries(value):
    ''
    found = {}
    for item in fields.each(value, 'registries', lambda v: fields.mapping(v, 'registries'), 50):
        user, password = item.get('username'), item.get('password')
        if not isinstance(user, str) or not isinstance(password, str):
            fields.refuse('registries', '***')
        found[fields.text(item.get('registry'), 'registries', REGISTRY)] = (user, password)
    return found
