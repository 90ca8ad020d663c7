''
from .failures import Failure
from .processes import run


def check(names):
    missing = [name for name in names if not _installed(name)]
    if missing:
        raise Failure('packages-missing', f'This host lacks packages that slipway.yml names: {", ".join(missing)}.', '',
                      'Run setup-vm with this slipway.yml: it installs them.')


def _installed(name):
    asked = run(['/usr/bin/dpkg-query', '-W', '-f=${db:Status-Status}\n', name])
    return asked.code == 0 and 'installed' in asked.output.split()
