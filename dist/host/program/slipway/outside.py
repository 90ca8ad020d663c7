''




import os
import shutil
import stat

from . import fields, files, manifest
from .failures import Failure
from .processes import identity, own_tree


def refuse_behind_links(config, links):
    ''
    for path in config['shared'] + config['scratch']:
        behind = next((folder for folder in (*manifest.folders_above(path), path) if folder in links), None)
        if behind is not None:
            raise Failure('path-behind-link', f'`{path}` under `shared` or `scratch` lies behind the symbolic link {behind}.',
                          'What is shared is moved out of the release, and a link could lead that anywhere.',
                          f'Name the folder that {behind} leads to instead, and tag again.')


def place(layout, release_folder, config, rows, conversation):
    ''
    uid, gid = identity(layout.app_user)
    source = f'{release_folder}/src'
    for kind, root in (('shared', layout.shared), ('scratch', f'{layout.scratch}/{os.path.basename(release_folder)}')):
        for path in config[kind]:
            inside, outside = f'{source}/{path}', f'{root}/{path}'
            if any(os.path.islink(f'{source}/{folder}') for folder in manifest.folders_above(path)):
                fields.refuse('shared or scratch', path)
            if os.path.lexists(outside):
                _say_what_stays_behind(kind, path, rows, conversation)
            else:
                _refuse_strange_ground(kind, root, path)
                _begin(files.plain_mode(source, path), inside, outside, uid, gid)
            if os.path.lexists(inside):

                os.makedirs(os.path.dirname(f'{release_folder}/kept/{path}'), mode=0o755, exist_ok=True)
                os.rename(inside, f'{release_folder}/kept/{path}')
            os.makedirs(os.path.dirname(inside), mode=0o755, exist_ok=True)
            os.symlink(outside, inside)


def _begin(mode, inside, outside, uid, gid):
    ''
    os.makedirs(os.path.dirname(outside), mode=0o755, exist_ok=True)
    if stat.S_ISDIR(mode):
        shutil.copytree(inside, outside, symlinks=True)
    elif stat.S_ISREG(mode):
        shutil.copyfile(inside, outside)
    else:
        os.mkdir(outside)
    os.chmod(outside, 0o640 if stat.S_ISREG(mode) else 0o750)
    own_tree(outside, uid, gid)


def _say_what_stays_behind(kind, path, rows, conversation):
    count = sum(1 for row in rows if row[0] == path or row[0].startswith(f'{path}/'))
    if count and kind == 'shared':
        conversation.progress(f'{count} files in Git under the shared path {path} are not deployed: what the host has there stays')


def _refuse_strange_ground(kind, root, path):
    ''
    for folder in manifest.folders_above(path):
        full = f'{root}/{folder}'
        if os.path.lexists(full) and (not stat.S_ISDIR(files.plain_mode(root, folder)) or os.lstat(full).st_uid != os.geteuid()):
            raise Failure(f'{kind}-inside-another', f'`{kind}: [{path}]` lies in {full}, which belongs to the app.',
                          f'An earlier release had {folder} itself under `{kind}`.',
                          f'Keep `{kind}: [{folder}]`, or make the folder on the host as the app\'s user: '
                          f'install -d -o USER -g USER {root}/{path}; then deploy again.')
