"""What runs at times, or once per activation: units of systemd's, whoever keeps the services. Timers belong to the activation."""
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
    """A run. One that takes longer than to the next time is not doubled: a unit runs once."""
    service = definition.service
    once = service['schedule']['kind'] == 'once'
    secrets = ''.join(f'{setting}\n' for setting in given.settings(definition.layout, definition.number, service))
    # systemd forgets how a unit ended that nothing holds.
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
    """Persistent: a time that passed while the host was down is made up for, once."""
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
    """Units of single runs, those of `schedule: once` among them."""
    return units_of(activation, [*activation.timed(), *activation.once()])


def hand_over(old, new):
    """Timers of the one end, those of the other begin; done twice it changes nothing. Never both: no time comes twice."""
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
        # Started first: on a full disk they wait at least until the host restarts.
        units.start(timers(new))
        units.enable([timer for timer in timers(new) if not os.path.islink(f'{places.WANTS}/{timer}')])


def _since(old, before, new, service):
    """Up to which moment all times have been dealt with. With the same times, none is lost between the two timers, nor while
    maintenance had stopped the one that begins again now."""
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
    """systemd reads there, when a timer starts, since when it has to look for times that passed."""
    try:
        os.makedirs(STAMPS, exist_ok=True)
        files.write(_stamp_of(timer), '')
        os.utime(_stamp_of(timer), (moment, moment))
    except OSError:
        # A full disk. It begins from now, then.
        pass


def _end_exclusive(old):
    units.stop(units_of(old, [service for service in old.timed() if not service['overlap']]), old.longest_stop())


def forget(activation):
    for timer in timers(activation):
        files.remove(_stamp_of(timer))


def still_running(activation):
    """Runs that are in hand."""
    return [name for name, stands in units.look(runs(activation)).items() if stands.pids]
