''
import calendar
import os
import shutil
import textwrap
import time

COLUMNS = 80
RED, GREEN, BOLD = '31', '32', '1'


class Style:
    def __init__(self, colours):
        self._colours = colours

    @classmethod
    def of(cls, stream):
        return cls(stream.isatty() and not os.environ.get('NO_COLOR') and os.environ.get('TERM') != 'dumb')

    def paint(self, colour, text):
        return f'\x1b[{colour}m{text}\x1b[0m' if self._colours and text else text


def failure(found, style):

    what, why, cure = (shown(' '.join(text.splitlines())) for text in (found.what, found.why, found.cure))
    lines = [style.paint(RED, f'slipway: {what}')]
    if why:
        lines.append(f'  {why}')
    return '\n'.join([*lines, f'  Type: {cure}' if cure.startswith(('slipway', 'sudo')) else f'  {cure}'])


def shown(text):
    ''
    return ''.join(character if character.isprintable() else '?' for character in text)


def cut(text, width):
    text = shown(text)
    return text if len(text) <= width else text[:width - 1] + '…'


def size(count):
    for unit in ('B', 'kB', 'MB'):
        if count < 1000:
            return f'{count:.0f} {unit}'
        count /= 1000
    return f'{count:.1f} GB'


def at(text):
    ''
    try:
        moment = time.strptime(text, '%Y-%m-%dT%H:%M:%SZ')
    except ValueError:
        return shown(text) or 'unknown'
    return f'{time.strftime("%Y-%m-%d %H:%M UTC", moment)}, {ago(time.time() - calendar.timegm(moment))}'


def ago(seconds):
    for most, unit, name in ((60, 1, 's'), (3600, 60, 'min'), (48 * 3600, 3600, 'h')):
        if seconds < most:
            return f'{max(0, seconds) // unit:.0f} {name} ago'
    return f'{seconds // 86400:.0f} days ago'


def who(found):
    by, run = shown(found.get('by') or 'somebody'), shown(found.get('run') or '')
    return f'{by}, {run}' if run else by


def apps(seen, style):
    rows = [('APP', 'SERVES', 'SINCE', '')]
    for app_ in seen['apps']:
        serving, unwell, lock = app_['serving'], app_['unwell'], app_['lock']
        notes = [f'{len(unwell)} not well'] if unwell else []
        if lock is not None:
            notes.append(f'{lock["by"] or "somebody"} deploys')
        rows.append((app_['app'], f'{cut(serving["version"], 16)} #{serving["number"]}' if serving else 'nothing',
                     at(serving['at']).split(' UTC')[0] if serving else '', ', '.join(notes)))
    if len(rows) == 1:
        return 'No app was prepared on this host yet: setup-vm does that.'
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    room = max(12, COLUMNS - sum(widths) - 6)
    lines = []
    for index, (*row, note) in enumerate(rows):
        line = '  '.join(cell.ljust(width) for cell, width in zip(row, widths)) + f'  {cut(note, room)}'
        line = line.rstrip()
        colour = BOLD if index == 0 else RED if 'not well' in note else ''
        lines.append(style.paint(colour, line) if colour else line)
    return '\n'.join(lines)


def app(seen, style):
    serving = seen['serving']
    lines = [style.paint(BOLD, f'{seen["app"]}: ' + (f'{shown(serving["version"])} serves as #{serving["number"]}' if serving else 'nothing serves'))]

    def row(label, *texts, colour=''):
        room = min(COLUMNS, max(40, shutil.get_terminal_size((COLUMNS, 24)).columns)) - 13
        for text in texts:
            for piece in textwrap.wrap(text, room, break_on_hyphens=False) or ['']:
                lines.append(f'  {label:<10} {style.paint(colour, piece) if colour else piece}'.rstrip())
                label = ''

    if serving:
        row('since', at(serving['at']))
        row('by', who(serving))
        row('commit', serving['commit'])
        if seen['domain']:
            row('domain', seen['domain'])
    lock, intent = seen['lock'], seen['intent']
    row('lock', f'held by {who(lock)}, since {at(lock["since"])}' if lock else 'free')
    if intent:
        row('in hand', f'{shown(intent["phase"])} #{intent["from"] or "-"} to #{intent["to"] or "-"}, begun {at(intent["at"])}, by {who(intent)}'
            + ('' if lock else '. Nobody is at it: the next run, or a restart, settles it.'))
    row('return to', *[f'{shown(entry["version"])}  #{entry["number"]}  {at(entry["at"])}' + ('  (rolled back from)' if entry['withdrawn'] else '')
                       + ('  (still up)' if entry['warm'] else '')
                       for entry in seen['returnable']] or ['nothing'])
    for index, entry in enumerate(seen['failures']):
        what = 'was rolled back from' if entry['withdrawn'] else 'failed'
        reason = shown(entry['reason'])
        row('' if index else 'failures', f'#{entry["number"]} {shown(entry["version"])} {what} {at(entry["at"])}' + (f': {reason}' if reason else ''))
    for index, unit in enumerate(seen['units']):
        restarts = f', restarted {unit["restarts"]} times' if unit['restarts'] else ''
        row('' if index else 'processes', f'{unit["name"]:<20} {unit["state"]}{restarts}, {size(unit["memory"])}', colour='' if unit['well'] else RED)
    for index, entry in enumerate(seen['oneOffs']):
        how = {'ended': f'ended with {entry["code"]}', 'unknown': 'how it ended is not known'}.get(entry['state'], entry['state'])
        row('' if index else 'commands', f'{at(entry["begun"])}, by {shown(entry["by"])} in {shown(entry["service"])} #{entry["number"]}: '
            f'{shown(entry["command"])} ({how})', colour=RED if entry['code'] else '')
    disk = seen['disk']
    row('disk', ', '.join(f'{size(disk[part])} {part}' for part in ('releases', 'shared', 'scratch')))
    return '\n'.join(lines)
