''
import json
import os
import shlex
import sys

from .. import layout as places
from ..failures import Failure
from . import logs, looking, page, removal, rolling, running
from .words import ROLLING, USAGE, Words


def main(argv):

    try:
        return _main(argv)
    except Failure as failure:
        print(page.failure(failure, page.Style.of(sys.stderr)), file=sys.stderr)

        return running.OWN_FAILURE if argv[:1] == ['run'] else 1
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stdout = open(os.devnull, 'w', encoding='utf-8')  # noqa: SIM115 (for what Python writes at its end)
        return 0


def _main(argv):
    words = Words(argv)
    if words.verb == 'help':
        print(USAGE, end='')
        return 0
    if words.verb in ROLLING:
        return rolling.roll(words.verb, words.app, words.version)
    if os.geteuid() != 0:
        raise Failure('not-root', 'What Slipway keeps of apps only root can read.', '', shlex.join(['sudo', 'slipway', *argv]))
    if words.verb == 'remove':
        return removal.remove(words.app, words.with_data, words.yes)
    apps = looking.apps()
    if words.app is None:
        seen = looking.host(apps)
        return _say(words, seen, page.apps)
    layout = places.Layout(looking.known(words.app, apps))
    if words.verb == 'logs':
        return logs.show(layout, words)
    if words.verb == 'run':
        return running.run_one_off(layout, words.service, words.command)
    return _say(words, looking.app(layout), page.app)


def _say(words, seen, as_page):
    print(json.dumps(seen, indent=2) if words.json else as_page(seen, page.Style.of(sys.stdout)))
    return 0
