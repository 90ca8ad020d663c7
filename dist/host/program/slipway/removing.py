''




import contextlib
import glob
import json
import os
import pwd
import re

from . import (
    departing,
    fields,
    files,
    one_offs,
    polling,
    router,
    settling,
    tls,
    units,
    warmth,
)
from . import layout as places
from . import ports as port_book
from .failures import Failure
from .processes import run
from .project import known_projects, leaving
from .records import Records, now
from .supervisors import circus

GIT = '/srv/git'
TIMERS = '/var/lib/systemd/timers'

STOP = 120


def remove_app(app, by, with_data):
    ''
    layout = places.Layout(fields.text(app, 'app', fields.APP))
    actor = fields.actor({'by': by, 'run': 'slipway remove'})
    files.write(layout.holder, json.dumps({**actor, 'since': now()}), mode=0o644)
    try:
        remove(layout, with_data, actor, lambda line: _say(done=line))
        _say(removed=layout.app)
    except Failure as failure:
        _say(failure=failure.as_json())
    except OSError as error:
        _say(failure=Failure('host-refused', f'The host refused: {error}.', '', 'Mend that, and type the same again.').as_json())
    finally:
        files.remove(layout.holder)
    return 0


def _say(**line):
    with contextlib.suppress(OSError):
        print(json.dumps(line), flush=True)


def remove(layout, with_data, actor, say):
    ''
    begin(layout)
    records = Records(layout)
    served = (records.serving_entry() or {}).get('version')
    _unroute(layout)
    say('its names lead nowhere any more, and its certificates are gone')
    _end(layout, records)
    say('its processes have ended')
    for line in leaving.leave(layout, with_data):
        say(line)
    for line in _files(layout, with_data):
        say(line)
    for line in _left(layout):
        say(line)
    _conclude(layout, served, actor)


def begin(layout):
    for folder in (layout.removing, layout.removed):
        os.makedirs(os.path.dirname(folder), mode=0o755, exist_ok=True)
    for claim in (layout.claim, layout.removed):
        if os.path.lexists(claim):
            os.rename(claim, layout.removing)
            files.sync_folder(os.path.dirname(layout.removing))


def _unroute(layout):
    router.release_claims(layout, None)
    files.remove(f'{places.DOMAINS}/.{layout.app}.claiming')
    tls.tidy(layout.app, {'domains': [], 'aliases': []})


def _end(layout, records):

    warmth.forget(layout)
    for kind in ('ports', 'router', 'run', 'task', 'build', 'app'):
        run([units.SYSTEMCTL, 'stop', f'slipway-{kind}.{layout.app}.*'], timeout=STOP)
    leaving.end_taken_over(layout)
    for number in _numbers(layout, records):
        _end_one_offs(layout, number)
        settling.sweep(layout, number)
    _end_circus(layout)
    for stamp in glob.glob(f'{TIMERS}/stamp-slipway-app.{layout.app}.*'):
        files.remove(stamp)
    port_book.release_of(layout.app)
    run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)


def _end_one_offs(layout, number):
    ''
    def over():
        left = one_offs.in_hand(layout, number)
        if left:
            units.stop(left, STOP)
        return not left
    if not polling.wait_until(over, STOP):
        raise Failure('command-stays', f'{one_offs.in_hand(layout, number)[0]} does not end, a command of `slipway run`.',
                      'Its files cannot be removed while it runs.', 'See who runs it (ps -ef | grep "slipway run"), end that, and type the same again.')


def _end_circus(layout):
    ''
    unit = circus.Circus(layout).unit
    if not os.path.lexists(f'{places.UNITS}/{unit}'):
        return
    units.stop([unit], STOP)
    units.remove([unit])
    for name in (f'{layout.app}.ini', f'{layout.app}.d'):
        _clear(f'{circus.ROOT}/{name}')


def _numbers(layout, records):
    ''
    found = set(records.entries)
    for path in [*glob.glob(f'{layout.run}/*'), *glob.glob(f'{places.UNITS}/slipway-*.{layout.app}.*')]:
        number = re.search(rf'(?:/run/|/slipway-[a-z]+\.{layout.app}\.)(\d+)(?:\.|\Z)', path)
        if number:
            found.add(int(number[1]))
    return sorted(found)


def _files(layout, with_data):
    ''
    for path in (layout.run, layout.releases, layout.scratch, layout.incoming, layout.caches, layout.logs, layout.mounts, layout.ways):
        _clear(path)
    yield 'its releases, stored secrets, caches and log files are gone'
    held = departing.held_elsewhere(layout.shared, layout.app_user) if with_data else {}
    if held:
        departing.clear_but(layout.shared, held, _clear)
        for link, volume in held.items():
            yield (f'{link} stays, and so does the user {layout.app_user}, whose number would go to another: it leads to {volume}, where files of '
                   f'that user are. sudo rm -r {volume}, or sudo chown -R root: {volume}; then sudo slipway remove {layout.app} --with-data')
    elif with_data:
        _clear(layout.shared)
        yield 'what it had in `shared` is gone'
    elif _is_empty(layout.shared):
        files.remove(layout.shared)
    else:
        yield f'{layout.shared} stays, with its owner {layout.app_user}: sudo slipway remove {layout.app} --with-data removes both'
    users = [layout.router_user, layout.build_user, *([] if os.path.lexists(layout.shared) else [layout.app_user])]
    for user in users:
        departing.forget(user)
    yield f'the user{"s" if len(users) > 1 else ""} {", ".join(users)} {"are" if len(users) > 1 else "is"} gone'


def _clear(path):
    try:
        files.remove(path)
    except OSError as error:
        raise Failure('files-stay', f'{path} could not be removed: {error.strerror}.', 'Perhaps a file system is mounted in it.',
                      f'See findmnt -R {path} and sudo rm -r {path}; then type the same again.') from error


def _is_empty(folder):
    try:
        return not os.listdir(folder)
    except FileNotFoundError:
        return True


def _left(layout):
    ''
    repository = f'{GIT}/{layout.app}.git'
    if os.path.isdir(repository):
        yield f'{repository} stays, and refuses pushes from now on: sudo rm -r {repository} if nobody needs it'
    for path in _secrets_of_pushes(layout.app):
        yield f'{path} stays, with the secrets that are in it: sudo rm {path} if nobody needs it'
    for aside in sorted(glob.glob(f'{glob.escape(places.STATE)}/taken-over/{layout.app}/*.json')):
        site = aside[:-len('.json')]
        try:
            path = (files.read_json(aside) or {}).get('path')
        except ValueError:
            path = None
        if path and os.path.lexists(site):
            yield f'the site that it took over is kept as {site}: sudo mv {site} {path} && sudo nginx -t && sudo systemctl reload nginx'
    opened = f'{places.STATE}/open/{layout.app}'
    try:
        with open(opened, encoding='ascii') as file:
            rules = file.read().split()
    except FileNotFoundError:
        rules = []
    for rule in rules:
        yield f'the firewall still lets in {rule}, which it had asked for: sudo ufw delete allow {rule} if no other needs it'
    files.remove(opened)
    others = _names(layout.root, ('history', 'shared', os.path.basename(known_projects.file(layout))))
    if others:
        yield f'{layout.root} holds what is not Slipway\'s, and stays: {", ".join(others)[:200]}'


def _secrets_of_pushes(app):
    ''
    paths = {f'{user.pw_dir}/.config/slipway/{app}.env' for user in pwd.getpwall()}
    return sorted(path for path in paths if os.path.lexists(path))


def _names(folder, but):
    try:
        return sorted(set(os.listdir(folder)) - set(but))
    except FileNotFoundError:
        return []


def _conclude(layout, served, actor):
    ''
    line = {'at': now(), 'app': layout.app, 'served': served, 'kept': os.path.lexists(layout.shared) or os.path.lexists(known_projects.file(layout)), **actor}
    files.append(f'{os.path.dirname(layout.removed)}/log.jsonl', json.dumps(line, sort_keys=True))
    _clear(os.path.dirname(layout.history))
    try:
        os.rmdir(layout.root)
    except OSError:
        pass
    if os.path.lexists(layout.root):
        os.rename(layout.removing, layout.removed)
    else:
        files.remove(layout.removing)
    files.sync_folder(os.path.dirname(layout.removing))
