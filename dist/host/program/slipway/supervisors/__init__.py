''














from typing import NamedTuple

from ..failures import Failure


class Definition(NamedTuple):
    ''
    layout: object
    number: int
    service: dict
    instance: int

    source: str

    simple: bool

    sandbox: tuple

    notifies: bool = False

    @property
    def folder(self):
        return self.layout.activation(self.number)

    @property
    def environment(self):
        return f'{self.folder}/{self.service["name"]}.{self.instance}.env'

    @property
    def script(self):
        return f'{self.folder}/{self.service["name"]}.start'


def of(name, layout, facts=None):
    ''

    if name == 'supervisor':
        from .supervisord import Supervisord
        return Supervisord(layout)
    if name == 'circus':
        from .circus import Circus
        return Circus(layout)
    if name == 'compose':
        from .compose import Compose
        return Compose(layout, facts)
    if name != 'systemd':

        raise Failure('host-program-too-old', f'The host program does not know the supervisor {name}.',
                      'A newer version of Slipway was deployed with here since.', 'Run setup-vm with the newest version, then deploy again.')
    from .systemd import Systemd
    return Systemd(layout)

