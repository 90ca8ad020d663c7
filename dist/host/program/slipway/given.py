''




import os

from . import files
from .failures import Failure


MOST = 1 << 20


def variables(service, secrets):
    ''
    return {} if service['secretsAs'] == 'files' else {name: secrets[name] for name in service['secrets']}


def _folder(layout, number, service):
    return f'{layout.activation(number)}/given/{service["name"]}'


def _names(service):
    return service['secrets'] if service['secretsAs'] == 'files' else []


def write(layout, number, service, secrets):
    ''
    names = _names(service)
    if not names:
        return
    total = sum(len(secrets[name].encode()) for name in names)
    if total > MOST:
        raise Failure('secrets-too-large', f'The secrets of {service["name"]} have {total} bytes together.',
                      f'As files a service can be given {MOST} at most.',
                      f'Keep what is large in `shared`, or encrypted in the repository, and only its key under `secrets` of '
                      f'{service["name"]}.')
    folder = _folder(layout, number, service)
    os.makedirs(folder, mode=0o700)

    os.chmod(os.path.dirname(folder), 0o700)
    for name in names:
        files.write(f'{folder}/{name}', secrets[name], mode=0o600)


def settings(layout, number, service):
    ''
    return [f'LoadCredential={name}:{path}' for name, path in stored(layout, number, service).items()]


def stored(layout, number, service):
    ''
    return {name: f'{_folder(layout, number, service)}/{name}' for name in _names(service)}


def lines(service):
    ''
    return [f'export {name}_FILE="$CREDENTIALS_DIRECTORY/{name}"' for name in _names(service)]
