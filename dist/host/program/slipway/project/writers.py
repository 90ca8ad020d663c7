''
from ..failures import Failure
from . import volumes
from .kinds import ALONE


def check(project, old):
    ''
    if old is None:
        return
    there = {service['name']: _held(old, service) for service in old.running()}
    coming = [name for name, kind in project.kinds.items() if kind.kind == ALONE and name not in there]
    for gone in sorted(set(there) - set(project.kinds)):
        others = set().union(*(held for name, held in there.items() if name != gone))
        for name in coming:
            both = sorted((there[gone] - others) & _wanted(project, name))
            if both:
                raise _written_by_two(name, gone, both[0], old)


def _held(old, service):
    ''
    there = old.supervisor.containers(old.names_of([service])).values()
    return {mount.get('Name') or mount.get('Source') for item in there if item['State']['Running'] for mount in item.get('Mounts') or [] if mount.get('RW')}


def _wanted(project, name):
    return {volumes.name_of(project.model, project.settings['project'], mount['source']) if mount.get('type') == 'volume' else mount['source']
            for mount in project.model['services'][name].get('volumes') or [] if mount.get('source') and not mount.get('read_only')}


def _written_by_two(name, gone, place, old):
    service = next(service for service in old.running() if service['name'] == gone)
    containers = [item['Name'].lstrip('/') for item in old.supervisor.containers(old.names_of([service])).values()]
    return Failure(
        'written-by-two', f'{name} is to write to {place}, where {gone} writes, which serves and is not in the Compose file any more.',
        f'Was {gone} renamed? By another name it is another service: both would run until the new release is proven, and two databases in one '
        'folder destroy it.',
        f'Keep the name {gone}. Or end it first, and what needs it is away until the release serves: sudo docker stop {" ".join(containers)}; then deploy again.')
