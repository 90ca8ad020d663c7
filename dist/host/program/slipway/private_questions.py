''




import os
import stat

from . import asking, doors, public
from .activation_router import unreached
from .addresses import Port, connects
from .processes import identity


def ask(activation, service, instance, path, timeout):
    ''
    address = activation.address(service, instance)
    host = public.host_header(activation.config)
    if is_direct(service, address):
        return asking.ask(address.where, path, host, timeout)
    if not connects(address, activation.layout):
        raise asking.NoAnswer(asking.REFUSED)
    door = doors.of_instance(activation.layout, activation.number, service['name'], instance)
    status, body = asking.ask(door, path, host, timeout)
    if body == unreached(activation.facts['token']):
        raise asking.NoAnswer(_why(activation, service, address))
    return status, body


def is_direct(service, address):
    ''
    return service['protocol'] == 'http' and isinstance(address, Port)


def _why(activation, service, address):
    shut = None if isinstance(address, Port) else rights_that_shut_out(address.path, identity(activation.layout.app_user)[1])
    if shut:
        return f'the router may not connect to it: its rights are {shut}'
    return f'what answers there does not speak {service["protocol"]}'


def rights_that_shut_out(path, group):
    ''
    try:
        status = os.lstat(path)
    except OSError:
        return None
    needed = stat.S_IWGRP if status.st_gid == group else stat.S_IWOTH
    return None if status.st_mode & needed else stat.filemode(status.st_mode)
