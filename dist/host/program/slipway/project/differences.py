''
import os

from .. import files
from . import labels


_APART = ('image', 'pull_policy', 'restart', 'ports', 'networks', 'depends_on', 'build', 'profiles', 'x-slipway', 'develop', 'links', 'deploy', 'container_name')


def of(name, model, serving, references):
    ''



    before = _before(name, serving)
    if before is None:
        return ''
    after = model['services'][name]
    old, new = references.get(name, (None, None))
    words = [f'image {_short(old)} → {_short(new)}'] if old and old != new else []
    for key in sorted((set(before) | set(after)) - set(_APART)):
        was, will = (_comparable(key, service.get(key)) for service in (before, after))
        if was != will:
            words.append(key + _names(was, will) if isinstance(was or will, dict) else key)
    return ', '.join(words)


def file(activation):
    return f'{activation.layout.activation(activation.number)}/services.json'


def _before(name, serving):
    if serving is None or not serving.in_containers():
        return None
    return (files.read_json(file(serving)) or {}).get(name)


def _comparable(key, value):
    if key == 'labels':
        return {name: said for name, said in (value or {}).items() if name not in (labels.APP, labels.ACTIVATION)}
    if key == 'volumes':

        return sorted((mount.get('type', ''), mount.get('target', ''), bool(mount.get('read_only')), os.path.basename(mount.get('source') or ''))
                      for mount in value or [])
    return value or None


def _names(was, will):
    was, will = was or {}, will or {}
    changed = [name for name in sorted(set(was) & set(will)) if was[name] != will[name]]
    return ' ' + ', '.join([*changed, *(f'+{name}' for name in sorted(set(will) - set(was))), *(f'-{name}' for name in sorted(set(was) - set(will)))])


def _short(reference):
    ''
    name, _, digest = reference.partition('@sha256:')
    return f'{name}@{digest[:12]}' if digest else name
