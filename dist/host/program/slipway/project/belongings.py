''



from typing import NamedTuple

from . import known_projects, labels


class Found(NamedTuple):
    ''
    own: dict
    shared: dict
    loose: dict


def networks(layout):
    return _found(layout, labels.networks)


def volumes(layout):
    return _found(layout, labels.volumes)


def _found(layout, listed):
    others, asked = known_projects.of_others(layout), {}

    def is_shared(project):
        if project and project not in asked:

            asked[project] = project in others or bool(labels.containers(labels.of_compose(project)))
        return asked.get(project, False)

    marked = listed({labels.APP: layout.app})
    loose = [item for name in known_projects.noted(layout) if not is_shared(name) for item in listed(labels.of_compose(name))
             if labels.APP not in (item.get('Labels') or {})]
    theirs = [item for item in marked if is_shared((item.get('Labels') or {}).get(labels.PROJECT))]
    return Found(*({item['Name']: item for item in items} for items in ([item for item in marked if item not in theirs], theirs, loose)))
