''
import os
import time

from . import files, given, sandbox, units
from . import layout as places
from .state import State
from .supervisors.systemd import ending, limits

STAMPS = '/var/lib/systemd/timers'


def unit_name(layout, number, service):
    return f'slipway-app.{layout.app}.{number}.{service["name"]}.service'


def timer_name(layout, number, service):
    return f'slipway-app.{layout.app}.{number}.{service["name"]}.timer'


def write(definition):
    layout, number, service = definition.layout, definition.number, definition.service
    units.write(unit_name(layout, number, service), run_unit(definition))
    if service['schedule']['kind'] == 'times':
        units.write(timer_name(layout, number, service), timer_unit(definition))


def run_unit(definition):
    ''
    service = definition.service
    once = service['schedule']['kind'] == 'once'
    secrets = ''.join(f'{setting}\n' for setting in given.settings(definition.layout, definition.number, service))

    stays = 'RemainAfterExit=yes\n' if once else ''
    return f"""[Unit]
Description=Slipway: {definition.layout.app} {definition.number}, {service['name']}
After=network.target

[Service]
Type=oneshot
{stays}TimeoutStartSec={max(1, round((service['healthTimeout'] if once else service['timeout']) * 1000))}ms
WorkingDirectory={definition.source}
EnvironmentFile={definition.environment}
{secrets}ExecStart=/bin/sh {definition.script}
{ending(definition)}{limits(service)}{sandbox.lines(definition.sandbox)}"""


def timer_unit(definition):
    ''
    service = definition.service
    times = ''.join(f'OnCalendar={line}\n' for line in service['schedule']['calendar'])
    return f"""[Unit]
Description=Slipway: {definition.layout.app} {definition.number}, times of {service['name']}

[Timer]
{times}AccuracySec=1s
Persistent=yes

[Install]
WantedBy=multi-user.target
"""


def timers(activation):
    return [timer_name(activation.layout, activation.number, service) for service in activation.timed()]


def units_of(activation, services):
    return [unit_name(activation.layout, activation.number, service) for service in services]


def runs(activation):
    ''
    return units_of(activation, [*activation.timed(), *activation.once()])


def hand_over(old, new):
    ''
    before = {service['name']: service for service in (old.timed() if old else [])}
    if before:
        units.disable(timers(old))
        units.stop(timers(old))
        _end_exclusive(old)
    waiting = units.look(timers(new))
    for service in new.timed():
        timer = timer_name(new.layout, new.number, service)
        if not waiting.get(timer, State()).is_up():
            _stamp(timer, _since(old, before.get(service['name']), new, service))
    if new.timed():

        units.start(timers(new))
        units.enable([timer for timer in timers(new) if not os.path.islink(f'{places.WANTS}/{timer}')])


def _since(old, before, new, service):
    ''

    own = _stamped(timer_name(new.layout, new.number, service))
    others = _stamped(timer_name(old.layout, old.number, before)) if before is not None else None
    if others is not None and before['schedule'] != service['schedule']:
        return time.time()
    dealt = [moment for moment in (own, others) if moment is not None]
    return min(max(dealt), time.time()) if dealt else time.time()


def _stamped(timer):
    try:
        return os.stat(_stamp_of(timer)).st_mtime
    except FileNotFoundError:
        return None


def _stamp_of(timer):
    return f'{STAMPS}/stamp-{timer}'


def _stamp(timer, moment):
    ''
    try:
        os.makedirs(STAMPS, exist_ok=True)
        files.write(_stamp_of(timer), '')
        os.utime(_stamp_of(timer), (moment, moment))
    except OSError:

        pass


def _end_exclusive(old):
    units.stop(units_of(old, [service for service in old.timed() if not service['overlap']]), old.longest_stop())


def forget(activation):
    for timer in timers(activation):
        files.remove(_stamp_of(timer))


def still_running(activation):
    ''
    return [name for name, stands in units.look(runs(activation)).items() if stands.pids]
