''
import os

from .. import given, sandbox, units
from .. import layout as places


class Systemd:
    label = 'systemd'

    def __init__(self, layout):
        self.layout = layout

    @staticmethod
    def name(layout, number, service, instance):
        return f'{layout.process(number, service, instance)}.service'

    def check(self):
        ''

    def write(self, definition):
        service = definition.service
        units.write(self.name(self.layout, definition.number, service['name'], definition.instance), unit(definition))

    def start(self, names, boot=False):
        if boot:
            units.enable(names)
            names = [name for name in names if not units.runs(name)]
        if names:
            units.start(names)

    def stop(self, names, timeout, boot=None):
        if boot is False:
            units.disable(names)
        units.stop(names, timeout)

    def until_restart(self, names):
        units.disable(names)

    def look(self, names):
        return units.look(names)

    def logs(self, name, lines=60):
        return units.logs(name, lines)

    def remove(self, names):
        units.remove(names)

    def leftovers(self, number):
        prefixes = (f'slipway-app.{self.layout.app}.{number}.', f'slipway-router.{self.layout.app}.{number}.')
        return [name for name in os.listdir(places.UNITS) if name.startswith(prefixes)]


def unit(definition):
    ''
    layout, service = definition.layout, definition.service
    secrets = ''.join(f'{setting}\n' for setting in given.settings(layout, definition.number, service))
    return f"""[Unit]
Description=Slipway: {layout.app} {definition.number}, {service['name']} {definition.instance}
After=network.target
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
{_kind(definition)}WorkingDirectory={definition.source}
EnvironmentFile={definition.environment}
{secrets}ExecStart=/bin/sh {definition.script}
{ending(definition)}Restart=always
RestartSec=1
{limits(service)}{sandbox.lines(definition.sandbox)}
[Install]
WantedBy=multi-user.target
"""


def _kind(definition):
    if not definition.notifies:
        return 'Type=exec\n'

    return f'Type=notify\nNotifyAccess=main\nTimeoutStartSec={round(definition.service["healthTimeout"]) + 60}\n'


def ending(definition):
    ''
    stop = definition.service['stop']

    return (f'KillMode={"mixed" if definition.simple else "control-group"}\nKillSignal={stop["signal"]}\n'
            f'TimeoutStopSec={max(1, round(stop["timeout"] * 1000))}ms\n')


def limits(service):
    ''
    memory = f'MemoryMax={service["memory"]}\nOOMPolicy=stop\n' if service['memory'] else ''
    return memory + (f'TasksMax={service["tasks"]}\n' if service['tasks'] else '')
