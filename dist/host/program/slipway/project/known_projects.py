"""Names of the Compose projects that an app has had on this host. Volumes are called after them, and outlive whatever else told of them."""
import json
import os

from .. import fields, files
from .. import layout as places


def file(layout):
    return f'{layout.root}/projects.json'


def of(layout):
    """Those that served, and those of releases that are here, whatever became of them."""
    found = set(noted(layout))
    for release_id in places.release_ids(layout):
        config = (_read(f'{layout.release(release_id)}/release.json') or {}).get('config') or {}
        if config.get('compose'):
            found.add(config['compose']['project'])
    return sorted(found)


def of_others(layout):
    """Of all other apps of this host, those of which only data are there among them."""
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
    """After proof: what never served says nothing of whose the data are."""
    names = noted(layout)
    if name not in names:
        files.write(file(layout), json.dumps(sorted({*names, name})))


def forget(layout):
    files.remove(file(layout))


def _read(path):
    """Whatever is left of another app, and however it was left."""
    try:
        return files.read_json(path)
    except ValueError:
        return None
