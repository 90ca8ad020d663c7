"""How secrets reach a process: as variables in its environment file, or as files that only the app's user can read.

What systemd has for the second, `LoadCredential=`, is said here alone: another supervisor does it in its own way from the same
files, and tells the process of them by the same variable.
"""
import os

from . import files
from .failures import Failure

# systemd takes no more for one unit.
MOST = 1 << 20


def variables(service, secrets):
    """What goes into the environment file: nothing of a service that reads its secrets from files."""
    return {} if service['secretsAs'] == 'files' else {name: secrets[name] for name in service['secrets']}


def _folder(layout, number, service):
    return f'{layout.activation(number)}/given/{service["name"]}'


def _names(service):
    return service['secrets'] if service['secretsAs'] == 'files' else []


def write(layout, number, service, secrets):
    """One file a secret, byte for byte, root's alone; names have passed fields.py, and are file names by that."""
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
    # Made by the call above with the mode of a plain folder.
    os.chmod(os.path.dirname(folder), 0o700)
    for name in names:
        files.write(f'{folder}/{name}', secrets[name], mode=0o600)


def settings(layout, number, service):
    """The settings of a systemd unit that hand the files to its processes, as `KEY=VALUE`."""
    return [f'LoadCredential={name}:{path}' for name, path in stored(layout, number, service).items()]


def stored(layout, number, service):
    """{name: file} of what its processes read from files."""
    return {name: f'{_folder(layout, number, service)}/{name}' for name in _names(service)}


def lines(service):
    """Lines of a shell script that tell the process where each is: in `NAME_FILE`."""
    return [f'export {name}_FILE="$CREDENTIALS_DIRECTORY/{name}"' for name in _names(service)]
