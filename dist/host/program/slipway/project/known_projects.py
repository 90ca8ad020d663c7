''
import json
import os

from .. import fields, files
from .. import layout as places


def file(layout):
    return f'{layout.root}/projects.json'


def of(layout):
    ''
    found = set(noted(layout))
    for release_id in places.release_ids(layout):
        config = (_read(f'{layout.release(release_id)}/release.json') or {}).get('config') or {}
        if config.get('compose'):
            found.add(config['compose']['project'])
    return sorted(found)


def of_others(layout):
    ''
    apps = set()
    for folder in ('apps', 'removing', 'removed'):
        try:
            apps.update(name for name in os.listdir(f'{places.STATE}/{folder}') if fields.APP.match(name))
        except FileNotFoundError:
            continue
    return {name for app in apps - {layout.app} for name in of(places.Layout(app))}


def noted(layout):
    return _read(file(layout)) or []


def note(layout, name):
    ''
    names = noted(layout)
    if name not in names:
        files.write(file(layout), json.dumps(sorted({*names, name})))


def forget(layout):
    files.remove(file(layout))


def _read(path):
    ''
    try:
        return files.read_json(path)
    except ValueError:
        return None
