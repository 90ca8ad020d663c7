"""What a build finds of earlier ones, and what not: caches, apart by who could write them; never a home.

A home is full of what steers programs (.npmrc, pip.conf, .netrc, .gitconfig): each unit gets an empty one, thrown away with it.
What is kept lies in /var/cache/slipway/APP, which root alone enters:

    uv, npm-lock …              what fetches packages, by installer; their scripts may run in the same unit
    uv.credentials …            the same of steps that hold credentials: nothing else ever writes there
    commands                    build commands, and the scripts of packages that were fetched with credentials
    managers/KEY                a package manager that Corepack has verified: root's, nobody writes there any more
    homes/NAME                  while a unit runs

A unit sees none of this but what is its own, at paths that are always the same.
"""
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
    """What a unit builds on."""
    # Whose cache is its own; None: nothing is kept.
    writes: str = COMMANDS
    # Whose fetched packages it sees instead, and cannot write to.
    reads: str = None
    # The key of its package manager.
    manager: str = None
    # It is the unit that brings the manager.
    brings: bool = False


# What any command has that is not said more of.
COMMAND = Ground()


def of_installer(tool, credentials):
    """Whose cache an installation writes."""
    name = tool if tool in _INSTALLERS else 'uv'
    return name + _CREDENTIALS if credentials else name


def manager_key(spec, runtime):
    """By which a package manager is kept: two Nodes may bring two Corepacks."""
    return hashlib.sha256(f'{spec} {runtime}'.encode()).hexdigest()[:32]


class Caches:
    def __init__(self, layout):
        self.root = layout.caches
        self.owner = identity(layout.build_user)
        # In the eyes of every unit; nothing of a release may depend on which unit made it.
        view = f'{ROOT}/{layout.app}'
        self.home, self.packages, self.manager = f'{view}/home', f'{view}/packages', f'{view}/manager'

    def prepare(self):
        """Only what we made here to be kept stays: it was the builder's home in an earlier version."""
        os.makedirs(self.root, exist_ok=True)
        os.chown(self.root, *_ROOT)
        os.chmod(self.root, 0o700)
        for name in os.listdir(self.root):
            status = os.lstat(f'{self.root}/{name}')
            if name not in _KEPT or not stat.S_ISDIR(status.st_mode) or status.st_uid != _ROOT[0]:
                files.remove(f'{self.root}/{name}')

    def open(self, name, ground):
        """Makes ready what a unit of that name builds on; gives the settings that show it."""
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
        # What cannot be removed is in nobody's way: it is never shown to a unit again.
        files.clear(f'{self.root}/{HOMES}/{name}')

    def has_manager(self, key):
        return os.path.isdir(f'{self.root}/{MANAGERS}/{key}')

    def keep_manager(self, key):
        """What the unit has brought is root's from here on."""
        new = f'{self.root}/{MANAGERS}/new'
        own_tree(new, *_ROOT, seal=True)
        os.rename(new, f'{self.root}/{MANAGERS}/{key}')

    def forget_managers(self, but):
        """Each is tens of megabytes, and an app has one or two."""
        folder = f'{self.root}/{MANAGERS}'
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name not in but:
                files.clear(f'{folder}/{name}')

    def _kept(self, whose, part):
        folder = f'{self.root}/{whose}/{part}'
        self._give(folder)
        return folder

    def _give(self, folder):
        """A folder of the builder's, in one of ours: nothing can take its place."""
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        if not os.path.isdir(folder):
            os.mkdir(folder, 0o700)
            os.chown(folder, *self.owner)
