"""What an activation wrote, from the journal: also when its units are gone."""
import json
import re
import subprocess
import sys
import time

from .. import supervisors
from ..failures import Failure
from ..processes import ENVIRONMENT
from ..records import Records
from . import looking, page

JOURNAL = '/usr/bin/journalctl'


def show(layout, words):
    records = Records(layout)
    number = words.number or records.serving
    numbers = [entry['number'] for entry in looking.ordered(records)]
    if number is None and numbers:
        number = numbers[-1]
    if number is None or (words.number is not None and number not in numbers and number != (records.intent() or {}).get('to')):
        raise Failure('no-such-activation', f'There is no activation {number or ""} of {layout.app}.'.replace('  ', ' '), '',
                      f'sudo slipway {layout.app} shows what there is.')
    units = patterns(layout, number, words.service)
    command = [JOURNAL, '--no-pager', '--quiet', '--output=json', f'--lines={words.lines}', *[f'--unit={unit}' for unit in units]]
    if words.follow:
        command.append('--follow')
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd='/') as journal:
        entries = (entry(line) for line in journal.stdout)
        found = (item for item in entries if item is not None)
        if words.json and not words.follow:
            told = list(found)
            print(json.dumps({'schema': looking.SCHEMA, 'app': layout.app, 'number': number, 'entries': told}, indent=2))
            return 0
        some = False
        for item in found:
            some = True
            print(json.dumps(item) if words.json else f'{item["at"]} {item["process"]}: {page.shown(item["text"])}', flush=words.follow)
    if not some:
        print(f'slipway: nothing is in the journal of activation {number}' + (f', service {words.service}' if words.service else ''), file=sys.stderr)
    return 0


def patterns(layout, number, service):
    """Globs of the journal's units. Names hold no character that means something in one."""
    app = supervisors.of('systemd', layout).name(layout, number, service or '*', '*')
    return {None: [app, layout.router_unit(number)], 'router': [layout.router_unit(number)]}.get(service, [app])


def entry(line):
    """{at, process, text} of a line of the journal's JSON; None for what is none."""
    try:
        said = json.loads(line)
        text = said['MESSAGE']
        micros = int(said['__REALTIME_TIMESTAMP'])
    except (ValueError, KeyError, TypeError):
        return None
    # Bytes that are no UTF-8 come as a list of numbers.
    if isinstance(text, list):
        text = bytes(byte for byte in text if isinstance(byte, int) and 0 <= byte < 256).decode('utf-8', 'replace')
    # What systemd itself says of a unit names it in another field.
    unit = str(said.get('UNIT') or said.get('_SYSTEMD_UNIT') or '')
    name = re.match(r'slipway-app\.[^.]+\.\d+\.([^.]+)\.(\d+)\.service\Z', unit)
    process = f'{name[1]} {name[2]}' if name else 'router'
    return {'at': time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(micros // 1000000)) + f'.{micros // 1000 % 1000:03d}Z', 'process': process, 'text': str(text or '')}
