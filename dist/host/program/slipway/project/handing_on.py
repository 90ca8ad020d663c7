''
import re

from ..failures import Failure


_NAMELESS = re.compile(r'[0-9a-f]{64}\Z')


def volumes(name, service, old, instances):
    ''
    named = {mount.get('target') for mount in service.get('volumes') or [] if mount.get('type') != 'volume' or mount.get('source')}
    found = [(mount['Destination'], mount['Name']) for item in old for mount in item.get('Mounts') or []
             if mount.get('Type') == 'volume' and _NAMELESS.match(mount.get('Name') or '') and mount['Destination'] not in named]
    if found and (len(old) > 1 or instances > 1):
        raise Failure('data-without-name', f'Each container of {name} keeps data in {found[0][0]}, in a volume without a name.',
                      'Which of the new ones is to have which, nobody can tell.',
                      f'Give it a name (`volumes: [data:{found[0][0]}]`), or say that it may be lost: `x-slipway: {{ rollout: beside }}` in {name}.')
    return dict(found)
