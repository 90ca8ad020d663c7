''
import hashlib
import os
import shutil

from .. import files
from ..failures import Failure
from .rendering import outside


class Mounts:
    ''

    def __init__(self, layout, source, rows, shared):
        self.layout = layout
        self.source = source
        self.rows = rows
        self.shared = shared
        self.wanted = {}

        self.written = []
        self.notes = []

    def settle(self, model):
        ''
        for name, service in model['services'].items():
            for mount in service.get('volumes') or []:
                if mount.get('type') == 'bind':
                    self._bind(name, mount)
            self._beside(name, service)
        for kind in ('configs', 'secrets'):
            for name, item in (model.get(kind) or {}).items():
                inside = self._inside(item.get('file'))
                if inside is not None:
                    item['file'] = self._copy(f'{kind[:-1]} {name}', inside)

    def _beside(self, name, service):
        strange = self._inside(service.get('working_dir'))
        if strange is not None:
            raise Failure('mount-outside', f'{name} has the working_dir {strange} of the repository.', 'That is a folder in the container.',
                          'Write an absolute path, and tag again.')

    def _bind(self, name, mount):
        inside = self._inside(mount.get('source'))
        if inside is None:
            if _is_below(mount.get('source', ''), self.layout.root) and not _is_below(mount['source'], self.layout.shared):
                raise outside(os.path.relpath(mount['source'], self.source))
            return
        around = next((path for path in self.shared if inside == path or inside.startswith(f'{path}/')), None)
        if around is not None:
            mount['source'] = f'{self.layout.shared}/{inside}'
            self.written.append(inside)
            return
        mount['source'] = self._copy(name, inside)
        mount['bind'] = {**(mount.get('bind') or {}), 'create_host_path': False}
        if not mount.get('read_only'):
            mount['read_only'] = True
            self.notes.append(f'{name} gets {inside} read only: it is of the commit (`shared: [{inside}]` lets it write)')

    def _inside(self, path):
        ''
        if path is None or not _is_below(path, self.source):
            return None
        return os.path.relpath(path, self.source)

    def _copy(self, name, inside):
        rows = [row for row in self.rows if inside == '.' or row[0] == inside or row[0].startswith(f'{inside}/')]
        if not rows:
            raise Failure('mount-missing', f'{name} mounts {inside}, which is not in the commit.',
                          'On a host there is nothing of that name: Docker would make an empty folder there.',
                          f'Commit it; or, if {name.split()[-1]} writes there, add `shared: [{inside}]` to slipway.yml, which outlives releases.')
        told = hashlib.sha256(repr([(os.path.relpath(row[0], inside), *row[1:3]) for row in rows]).encode()).hexdigest()[:24]
        self.wanted[told] = inside
        return place(self.layout, told, inside)

    def make(self):
        ''
        for inside in self.written:
            if os.path.lexists(f'{self.layout.shared}/{inside}') and not files.plain_mode(self.layout.shared, inside):
                raise Failure('mount-behind-link', f'{self.layout.shared}/{inside}, which a container mounts, is or lies behind a symbolic link.',
                              'What writes to `shared` has put it there, and it could lead anywhere on the host.', 'Remove the link on the host, then deploy again.')
        for told, inside in self.wanted.items():
            folder = f'{self.layout.mounts}/{told}'
            if os.path.exists(folder):
                continue
            beside = f'{folder}.new'
            files.remove(beside)

            os.makedirs(self.layout.mounts, mode=0o700, exist_ok=True)
            os.makedirs(beside, mode=0o755)
            if not files.plain_mode(self.source, '' if inside == '.' else inside):
                raise Failure('mount-behind-link', f'{inside}, which a container mounts, lies behind a symbolic link.', 'A link could lead anywhere on the host.',
                              'Mount what the link leads to, and tag again.')
            source, target = f'{self.source}/{inside}'.removesuffix('/.'), place(self.layout, f'{told}.new', inside)
            if os.path.isdir(source):
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copy2(source, target)
            os.rename(beside, folder)


def place(layout, told, inside):
    return f'{layout.mounts}/{told}/{os.path.basename(inside) if inside != "." else "src"}'


def prune(layout, models):
    ''
    root = layout.mounts
    if not os.path.isdir(root):
        return
    named = ' '.join(models)
    files.clear(*[f'{root}/{told}' for told in os.listdir(root) if f'{root}/{told}/' not in named])


def _is_below(path, folder):
    return path == folder or path.startswith(f'{folder}/')
