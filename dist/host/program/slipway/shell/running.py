''




import os
import shlex
import signal
import subprocess
import sys

from .. import activation as acts
from .. import expendable, given, one_offs, sandbox, shellwords, units
from ..failures import Failure
from ..processes import ENVIRONMENT, run
from ..records import Records
from . import caller

HOW = 'slipway run'

OWN_FAILURE = 125

MOST = 300

GRACE = 10


def run_one_off(layout, wanted, command):
    ''
    activation, service, one_off = _begin(layout, wanted, command)
    try:
        facts = {'id': one_off.id, 'service': service['name'], 'command': _bounded(activation.redact(shlex.join(command)))}
        records = Records(layout)
        records.append('one-off', activation.number, result='begun', **facts, **caller.actor(HOW))
        result, code = _watched(activation, service, one_off)
        records.append('one-off', activation.number, result=result, **({} if code is None else {'code': code}), **facts, **caller.actor(HOW))
    finally:
        one_off.end()
    if result == one_offs.UNKNOWN:
        raise Failure('one-off-end-unknown', 'How it ended is not known.',
                      'A process of the app\'s user says that, and what it said is neither an exit code nor a signal.',
                      'See whether it did what it was to do before you run it again.')
    if result == one_offs.NOT_BEGUN:
        raise Failure('one-off-not-begun', 'It was not begun.', 'systemd did not start it, or could not make its sandbox, or it was told to end before that.',
                      'Read what systemd said above, if it did.')
    serving = Records(layout).serving_entry()
    if serving is not None and serving['number'] != activation.number:
        print(f'slipway: {serving["version"]} (#{serving["number"]}) serves meanwhile; this ran in {activation.facts["version"]} '
              f'(#{activation.number}) to its end.', file=sys.stderr)
    return code


def _begin(layout, wanted, command):
    ''
    while True:
        activation = _serving(layout)
        _refuse_containers(activation, wanted, command)
        service = _service(activation, wanted)
        script = shellwords.start_script(shlex.join(command), service['path'], given.lines(service))
        try:
            one_off = one_offs.OneOff(activation, service, script)
        except FileNotFoundError:
            continue

        if not os.path.lexists(layout.claim):
            one_off.end()
            raise Failure('being-removed', f'{layout.app} is being removed from this host.', '', f'sudo slipway remove {layout.app}')
        if Records(layout).serving == activation.number:
            return activation, service, one_off
        one_off.end()


def _serving(layout):
    ''
    while True:
        number = Records(layout).serving
        activation = acts.load(layout, number) if number is not None else None
        if activation is not None:
            return activation
        if Records(layout).serving == number:
            raise Failure('nothing-serves', f'Nothing of {layout.app} serves in which it could run.', '', 'Deploy a release first.')


def _refuse_containers(activation, wanted, command):
    if not activation.in_containers():
        return
    found = [service for service in activation.running() if wanted in (None, service['name'])] or activation.running()
    name = activation.name_of(found[0], 1)
    raise Failure('in-containers', f'{activation.layout.app} runs in containers, in which Docker itself runs commands.', 'It ends with the container, when that is replaced.',
                  f'sudo docker exec -it {name} {shlex.join(command)}')


def _service(activation, wanted):
    ''
    found = [service for service in activation.services() if not service['static']]
    names = [service['name'] for service in found]
    app = activation.layout.app
    if not found:
        raise Failure('nothing-to-run-in', f'{app} is nothing but files: no service of it has an environment to run something in.', '',
                      'What makes files belongs into `build` of the service in slipway.yml; give anything else a service with `start`.')
    if wanted is None and len(found) > 1:
        raise Failure('which-service', f'{app} has several services: {", ".join(names)}.', 'Each has an environment of its own.',
                      f'sudo slipway run {app} {names[0]} -- COMMAND')
    if wanted is not None and wanted not in names:
        raise Failure('no-such-service', f'{app} has no service {wanted} that runs on this host; there is {", ".join(names)}.', '',
                      f'sudo slipway run {app} {names[0]} -- COMMAND')
    return found[names.index(wanted)] if wanted is not None else found[0]


def arguments(activation, service, one_off, terminal):
    ''
    layout, number = activation.layout, activation.number
    name = activation.name_of(service, 1)
    settings = [
        f'WorkingDirectory={layout.release(activation.facts["releaseId"])}/src',
        f'EnvironmentFile={layout.activation(number)}/{service["name"]}.1.env',
        *given.settings(layout, number, service),
        *one_off.settings(),

        *([f'JoinsNamespaceOf={name}'] if name.endswith('.service') else []),

        'KillMode=control-group', 'SendSIGHUP=yes', f'TimeoutStopSec={GRACE}',

        f'OOMScoreAdjust={expendable.NEWCOMER}']
    return ['/usr/bin/systemd-run', '--quiet', '--wait', '--pty' if terminal else '--pipe', f'--unit={one_off.unit}',
            f'--description=Slipway: {layout.app} {number}, a command in {service["name"]}',
            *sandbox.options([*activation.sandbox(service), *settings]), '/bin/sh', one_off.script]


def _watched(activation, service, one_off):
    terminal = os.isatty(0) and os.isatty(1)
    environment = {**ENVIRONMENT, **({'TERM': os.environ['TERM']} if 'TERM' in os.environ else {})}
    heard = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

    signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    process = subprocess.Popen(arguments(activation, service, one_off, terminal), env=environment, cwd='/')
    told = None
    while told is None and process.poll() is None:
        number = signal.sigwait(heard)
        told = None if number == signal.SIGCHLD else number
    _end(one_off, process)
    run([units.SYSTEMCTL, 'reset-failed', one_off.unit])
    return one_off.end_of_it()


def _end(one_off, process):
    ''
    while True:
        run([units.SYSTEMCTL, 'stop', one_off.unit], timeout=GRACE + 30)
        try:
            return process.wait(0.5)
        except subprocess.TimeoutExpired:

            continue


def _bounded(text):
    line = ' '.join(text.split())
    return line if len(line) <= MOST else f'{line[:MOST - 1]}…'
