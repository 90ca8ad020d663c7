''
import shlex

from .. import fields, service_fields
from ..failures import Failure

USAGE = """\
slipway                     the apps of this host, and what serves
slipway APP                 one app: what serves, since when and by whom, what can
                            be returned to, who deploys, what failed last and why,
                            processes, memory, disk
slipway logs APP [NUMBER]   what an activation wrote; without a number the one
                            that serves. Also of one that failed.
  --service NAME            of one service (`router`: the activation's nginx)
  --lines N                 the last N lines (100)
  --follow                  and what is written from now on
slipway run APP [SERVICE] -- COMMAND…
                            a command in the release that serves, as the service
                            itself runs: its user, environment, secrets, sandbox;
                            interactive on a terminal. It stands in the history.
slipway rollback APP [VERSION]
                            back to the last good version, or to that one: a
                            rollout like any other, recorded like any other
slipway restart APP         what serves, started anew beside itself, proven and
                            switched to: a rollout too
slipway remove APP          takes the app off this host; asks for its name first.
                            What is in its `shared` stays.
  --with-data               that goes too
  --yes                     nobody is asked

--json                      the same for programs
`slipway status APP` is for an app that is named like one of these commands.

All but `rollback` and `restart` take root (sudo slipway). Looking changes nothing.
"""
LINES = 100
MOST_LINES = 100000



ROLLING = ('restart', 'rollback')
VERBS = ('logs', 'remove', 'restart', 'rollback', 'run', 'status', 'help')


class Words:
    def __init__(self, argv):
        self.json = False
        self.follow = False
        self.service = None
        self.lines = LINES
        self.number = None
        self.version = None
        self.yes = False
        self.with_data = False
        _refuse_slips(argv)

        here = argv.index('--') if '--' in argv else len(argv)
        self.command = list(argv[here + 1:])
        rest = self._options(list(argv[:here]))
        self.verb = rest.pop(0) if rest[:1] and rest[0] in VERBS else 'status'
        self.app = rest.pop(0) if rest else None
        if self.app is not None and not fields.APP.match(self.app):
            raise wrong(f'{self.app[:60]!r} is no name of an app')
        if self.verb not in ('status', 'help') and self.app is None:
            raise wrong(f'{self.verb} of which app?')
        if rest and self.verb == 'logs':
            if service_fields.SERVICE.match(rest[0]) and not rest[0].isdigit():
                raise wrong(f'{rest[0]} is no number of an activation, perhaps a service', _typed('logs', self.app, '--service', rest[0]))
            self.number = _whole(rest.pop(0), 'the number of an activation', 1 << 40)
        if rest and self.verb == 'rollback':
            self.version = rest.pop(0)
            if not fields.VERSION.match(self.version):
                raise wrong(f'{self.version[:60]!r} cannot be a version')
        if rest and self.verb == 'run' and here < len(argv):
            self.service = _service(rest.pop(0))
        if rest:
            raise wrong(f'{rest[0][:60]!r} is one word too many')
        if self.verb == 'run' and not self.command:
            raise wrong('run what?', f'{_typed("run", self.app)} -- COMMAND')
        if self.verb != 'run' and here < len(argv):
            raise wrong('`--` belongs to run')
        if self.json and self.verb not in ('status', 'logs', 'help'):
            raise wrong(f'--json is for looking, not for {self.verb}')

    def _options(self, argv):
        rest = []
        logs = removal = False
        while argv:
            word, _, value = argv.pop(0).partition('=')
            if word in ('--help', '-h'):
                return ['help']
            if word == '--json':
                self.json = True
            elif word in ('--follow', '-f'):
                self.follow = logs = True
            elif word in ('--service', '--lines', '-n'):
                logs = True
                if not value and not argv:
                    raise wrong(f'{word} of what?')
                value = value or argv.pop(0)
                if word == '--service':
                    self.service = _service(value)
                else:
                    self.lines = _whole(value, 'a number of lines', MOST_LINES)
            elif word == '--yes':
                self.yes = removal = True
            elif word == '--with-data':
                self.with_data = removal = True
            elif word.startswith('-'):
                raise wrong(f'{word[:60]} is no option of it')
            else:
                rest.append(word + (f'={value}' if value else ''))
        if logs and rest[:1] != ['logs']:
            raise wrong('--service, --lines and --follow belong to logs')
        if removal and rest[:1] != ['remove']:
            raise wrong('--yes and --with-data belong to remove')
        return rest


def _refuse_slips(argv):
    ''
    app, verb = (*argv, '', '')[:2]
    if app not in VERBS and fields.APP.match(app) and verb in VERBS and verb != 'help':
        raise wrong(f'`{verb}` comes before the app', _typed(verb, app, *argv[2:]))
    if argv[:1] == ['run'] and len(argv) > 2 and not {'--', '--help', '-h'} & set(argv):
        raise wrong('what is to be run follows `--`', f'{_typed("run", argv[1] if fields.APP.match(argv[1]) else "APP")} [SERVICE] -- COMMAND')


def _typed(verb, *words):
    return shlex.join([*(['sudo'] if verb not in ROLLING else []), 'slipway', verb, *words])


def _service(name):
    if not service_fields.SERVICE.match(name):
        raise wrong(f'{name[:60]!r} is no name of a service')
    return name


def _whole(text, what, most):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:20]) <= most:
        raise wrong(f'{text[:60]!r} is not {what}')
    return int(text)


def wrong(what, cure='slipway --help'):
    return Failure('bad-words', what[0].upper() + what[1:] + ('' if what.endswith('?') else '.'), '', cure)
