"""Volumes are the project's, under the names that Compose gives them: they outlive every activation."""
from . import engine


def name_of(model, project, key):
    return ((model.get('volumes') or {}).get(key) or {}).get('name') or f'{project}_{key}'


def make(model, project):
    """Makes those that are missing, marked so that Compose itself would know them for its own."""
    for key, volume in (model.get('volumes') or {}).items():
        volume, name = volume or {}, name_of(model, project, key)
        if volume.get('external') or engine.find(f'/volumes/{name}') is not None:
            continue
        engine.post('/volumes/create', {
            'Name': name, 'Driver': volume.get('driver') or 'local',
            'DriverOpts': {key: str(value) for key, value in (volume.get('driver_opts') or {}).items()},
            'Labels': {**(volume.get('labels') or {}), 'com.docker.compose.project': project, 'com.docker.compose.volume': key}})
