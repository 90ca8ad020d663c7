"""Names of the Compose projects that an app has had on this host. Volumes are called after them, and outlive whatever else told of them."""
import json

from .. import files
from .. import layout as places


def file(layout):
    return f'{layout.root}/projects.json'


def of(layout):
    found = set(files.read_json(file(layout)) or ())
    for release_id in places.release_ids(layout):
        config = (files.read_json(f'{layout.release(release_id)}/release.json') or {}).get('config') or {}
        if config.get('compose'):
            found.add(config['compose']['project'])
    return sorted(found)


def note(layout, name):
    names = files.read_json(file(layout)) or []
    if name not in names:
        files.write(file(layout), json.dumps(sorted({*names, name})))


def forget(layout):
    files.remove(file(layout))
