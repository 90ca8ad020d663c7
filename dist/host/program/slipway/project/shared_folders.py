"""Folders of `shared` that containers write to which do not run as root: a new one in which nothing is, is given to their user.

One with content is never touched: whose that is to be, people have decided, or have to.
"""
import os
import stat

from .. import files
from ..processes import identity
from . import labels, running_as


def give(project, number, conversation):
    """`number`: of the activation that is being made. Each folder that changes hands, or cannot, is a line."""
    layout = project.layout
    for path, names in sorted(_written(project).items()):
        folder = f'{layout.shared}/{path}'
        if not _is_new(layout, path):
            continue
        users = {name: running_as.number(project.model['services'][name], project.pins[name]['id'], labels.of(layout.app, number)) for name in names}
        users = {name: user for name, user in users.items() if user is not None}
        if len(set(users.values())) == 1:
            uid, gid = next(iter(users.values()))
            os.chown(folder, uid, gid, follow_symlinks=False)
            conversation.progress(f'{folder} is new, and given to user {uid}, as which {", ".join(sorted(users))} writes there')
        elif users:
            who = ', '.join(f'{name} as user {user[0]}' for name, user in sorted(users.items()))
            conversation.progress(f'{folder} is new, and nobody\'s but the app\'s: {who} write there. Let them run as the same user, or give it rights that suit all of them')


def _written(project):
    """{path of `shared`: names of the services that write there}."""
    found = {}
    for name, service in project.model['services'].items():
        for mount in service.get('volumes') or []:
            path = os.path.relpath(mount.get('source') or '/', project.layout.shared)
            if mount.get('type') == 'bind' and not mount.get('read_only') and path in project.mounts.shared:
                found.setdefault(path, set()).add(name)
    return found


def _is_new(layout, path):
    """As Slipway made it: a folder, the app's user's, and empty."""
    folder = f'{layout.shared}/{path}'
    return (stat.S_ISDIR(files.plain_mode(layout.shared, path)) and os.lstat(folder).st_uid == identity(layout.app_user)[0]
            and not os.listdir(folder))
