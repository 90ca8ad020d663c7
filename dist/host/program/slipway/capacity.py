''
import os

from .failures import Failure

RESERVE_BYTES = 32 << 20
RESERVE_FILES = 1000
NEW_ENVIRONMENT_BYTES = 64 << 20
NEW_ENVIRONMENT_FILES = 3000


def human(size):
    for unit in ('B', 'kB', 'MB', 'GB'):
        if size < 1000 or unit == 'GB':
            return f'{size:.0f} {unit}' if unit == 'B' or size >= 100 else f'{size:.1f} {unit}'
        size /= 1000
    return ''


def check_disk(path, need_bytes, need_files):
    status = os.statvfs(path)
    free = status.f_bavail * status.f_frsize
    need = need_bytes + RESERVE_BYTES
    if free < need:
        raise Failure(
            'disk-too-small', f'The disk is too full: the release needs {human(need)}, {path} has {human(free)}.',
            'Nothing was touched.',
            f'Free space on the host (df -h {path}; du -xh / | sort -h | tail), or lower `keep` in slipway.yml, then deploy again.')

    if status.f_files and status.f_favail < need_files + RESERVE_FILES:
        raise Failure(
            'inodes-too-few',
            f'The disk has too few inodes: the release needs {need_files + RESERVE_FILES}, {path} has {status.f_favail}.',
            'Nothing was touched.',
            f'Remove small files on the host (df -i {path}), or lower `keep` in slipway.yml, then deploy again.')


def has_room(path, need_bytes):
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize >= need_bytes + RESERVE_BYTES


def available_memory():
    with open('/proc/meminfo', encoding='ascii') as file:
        for line in file:
            if line.startswith('MemAvailable:'):
                return int(line.split()[1]) * 1024
    return None


def resident(pids):
    ''
    total = 0
    for pid in pids:
        try:
            with open(f'/proc/{pid}/statm', encoding='ascii') as file:
                _, rss, shared, *_ = (int(word) for word in file.read().split())
            total += (rss - shared) * os.sysconf('SC_PAGE_SIZE')
        except (OSError, ValueError):
            pass
    return total


def holds(need):
    have = available_memory()
    return have is None or have >= need


def check_memory(need, of, spare=0):
    ''
    have = available_memory()
    if have is not None and have + spare < need:
        raise Failure(
            'memory-too-small', f'The memory is too small for both releases at once: {of} needs {human(need)}, {human(have + spare)} are free.',
            'The new one is started beside the old one, so that no request is dropped. Nothing was touched.',
            'Lower `instances` or `memory` in slipway.yml, give the host more memory, or stop what else runs there, then deploy again.')
