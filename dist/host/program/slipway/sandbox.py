''



import os
import re
import stat

from . import fields
from .failures import Failure

_ALWAYS = (
    'UMask=0027',

    'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'AmbientCapabilities=', 'RestrictSUIDSGID=yes',

    'ProtectSystem=strict', 'PrivateTmp=yes', 'ProtectHome=yes',

    'ProtectKernelTunables=yes', 'ProtectKernelModules=yes', 'ProtectKernelLogs=yes', 'ProtectControlGroups=yes',
    'ProtectClock=yes', 'ProtectHostname=yes', 'RestrictRealtime=yes', 'LockPersonality=yes', 'KeyringMode=private',

    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',


    'SystemCallArchitectures=native', 'SystemCallErrorNumber=EPERM', 'SystemCallFilter=@system-service',

    'SystemCallFilter=~@keyring io_uring_setup io_uring_enter io_uring_register',
)

_OWN_NAMESPACES = 'SystemCallFilter=chroot mount umount2 pivot_root setns unshare clone clone3'
NARROW = {'namespaces': False, 'devices': False}
_PLAIN = re.compile(r'/[A-Za-z0-9._/@+=~-]{1,400}\Z')


def properties(user, group, writable, wider=NARROW):
    ''
    for path in writable:
        if not can_name(path):
            fields.refuse('writable path', path)
    listed = [f'User={user}', f'Group={group}', *_ALWAYS]
    listed.append(f'ReadWritePaths={" ".join(writable)}')
    listed.append(_OWN_NAMESPACES if wider['namespaces'] else 'RestrictNamespaces=yes')
    listed.append(f'PrivateDevices={"no" if wider["devices"] else "yes"}')
    return listed


def of_service(layout, number, release_id, config, service):
    ''
    writable = [f'{layout.activation(number)}/home', layout.shared, *_elsewhere(layout, config)]
    if service['listen'] == 'socket':
        writable += [os.path.dirname(layout.service_socket(number, service['name'], instance))
                     for instance in range(1, service['instances'] + 1)]
    if config['scratch']:
        writable.append(f'{layout.scratch}/{release_id}')
    return properties(layout.app_user, layout.app_user, writable, service['sandbox'])


def _elsewhere(layout, config):
    ''
    found = []
    for path in config['shared']:
        here = layout.shared
        for part in path.split('/'):

            if os.lstat(here).st_uid != os.geteuid():
                break
            here = f'{here}/{part}'
            if not os.path.lexists(here):
                break
            if stat.S_ISLNK(os.lstat(here).st_mode):
                found.append(_volume(path, os.path.realpath(here)))
                break
    return sorted(set(found))


def _volume(path, place):
    if not os.path.isdir(place) or not _PLAIN.match(place) or place.count('/') < 2:
        raise Failure('shared-leads-astray', f'The shared path {path} is a link on this host, to {place[:200]}.',
                      'What is shared may be a link of root\'s to a folder, two levels deep at least, with a plain name.',
                      f'Mount the volume there, or let the link lead to a folder such as /srv/{os.path.basename(path)}; then deploy again.')
    return place


def writable(listed):
    ''
    return next(item for item in listed if item.startswith('ReadWritePaths=')).partition('=')[2].split()


def can_name(path):
    ''
    return bool(_PLAIN.match(path))


def lines(listed):
    ''
    return ''.join(f'{item}\n' for item in listed)


def options(listed):
    ''
    return [f'--property={item}' for item in listed]
