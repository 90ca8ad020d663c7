''
import json
import os
import subprocess
import sys

from .. import fields
from .. import layout as places
from ..failures import Failure
from ..processes import ENVIRONMENT
from ..project import engine, leaving
from . import caller, looking, page


PATIENCE = 5.0


def remove(app, with_data, yes):
    layout = places.Layout(looking.known(app, names()))
    _refuse_held(layout)
    if not yes:
        _ask(layout, with_data)
    unit = ['/usr/bin/systemd-run', '--quiet', '--pipe', '--wait', '--collect', '--service-type=exec', f'--unit=slipway-session.{app}',
            f'--description=Slipway removes {app}', '--setenv=LC_ALL=C.UTF-8']
    program = [places.PYTHON, '-I', '-S', os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), 'main.py'),
               'remove', app, caller.actor('')['by'], *(['with-data'] if with_data else [])]
    try:
        return _told(layout, [*unit, *program])
    except KeyboardInterrupt:
        print(f'slipway: the removal goes on by itself; sudo slipway remove {app} says whether something is left.', file=sys.stderr)
        return 130


def names():
    ''
    found = set(looking.apps())
    for folder in ('removing', 'removed'):
        try:
            found.update(name for name in os.listdir(f'{places.STATE}/{folder}') if fields.APP.match(name))
        except OSError:
            continue
    return sorted(found)


def _refuse_held(layout):
    held = looking.lock(layout)
    if held is not None:
        raise Failure('locked', f'{page.who(held)} is at work on {layout.app}.', 'It holds the lock.', 'Wait for it, and type the same again.')


def _ask(layout, with_data):
    app = layout.app
    again = f'sudo slipway remove {app}{" --with-data" if with_data else ""}'
    if not sys.stdin.isatty():
        raise Failure('not-asked', f'Nobody is there to be asked whether {app} is to be removed.', '', f'{again} --yes')
    print(f'{app} is taken off this host: its processes, schedules, names, certificates, releases, stored secrets, history.')
    print(f'What it keeps in {layout.shared} goes too.' if with_data else f'What it keeps in {layout.shared} stays.')
    with engine.at_most(PATIENCE):
        for line in leaving.foretell(layout, with_data):
            print(line)
    try:
        typed = input('Type the name of the app: ')
    except (EOFError, KeyboardInterrupt):

        print()
        raise Failure('not-confirmed', 'Nothing was done.', '', again) from None
    if typed != app:
        raise Failure('not-confirmed', 'That is not its name. Nothing was done.', '', again)


def _told(layout, command):
    ''
    ended = False
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=ENVIRONMENT, cwd='/') as process:
        for line in process.stdout:
            said = json.loads(line)
            if 'failure' in said:
                raise Failure(**said['failure'])
            if 'done' in said:
                print(page.shown(said['done']), flush=True)
            ended = 'removed' in said
    if process.returncode != 0:
        _refuse_held(layout)
    if not ended:
        raise Failure('not-removed', f'The removal of {layout.app} did not come to its end.', '', f'sudo slipway remove {layout.app}')
    print(f'{layout.app} is removed. setup-vm makes it anew.')
    return 0
