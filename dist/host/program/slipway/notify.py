''
import glob
import os
import re
import shlex

_ASSIGNMENT = re.compile(r'[A-Za-z_][A-Za-z0-9_]*=')

_LEAST_GUNICORN = 20


def notifies(release, service, simple):
    ''
    environment = release.environment_of(service) if simple else None
    if environment is None or environment['runtime'] != 'python':
        return False
    program = next(word for word in shlex.split(service['start']) if not _ASSIGNMENT.match(word))
    return program == 'gunicorn' and _version(environment['location'], 'gunicorn') >= _LEAST_GUNICORN


def _version(location, package):
    ''
    found = glob.glob(f'{glob.escape(location)}/lib/python3*/site-packages/{package}-*.dist-info')
    number = re.match(r'.*-([0-9]+)', os.path.basename(found[0])[:-len('.dist-info')]) if len(found) == 1 else None
    return int(number.group(1)) if number else 0
