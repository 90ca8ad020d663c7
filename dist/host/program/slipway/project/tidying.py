''
import json
import os

from .. import files
from .. import layout as places
from . import images, labels, mounts, networks


def tidy(layout):
    ''
    kept = pins(layout)
    before = files.read_json(known(layout)) or {}
    removed = images.prune(layout, kept)
    images.forget(before, kept)
    now = {pin['reference']: pin for each in kept for pin in each.values()}
    files.write(known(layout), json.dumps(now), mode=0o600)
    mounts.prune(layout, [*_models(layout), *_mounted(layout)])
    networks.drop_left(layout.app, os.listdir(layout.run))
    return [f'removed {removed} image{"" if removed == 1 else "s"}'] if removed else []


def pins(layout):
    ''
    return [found for found in (files.read_json(f'{layout.release(name)}/images.json') for name in places.release_ids(layout)) if found]


def note(layout, new):
    before = files.read_json(known(layout)) or {}
    files.write(known(layout), json.dumps({**before, **{pin['reference']: pin for pin in new.values()}}), mode=0o600)


def known(layout):
    ''
    return f'{layout.root}/images.json'


def _mounted(layout):
    ''
    listed = labels.containers({labels.APP: layout.app})
    return [f'{mount.get("Source", "")}/' for item in listed for mount in item.get('Mounts') or []]


def _models(layout):
    ''
    for entry in os.listdir(layout.run):
        try:
            with open(f'{layout.run}/{entry}/compose.json', encoding='utf-8') as file:
                yield file.read()
        except (FileNotFoundError, NotADirectoryError):
            continue
