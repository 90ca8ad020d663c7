"""Does a server tell systemd when it is ready? In doubt it does not: what waits for a word that never comes would hang."""
import glob
import os
import re
import shlex

_ASSIGNMENT = re.compile(r'[A-Za-z_][A-Za-z0-9_]*=')
# gunicorn tells from its first process since this version, once its sockets are open.
_LEAST_GUNICORN = 20


def notifies(release, service, simple):
    """Only of a program that has taken the place of its shell: systemd listens to the first process alone."""
    environment = release.environment_of(service) if simple else None
    if environment is None or environment['runtime'] != 'python':
        return False
    program = next(word for word in shlex.split(service['start']) if not _ASSIGNMENT.match(word))
    return program == 'gunicorn' and _version(environment['location'], 'gunicorn') >= _LEAST_GUNICORN


def _version(location, package):
    """The first number of an installed package's version; 0 when it is not there."""
    found = glob.glob(f'{glob.escape(location)}/lib/python3*/site-packages/{package}-*.dist-info')
    number = re.match(r'.*-([0-9]+)', os.path.basename(found[0])[:-len('.dist-info')]) if len(found) == 1 else None
    return int(number.group(1)) if number else 0
