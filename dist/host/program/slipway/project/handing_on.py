"""Data in volumes without a name: a container that takes the place of another gets them, as Compose itself would do."""
import re

from ..failures import Failure

# What Docker calls a volume that nobody named.
_NAMELESS = re.compile(r'[0-9a-f]{64}\Z')


def volumes(name, service, old, instances):
    """{path in the container: volume} of what the old containers of a service keep where the new one mounts nothing else."""
    named = {mount.get('target') for mount in service.get('volumes') or [] if mount.get('type') != 'volume' or mount.get('source')}
    found = [(mount['Destination'], mount['Name']) for item in old for mount in item.get('Mounts') or []
             if mount.get('Type') == 'volume' and _NAMELESS.match(mount.get('Name') or '') and mount['Destination'] not in named]
    if found and (len(old) > 1 or instances > 1):
        raise Failure('data-without-name', f'Each container of {name} keeps data in {found[0][0]}, in a volume without a name.',
                      'Which of the new ones is to have which, nobody can tell.',
                      f'Give it a name (`volumes: [data:{found[0][0]}]`), or say that it may be lost: `x-slipway: {{ rollout: beside }}` in {name}.')
    return dict(found)
