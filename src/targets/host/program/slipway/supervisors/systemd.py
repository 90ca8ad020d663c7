"""systemd: a unit for each instance, enabled once it is proven."""
import os

from .. import given, units
from .. import layout as places


class Systemd:
    label = 'systemd'

    def __init__(self, layout):
        self.layout = layout

    @staticmethod
    def name(layout, number, service, instance):
        return f'{layout.process(number, service, instance)}.service'

    def check(self):
        """systemd takes each unit by itself: another's broken one is in nobody's way."""

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
    """Its command is constant; the user's words are in a script that runs as the app's user."""
    layout, service = definition.layout, definition.service
    memory = f'MemoryMax={service["memory"]}\n' if service['memory'] else ''
    secrets = ''.join(f'{setting}\n' for setting in given.settings(layout, definition.number, service))
    # To systemd 0 would mean for ever.
    stop_timeout = max(1, round(service['stop']['timeout'] * 1000))
    return f"""[Unit]
Description=Slipway: {layout.app} {definition.number}, {service['name']} {definition.instance}
After=network.target
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=exec
User={layout.app_user}
Group={layout.app_user}
WorkingDirectory={definition.source}
EnvironmentFile={definition.environment}
{secrets}ExecStart=/bin/sh {definition.script}
KillMode={'mixed' if definition.simple else 'control-group'}
KillSignal={service['stop']['signal']}
TimeoutStopSec={stop_timeout}ms
Restart=always
RestartSec=1
UMask=0027
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full
ProtectHome=yes
{memory}
[Install]
WantedBy=multi-user.target
"""
