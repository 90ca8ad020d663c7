"""What keeps services running. Each supervisor is a class with the same functions:

    write(definition)               its files, before anything runs
    start(names, boot=False)        now; with `boot` after each start of the host too, and what runs already is left alone
    stop(names, timeout, boot=None) ends them, within their time to stop; `boot=False`: they do not come back with the host
    until_restart(names)            what runs goes on, but does not come back with the host
    look(names)                     {name: State}
    logs(name, lines)               what it said last
    remove(names)                   forgets what is stopped: nothing of it is left but its logs

and two around them: `check()` fails when it would not take what is written for it, before anything is; `leftovers(number)` names
what was written for an activation that was never finished.

Names come from `name(layout, number, service, instance)`. The activation's router and its timers are systemd's, always.
"""
from typing import NamedTuple

from ..failures import Failure


class Definition(NamedTuple):
    """One instance of a service, as it is to run."""
    layout: object
    number: int
    service: dict
    instance: int
    # Where the repository lies in its release.
    source: str
    # One program with arguments, that has taken the place of its shell?
    simple: bool
    # Properties of systemd's: what it may do.
    sandbox: tuple
    # Does it say itself when it is ready, as systemd understands it?
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
    """`facts`: those of the activation, which who keeps containers has to know."""
    # Only what is asked for is loaded: nearly every host has one of them.
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
        # Of a newer version's activation: nobody here could look at what it keeps, or end it.
        raise Failure('host-program-too-old', f'The host program does not know the supervisor {name}.',
                      'A newer version of Slipway was deployed with here since.', 'Run setup-vm with the newest version, then deploy again.')
    from .systemd import Systemd
    return Systemd(layout)

