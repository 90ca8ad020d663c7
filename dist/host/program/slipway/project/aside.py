"""A container that was stopped for another is called so: its name tells that it did not end by itself, which no other mark would, and the
other may have the one that it had. Given before it is stopped, and taken back after it began again, so a run that is killed leaves no doubt."""
import re

_STOPPED, _ENDED = 'stopped', 'ended'
_ASIDE = re.compile(rf'\.[A-Za-z0-9-]{{1,8}}\.(?:{_STOPPED}|{_ENDED})\Z')


def runs(item):
    """Or is about to: the Engine waits with one that ends again and again."""
    return item['State']['Running'] or item['State']['Restarting']


def is_aside(item):
    return bool(_ASIDE.search(item['Name']))


def was_stopped(item):
    """By us, or it is about to be."""
    return item['Name'].endswith(f'.{_STOPPED}')


def is_to_begin_again(item):
    """On the way back: not one that people had stopped."""
    return runs(item) or was_stopped(item)


def own_name(item):
    """What it was called before it stepped aside."""
    return _ASIDE.sub('', item['Name'].lstrip('/'))


def name(item, usual):
    """What it is to be called when it ends; `usual`: what its activation calls it, which no other wants."""
    if runs(item):
        return item['Name'].lstrip('/') if was_stopped(item) else f'{own_name(item)}.{item["Id"][:8]}.{_STOPPED}'
    if is_aside(item) or own_name(item) == usual:
        return item['Name'].lstrip('/')
    return f'{own_name(item)}.{item["Id"][:8]}.{_ENDED}'
