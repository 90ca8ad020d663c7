''
import fcntl
import json
import os
import stat

from . import bytecode, files, manifest, static_sites
from . import environment as envs
from .failures import Failure
from .processes import identity, own_tree


def close(staging, origin):
    ''
    _, app_group = identity(staging.layout.app_user)
    linked = set(staging.config['shared']) | set(staging.config['scratch'])
    altered = []
    if staging.building:
        own_tree(staging.folder, 0, 0, seal=True)
        still_written(staging.folder)
        altered = manifest.altered([row for row in staging.rows if not manifest.is_within(row[0], linked)], f'{staging.folder}/src')
    _check_environments(staging)
    _check_served(staging)
    python_folders = [item.folder for item in staging.environments if item.runtime == 'python']
    sources = [row[0] for row in staging.rows if row[0].endswith('.py') and row[1] != '120000' and any(
        folder == '.' or row[0].startswith(f'{folder}/') for folder in python_folders)]
    sources = [path for path in sources if not manifest.is_within(path, linked)]
    bytecode.compile_changed(f'{staging.folder}/src', sources, origin)
    described = []
    for item in staging.environments:
        if item.made():
            survey = getattr(item, 'survey', None) or envs.survey(item)
        else:
            survey = {'relocatable': False, 'rewrite': [], 'files': 0, 'bytes': 0}
        described.append({'folder': item.folder, 'runtime': item.runtime, 'asked': item.asked, 'version': item.version, 'key': item.key,
                          'location': item.location, 'path': item.path_entries(), **survey})
    staging.release.info = {'id': staging.id, 'version': staging.version, 'commit': staging.commit, 'digest': staging.digest,
                         'config': staging.config, 'environments': described, 'altered': altered}
    files.write(f'{staging.folder}/manifest.json', json.dumps(staging.rows, separators=(',', ':')))
    files.write(f'{staging.folder}/release.json.unsealed', json.dumps(staging.release.info))

    os.chown(staging.folder, 0, app_group)
    os.chmod(staging.folder, 0o750)
    files.remove(f'{staging.layout.incoming}/{staging.id}')


def _check_served(staging):
    source = f'{staging.folder}/src'
    static_sites.check(source, staging.config)
    static_sites.settle_times(source, staging.config)
    for name, path in staging.config['pages'].items():
        static_sites.page(source, path, name)


def _check_environments(staging):
    ''
    for item in staging.environments:
        if item.made() and not stat.S_ISDIR(files.plain_mode(staging.folder, item.location[len(staging.folder) + 1:])):
            raise Failure('environment-moved', f'After the build the {item.runtime} environment of {item.folder} is not where '
                          'it was made.', f'{item.location[len(staging.folder) + 1:]} is missing, or a symbolic link is in its place.',
                          'Let the build commands leave it alone, and tag again.')


def still_written(root):
    ''





    for folder, _, names in os.walk(root):
        for name in names:
            path = f'{folder}/{name}'
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            except BlockingIOError:
                raise Failure(
                    'release-still-written', f'After the build {path[len(root) + 1:]} is still open for writing.',
                    'A process outside of the build has it, so the release could change while it serves.',
                    'Look who has it (fuser -v on the host), end that, and deploy again.') from None
            except OSError:
                return
            finally:
                os.close(descriptor)
