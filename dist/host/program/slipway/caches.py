''












import hashlib
import os
import stat
from typing import NamedTuple

from . import files
from .processes import identity, own_tree

_ROOT = (os.geteuid(), os.getegid())
ROOT = '/var/cache/slipway'
COMMANDS, MANAGERS, HOMES = 'commands', 'managers', 'homes'
_INSTALLERS = ('uv', 'npm-lock', 'pnpm-lock', 'yarn-classic', 'yarn-berry')
_CREDENTIALS = '.credentials'
_KEPT = {COMMANDS, MANAGERS, *_INSTALLERS, *(name + _CREDENTIALS for name in _INSTALLERS)}


class Ground(NamedTuple):
    ''

    writes: str = COMMANDS

    reads: str = None

    manager: str = None

    brings: bool = False



COMMAND = Ground()


def of_installer(tool, credentials):
    ''
    name = tool if tool in _INSTALLERS else 'uv'
    return name + _CREDENTIALS if credentials else name


def manager_key(spec, runtime):
    ''
    return hashlib.sha256(f'{spec} {runtime}'.encode()).hexdigest()[:32]


class Caches:
    def __init__(self, layout):
        self.root = layout.caches
        self.owner = identity(layout.build_user)

        view = f'{ROOT}/{layout.app}'
        self.home, self.packages, self.manager = f'{view}/home', f'{view}/packages', f'{view}/manager'

    def prepare(self):
        ''
        os.makedirs(self.root, exist_ok=True)
        os.chown(self.root, *_ROOT)
        os.chmod(self.root, 0o700)
        for name in os.listdir(self.root):
            status = os.lstat(f'{self.root}/{name}')
            if name not in _KEPT or not stat.S_ISDIR(status.st_mode) or status.st_uid != _ROOT[0]:
                files.remove(f'{self.root}/{name}')

    def open(self, name, ground):
        ''
        folder = f'{self.root}/{HOMES}/{name}'
        files.remove(folder)
        self._give(f'{folder}/.cache')
        os.chown(folder, *self.owner)
        shown = [f'TemporaryFileSystem={ROOT}:ro', f'BindPaths={folder}:{self.home}']
        if ground.writes:
            shown.append(f'BindPaths={self._kept(ground.writes, "other")}:{self.home}/.cache')
        if ground.reads:
            shown.append(f'BindReadOnlyPaths={self._kept(ground.reads, "packages")}:{self.packages}')
        elif ground.writes:
            shown.append(f'BindPaths={self._kept(ground.writes, "packages")}:{self.packages}')
        if ground.brings:
            new = f'{self.root}/{MANAGERS}/new'
            files.remove(new)
            self._give(new)
            shown.append(f'BindPaths={new}:{self.manager}')
        elif ground.manager:
            shown.append(f'BindReadOnlyPaths={self.root}/{MANAGERS}/{ground.manager}:{self.manager}')
        return shown

    def close(self, name):

        files.clear(f'{self.root}/{HOMES}/{name}')

    def has_manager(self, key):
        return os.path.isdir(f'{self.root}/{MANAGERS}/{key}')

    def keep_manager(self, key):
        ''
        new = f'{self.root}/{MANAGERS}/new'
        own_tree(new, *_ROOT, seal=True)
        os.rename(new, f'{self.root}/{MANAGERS}/{key}')

    def forget_managers(self, but):
        ''
        folder = f'{self.root}/{MANAGERS}'
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name not in but:
                files.clear(f'{folder}/{name}')

    def _kept(self, whose, part):
        folder = f'{self.root}/{whose}/{part}'
        self._give(folder)
        return folder

    def _give(self, folder):
        ''
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        if not os.path.isdir(folder):
            os.mkdir(folder, 0o700)
            os.chown(folder, *self.owner)
