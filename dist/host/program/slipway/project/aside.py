''

import re

_STOPPED, _ENDED = 'stopped', 'ended'
_ASIDE = re.compile(rf'\.[A-Za-z0-9-]{{1,8}}\.(?:{_STOPPED}|{_ENDED})\Z')


def runs(item):
    ''
    return item['State']['Running'] or item['State']['Restarting']


def is_aside(item):
    return bool(_ASIDE.search(item['Name']))


def was_stopped(item):
    ''
    return item['Name'].endswith(f'.{_STOPPED}')


def is_to_begin_again(item):
    ''
    return runs(item) or was_stopped(item)


def own_name(item):
    ''
    return _ASIDE.sub('', item['Name'].lstrip('/'))


def name(item, usual):
    ''
    if runs(item):
        return item['Name'].lstrip('/') if was_stopped(item) else f'{own_name(item)}.{item["Id"][:8]}.{_STOPPED}'
    if is_aside(item) or own_name(item) == usual:
        return item['Name'].lstrip('/')
    return f'{own_name(item)}.{item["Id"][:8]}.{_ENDED}'
