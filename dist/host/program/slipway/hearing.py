''




import contextlib
import re
import secrets

from . import asking, files, front, public
from . import layout as places
from .failures import Failure

_QUESTIONS = '/.well-known/acme-challenge/'
_NOTHING = 404


@contextlib.contextmanager
def heard(layout, config):
    ''
    new = [name for name in _elsewhere(config) if not _is_handed_on(name)]
    if not new:
        yield
        return
    marks = [f'{places.DOMAINS}/{name}.heard' for name in new]
    try:
        for mark in marks:
            files.write(mark, '')
        front.admit()
        yield
    finally:
        for mark in marks:
            files.remove(mark)
        front.follow(layout)


def check(config):
    ''
    kept = [name for name in _elsewhere(config) if _is_served(name) and not _is_handed_on(name)]
    if kept:
        raise Failure(
            'name-in-use', f'{front.whose()} answers for {", ".join(kept)}, and does not hand on what a certificate authority asks on port 80.',
            'To be asked here, the names would have to lead to Slipway while the release is staged, and would be answered with 404.',
            f'Add to its server on port 80, before what answers all else: location ^~ {_QUESTIONS} {{ root {places.CHALLENGES}; }} and reload '
            'nginx; or begin with a certificate that you have, `tls: { certificate: …, key: … }` (docs/setup-vm.md).')


def _elsewhere(config):
    return front.unlisted(map(public.file_name, public.names(config)))


def _is_served(name):
    for address in _entrances():
        with contextlib.suppress(asking.NoAnswer):
            if asking.ask((address, 80), '/', name)[0] != _NOTHING:
                return True
    return False


def _is_handed_on(name):
    word = secrets.token_hex(16)
    asked = f'{_QUESTIONS}slipway-{word}'
    files.write(f'{places.CHALLENGES}{asked}', word)
    try:
        return all(asking.ask((address, 80), asked, name) == (200, word) for address in _entrances())
    except asking.NoAnswer:
        return False
    finally:
        files.remove(f'{places.CHALLENGES}{asked}')


def _entrances():
    ''
    single = set(re.findall(r'^listen (\d+\.\d+\.\d+\.\d+):80;', front.text_of(80), re.MULTILINE))

    anywhere = next(address for address in map('127.0.0.{}'.format, range(1, 255)) if address not in single)
    return [anywhere, *sorted(address for address in single if not address.startswith('127.'))]
