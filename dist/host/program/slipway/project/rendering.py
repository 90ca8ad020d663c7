''
import json
import os
import re
import signal
import subprocess

from .. import expendable, files
from ..failures import Failure, evidence
from . import engine, extensions

DOCKER = '/usr/bin/docker'
PATIENCE = 120

CONFIG = '/run/slipway-docker'
ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': CONFIG, 'LC_ALL': 'C.UTF-8',
    'DOCKER_HOST': f'unix://{engine.SOCKET}', 'DOCKER_CONFIG': CONFIG, 'COMPOSE_ANSI': 'never', 'COMPOSE_PROGRESS': 'plain',

    'COMPOSE_EXPERIMENTAL_GIT_REMOTE': 'false', 'COMPOSE_EXPERIMENTAL_OCI_REMOTE': 'false',
}

OWN = re.compile(r'(?:PATH|HOME|TMPDIR|GODEBUG|GOTRACEBACK|GOMAXPROCS|LC_ALL|(?:LD|DOCKER|COMPOSE|BUILDKIT|BUILDX|XDG|SSL_CERT|OTEL)_.*|.*_proxy)\Z',
                 re.IGNORECASE)

VERSIONS = ('VERSION', 'TAG')
_DEPTH = '/1/2/3/4/repository'
_BLANK = re.compile(r'The \\?"([^"\\]+)\\?" variable is not set')
_ASSIGNED = re.compile(r'^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*[=:][ \t]*[^\s#]', re.MULTILINE)
_REQUIRED = re.compile(r'required variable (\S+) is missing a value(?:: (.*))?')


def compose(arguments, values, timeout=PATIENCE, given=''):
    ''




    environment = {**{name: value for name, value in values.items() if not OWN.match(name)}, **ENVIRONMENT}
    os.makedirs(CONFIG, mode=0o700, exist_ok=True)
    try:
        with subprocess.Popen([DOCKER, 'compose', *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment, cwd='/', start_new_session=True) as process:

            expendable.mark([process.pid], expendable.MAKES)
            try:
                output, errors = process.communicate(given.encode(), timeout=timeout)
            except subprocess.TimeoutExpired:

                os.killpg(process.pid, signal.SIGKILL)
                _, errors = process.communicate()
                return 124, '', f'it did not end within {timeout:g} s\n{errors.decode("utf-8", "replace")}'
    except FileNotFoundError:
        raise _missing('docker') from None
    errors = errors.decode('utf-8', 'replace')
    if "'compose' is not a docker command" in errors:
        raise _missing('docker compose')
    if process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL) or (process.returncode != 0 and errors.strip() in ('', 'signal: killed')):
        raise Failure('out-of-memory', 'docker compose was ended before it had done its work.',
                      'Most likely the kernel did, for want of memory: it ends what makes a release before what serves.',
                      'See dmesg on the host; give it more memory or swap, or stop what else runs there. Then deploy again.')
    return process.returncode, output.decode('utf-8', 'replace'), errors


def variables(settings, values, version):
    ''
    given = {name: values[name] for name in settings['variables'] if name in values}
    versions = {name: version for name in VERSIONS if name in settings['variables']}
    return {**versions, **given, **settings['env']}


def of_folder(folder, settings, values, version, extended=True):
    ''

    directory = os.path.dirname(f'{folder}/{settings["files"][0]}')
    arguments = ['--project-directory', directory, '--project-name', settings['project']]
    for name in settings['files']:
        arguments += ['--file', f'{folder}/{name}']
    for name in settings['profiles']:
        arguments += ['--profile', name]
    told = variables(settings, values, version)
    for name in _of_env_file(directory) & set(VERSIONS):
        if name not in values and name not in settings['env']:

            told.pop(name, None)
    code, output, errors = compose([*arguments, 'config', '--format', 'json'], told)
    if code != 0:
        raise _broken(errors, folder, told)
    model = json.loads(output)
    if extended:
        code, output, errors_again = compose([*arguments, 'config'], told)
        if code != 0:
            raise _broken(errors_again, folder, told)
        for name, own in extensions.of_services(output).items():
            model['services'][name][extensions.KEY] = own
    blank = sorted({name for name in _BLANK.findall(errors) if name not in told})
    return model, blank


def of_texts(texts, folder, settings, values, version, layout):
    ''
    around = layout.rendering
    files.remove(around)
    os.mkdir(around, 0o700)

    place = f'{around}{_DEPTH}'
    os.makedirs(place)
    try:
        for name, text in texts.items():
            os.makedirs(os.path.dirname(f'{place}/{name}'), mode=0o700, exist_ok=True)
            files.write(f'{place}/{name}', text, mode=0o600)
        model, blank = of_folder(place, settings, values, version, any(extensions.KEY in text for text in texts.values()))
    except Failure as failure:
        failure.evidence = [evidence(item['source'], item['text'].replace(f'{place}/', '')) for item in failure.evidence]
        failure.what = failure.what.replace(f'{place}/', '')
        raise
    finally:
        files.remove(around)
    return _moved(model, (around, place), folder), blank


def _of_env_file(folder):
    ''
    try:
        with open(f'{folder}/.env', encoding='utf-8', errors='replace') as file:
            return set(_ASSIGNED.findall(file.read()))
    except FileNotFoundError:
        return set()


def _moved(value, before, after):
    ''
    around, place = before
    if isinstance(value, str):
        if value == place or value.startswith(f'{place}/'):
            return f'{after}{value[len(place):]}'
        if value.startswith(f'{around}/'):
            raise outside(os.path.relpath(value, place))
        return value
    if isinstance(value, list):
        return [_moved(item, before, after) for item in value]
    if isinstance(value, dict):
        return {key: _moved(item, before, after) for key, item in value.items()}
    return value


def outside(path):
    return Failure('mount-outside', f'The Compose file names {path}, which is outside of the repository.',
                   'What a container mounts travels with the release, and only the repository does.',
                   'Move it into the repository, or write the absolute path of a folder of the host; then tag again.')


def _broken(errors, folder, told):
    said = '\n'.join(line for line in errors.splitlines() if 'level=warning' not in line).replace(f'{folder}/', '').strip()
    said = without(said, told)
    required = _REQUIRED.search(said)
    if required:
        name, why = required[1], (required[2] or '').strip()
        return Failure('variable-missing', f'The Compose file needs the variable {name}{f": {why}" if why else ""}.',
                       'It was not given in this run, and what serves has none of that name.',
                       f'Add to the step: env: {{ {name}: ${{{{ secrets.{name} }}}} }}; or, if it is no secret, to slipway.yml: compose: {{ env: {{ {name}: … }} }}')
    return Failure('compose-file-invalid', f'Compose does not take the project: {said.splitlines()[-1][:300] if said else "it says nothing"}',
                   '', 'Correct that until `docker compose config` passes, and tag again.', [evidence('docker compose config', said)])


def without(text, told):
    ''
    for value in sorted(told.values(), key=len, reverse=True):
        if len(value) >= 6:
            text = text.replace(value, '***')
    return text


def _missing(what):
    return Failure('engine-missing', f'There is no `{what}` on this host.', 'A project is read and started by Compose itself.',
                   'Run setup-vm with this slipway.yml, then deploy again.')
