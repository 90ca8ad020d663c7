''



import contextlib
import os

from ..processes import identity
from . import engine, labels, running_as


def give(project, number, conversation):
    ''
    for path, names in sorted(_written(project).items()):
        with _opened(project.layout.shared, path) as descriptor:
            if descriptor is not None and _is_new(project.layout, descriptor):
                _give(project, number, conversation, f'{project.layout.shared}/{path}', descriptor, names)


def _give(project, number, conversation, folder, descriptor, names):
    marked = labels.of(project.layout.app, number)
    users = {name: running_as.number(project.model['services'][name], project.pins[name]['id'], marked) for name in names}
    users = {name: user for name, user in users.items() if user is not None}
    who = ', '.join(f'{name} as user {user[0]}' for name, user in sorted(users.items()))
    if users and _is_mapped():
        conversation.progress(f'{folder} is new, and the app\'s: {who} write there, and Docker maps users on this host (userns-remap). Give it to the one that is meant')
    elif len(set(users.values())) == 1:
        uid, gid = next(iter(users.values()))
        os.fchown(descriptor, uid, gid)
        conversation.progress(f'{folder} is new, and given to user {uid}, as which {", ".join(sorted(users))} writes there')
    elif users:
        conversation.progress(f'{folder} is new, and nobody\'s but the app\'s: {who} write there. Let them run as the same user, or give it rights that suit all of them')


def _written(project):
    ''
    found = {}
    for name, service in project.model['services'].items():
        for mount in service.get('volumes') or []:
            path = os.path.relpath(mount.get('source') or '/', project.layout.shared)
            if mount.get('type') == 'bind' and not mount.get('read_only') and path in project.mounts.shared:
                found.setdefault(path, set()).add(name)
    return found


def _is_mapped():
    ''
    return any('name=userns' in said.split(',') for said in engine.get('/info').get('SecurityOptions') or [])


@contextlib.contextmanager
def _opened(root, path):
    ''
    descriptor = None
    try:
        for part in (root, *(part for part in path.split('/') if part not in ('', '.'))):
            above, descriptor = descriptor, None
            try:
                descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
            except (FileNotFoundError, NotADirectoryError):
                break
            finally:
                if above is not None:
                    os.close(above)
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _is_new(layout, descriptor):
    ''
    return os.fstat(descriptor).st_uid == identity(layout.app_user)[0] and not os.listdir(descriptor)
