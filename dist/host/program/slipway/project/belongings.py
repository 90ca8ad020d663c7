"""Networks and volumes of an app. Its own are those that bear its mark, put there when they were made here; all others are somebody's.

Under the name of its project there may be others': made by Compose itself before Slipway came, by an earlier version, for another app.
"""
from typing import NamedTuple

from . import known_projects, labels


class Found(NamedTuple):
    """As the Engine lists them, by name. `own`: marked, and nobody else's; `shared`: marked, and others have its project; `loose`: not marked."""
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
            # Containers of a release are of a project with a number, so these are somebody's, running or not.
            asked[project] = project in others or bool(labels.containers(labels.of_compose(project)))
        return asked.get(project, False)

    marked = listed({labels.APP: layout.app})
    loose = [item for name in known_projects.noted(layout) if not is_shared(name) for item in listed(labels.of_compose(name))
             if labels.APP not in (item.get('Labels') or {})]
    theirs = [item for item in marked if is_shared((item.get('Labels') or {}).get(labels.PROJECT))]
    return Found(*({item['Name']: item for item in items} for items in ([item for item in marked if item not in theirs], theirs, loose)))
