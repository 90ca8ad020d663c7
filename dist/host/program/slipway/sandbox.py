"""What a process of an app, a builder or a router may do. One list for all: lines of a unit, or options of `systemd-run`.

Nothing here is a wish: what a systemd does not know it would ignore, so the tests read on hosts what came of each line.
"""
import os
import re
import stat

from . import fields
from .failures import Failure

_ALWAYS = (
    'UMask=0027',
    # Nothing gains rights: by no setuid program, no capability, no new file that gives any.
    'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'AmbientCapabilities=', 'RestrictSUIDSGID=yes',
    # Files: all are read-only but for ReadWritePaths; a /tmp of its own; no home of a person.
    'ProtectSystem=strict', 'PrivateTmp=yes', 'ProtectHome=yes',
    # The kernel and the host.
    'ProtectKernelTunables=yes', 'ProtectKernelModules=yes', 'ProtectKernelLogs=yes', 'ProtectControlGroups=yes',
    'ProtectClock=yes', 'ProtectHostname=yes', 'RestrictRealtime=yes', 'LockPersonality=yes', 'KeyringMode=private',
    # Others' processes are not seen. ProcSubset stays: what counts processors and memory reads /proc.
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    # A refused call is an error that the app sees and can do without, never its death. What engines compile at run time has
    # to be written and executed, so MemoryDenyWriteExecute is not here.
    'SystemCallArchitectures=native', 'SystemCallErrorNumber=EPERM', 'SystemCallFilter=@system-service',
    # Of which containers know no need either: keys of the kernel's, and io_uring, which passes by this very filter.
    'SystemCallFilter=~@keyring io_uring_setup io_uring_enter io_uring_register',
)
# What the sandbox of a browser is made with.
_OWN_NAMESPACES = 'SystemCallFilter=chroot mount umount2 pivot_root setns unshare clone clone3'
NARROW = {'namespaces': False, 'devices': False}
_PLAIN = re.compile(r'/[A-Za-z0-9._/@+=~-]{1,400}\Z')


def properties(user, group, writable, wider=NARROW):
    """A list of `Name=value`. `writable`: the absolute paths that may be written to; `wider`: what a service asked for."""
    for path in writable:
        if not can_name(path):
            fields.refuse('writable path', path)
    listed = [f'User={user}', f'Group={group}', *_ALWAYS]
    listed.append(f'ReadWritePaths={" ".join(writable)}')
    listed.append(_OWN_NAMESPACES if wider['namespaces'] else 'RestrictNamespaces=yes')
    listed.append(f'PrivateDevices={"no" if wider["devices"] else "yes"}')
    return listed


def of_service(layout, number, release_id, config, service):
    """For whatever runs as the app's user: the service, its checks, its tasks, its scheduled runs."""
    writable = [f'{layout.activation(number)}/home', layout.shared, *_elsewhere(layout, config)]
    if service['listen'] == 'socket':
        writable += [os.path.dirname(layout.service_socket(number, service['name'], instance))
                     for instance in range(1, service['instances'] + 1)]
    if config['scratch']:
        writable.append(f'{layout.scratch}/{release_id}')
    return properties(layout.app_user, layout.app_user, writable, service['sandbox'])


def _elsewhere(layout, config):
    """Where links lead that root put in the place of shared paths, such as to a volume."""
    found = []
    for path in config['shared']:
        here = layout.shared
        for part in path.split('/'):
            # In a folder of the app's, a link is the app's word.
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
    """The paths that the list lets be written to."""
    return next(item for item in listed if item.startswith('ReadWritePaths=')).partition('=')[2].split()


def can_name(path):
    """Can systemd be told of it?"""
    return bool(_PLAIN.match(path))


def lines(listed):
    """For the section [Service] of a unit."""
    return ''.join(f'{item}\n' for item in listed)


def options(listed):
    """For `systemd-run`."""
    return [f'--property={item}' for item in listed]
