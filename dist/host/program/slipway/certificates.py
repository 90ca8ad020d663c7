''





import contextlib
import hashlib
import os
import time

from . import files, pem
from . import layout as places
from .failures import Failure
from .processes import identity


def lock(name):
    return files.lock(f'{places.TLS}/{name}.lock')


def identify(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def path(identifier):
    return f'{places.TLS}/store/{identifier}.pem'


def store(text):
    ''
    identifier = identify(text)
    if not os.path.exists(path(identifier)):
        _, front = identity(places.FRONT_GROUP)
        files.write(path(identifier), text, mode=0o640, owner=(0, front), durable=True)
    return identifier


def read(identifier):
    with open(path(identifier), encoding='ascii') as file:
        return file.read()


def fingerprint(identifier):
    return pem.fingerprint(read(identifier))


def published(file_name):
    ''
    try:
        return os.path.basename(os.readlink(f'{places.TLS}/live/{file_name}'))[:-len('.pem')]
    except OSError:
        return None


def publish(file_name, identifier):
    ''
    before = published(file_name)
    if before == identifier:
        return
    files.point(f'{places.TLS}/live/{file_name}', f'../store/{identifier}.pem')
    with contextlib.suppress(OSError):
        os.utime(path(before))


def withdraw(file_name):
    files.remove(f'{places.TLS}/live/{file_name}')


def record(key):
    ''
    try:
        return files.read_json(f'{places.TLS}/issued/{key}.json')
    except ValueError:
        return None


def records():
    ''
    try:
        keys = [name[:-len('.json')] for name in os.listdir(f'{places.TLS}/issued') if name.endswith('.json')]
    except FileNotFoundError:
        return {}
    return {key: found for key, found in ((key, record(key)) for key in sorted(keys)) if found}


def forget(key):
    for folder in ('issued', 'troubles'):
        files.remove(f'{places.TLS}/{folder}/{key}.json')


def sweep():
    ''
    try:
        kept = {published(name) for name in os.listdir(f'{places.TLS}/live')}
        names = os.listdir(f'{places.TLS}/store')
    except FileNotFoundError:
        return
    for found in records().values():
        kept.add(found['pem'])
    for name in names:
        if name.partition('.')[0] not in kept:

            time.sleep(max(0.0, min(1.0, os.stat(f'{places.TLS}/store/{name}').st_mtime + 1 - time.time())))
            files.remove(f'{places.TLS}/store/{name}')


def check_prepared():
    if not (os.path.isdir(f'{places.TLS}/live') and any(os.path.exists(front) for front in places.FRONT_TLS)):
        raise Failure('tls-not-prepared', 'This host is not prepared for https.',
                      'It was set up for apps without certificates: nothing of Slipway listens on port 443 yet.',
                      'Run setup-vm with this slipway.yml, then deploy again; or write `tls: off`.')
