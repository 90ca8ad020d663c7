''
import glob
import json
import os
import re
import subprocess
import sys
import time

from .. import activation as acts
from ..failures import Failure
from ..processes import ENVIRONMENT
from ..records import Records
from ..supervisors import logfiles
from . import containers, looking, page

JOURNAL = '/usr/bin/journalctl'


def show(layout, words):
    records = Records(layout)
    number = words.number or records.serving
    numbers = [entry['number'] for entry in looking.ordered(records)]
    if number is None and numbers:
        number = numbers[-1]
    if number is None or (words.number is not None and number not in numbers and number != (records.intent() or {}).get('to')):
        raise Failure('no-such-activation', f'There is no activation {number or ""} of {layout.app}.'.replace('  ', ' '),
                      'What serves, what can be returned to and what failed is shown with its number.', f'sudo slipway {layout.app}')
    current = acts.load(layout, number)
    if current is not None and current.in_containers():
        return containers.show(current, words)
    files = log_files(layout, number, words.service)
    if files:
        return _say(layout, number, words, ['/usr/bin/tail', '-v', '-n', str(words.lines), *(['-F'] if words.follow else []), '--', *files], from_files)
    units = patterns(layout, number, words.service)
    command = [JOURNAL, '--no-pager', '--quiet', '--output=json', f'--lines={words.lines}', *[f'--unit={unit}' for unit in units]]
    if words.follow:
        command.append('--follow')
    return _say(layout, number, words, command, from_journal)


def _say(layout, number, words, command, entries_of):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd='/') as source:
        found = entries_of(source.stdout)
        if words.json and not words.follow:
            print(json.dumps({'schema': looking.SCHEMA, 'app': layout.app, 'number': number, 'entries': list(found)}, indent=2))
            return 0
        some = False
        for item in found:
            some = True
            line = f'{item["at"]} {item["process"]}: {page.shown(item["text"])}'.lstrip()
            print(json.dumps(item) if words.json else line, flush=words.follow)
    if not some:
        print(f'slipway: there are no logs of activation {number}' + (f', service {words.service}' if words.service else ''), file=sys.stderr)
    return 0


def log_files(layout, number, service):
    ''
    found = glob.glob(logfiles.path(layout, number, service or '*', '*'))
    return sorted(path for path in found if os.path.isfile(path) and not os.path.islink(path))


def from_files(lines):
    ''
    process = ''
    for raw in lines:
        text = raw.decode('utf-8', 'replace').rstrip('\n')
        head = re.match(r'==> .*/\d+\.([a-z0-9-]+)\.(\d+)\.log <==\Z', text)
        if head:
            process = f'{head[1]} {head[2]}'
        elif text:
            yield {'at': '', 'process': process, 'text': text}


def from_journal(lines):
    return (item for item in map(entry, lines) if item is not None)


def patterns(layout, number, service):
    ''

    named = layout.process(number, service or '*', '*')
    app = [f'{named}.service', *([f'{named.removesuffix(".*")}.service'] if service else [])]
    if service is None:
        app = [f'{layout.process(number, "", "").rstrip(".")}.*.service']
    return {None: [*app, layout.router_unit(number)], 'router': [layout.router_unit(number)]}.get(service, app)


def entry(line):
    ''
    try:
        said = json.loads(line)
        text = said['MESSAGE']
        micros = int(said['__REALTIME_TIMESTAMP'])
    except (ValueError, KeyError, TypeError):
        return None

    if isinstance(text, list):
        text = bytes(byte for byte in text if isinstance(byte, int) and 0 <= byte < 256).decode('utf-8', 'replace')

    unit = str(said.get('UNIT') or said.get('_SYSTEMD_UNIT') or '')
    name = re.match(r'slipway-app\.[^.]+\.\d+\.([^.]+)(?:\.(\d+))?\.(?:service|timer)\Z', unit)
    process = f'{name[1]} {name[2] or ""}'.strip() if name else 'router'
    return {'at': time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(micros // 1000000)) + f'.{micros // 1000 % 1000:03d}Z', 'process': process, 'text': str(text or '')}
