''
import json
import os
import time

from . import files


FLOORS = 50
STATES = ('staged', 'started', 'proven', 'failed', 'withdrawn', 'retired')


def now():
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())


def boot():
    ''
    with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as file:
        machine = file.read().strip()
    with open('/proc/1/stat', encoding='ascii', errors='replace') as file:
        return f'{machine} {file.read().rsplit(")", 1)[1].split()[19]}'


def is_floor(entry):
    return bool(entry.get('floor')) and entry['proven'] and not entry['withdrawn'] and not entry.get('floorEnded')


class Records:
    def __init__(self, layout):
        self.layout = layout
        self.entries = {}
        self.serving = None

        self.tasks = {}

        self.one_offs = {}
        self._load()

    def _load(self):
        try:
            with open(self.layout.history, encoding='utf-8', errors='replace') as file:
                raw = file.read().split('\n')
        except FileNotFoundError:
            return
        for line in raw:
            try:
                record = json.loads(line)
            except ValueError:

                continue
            if isinstance(record, dict):
                self._apply(record)

    def _apply(self, record):
        number, event = record.get('number'), record.get('event')
        if not isinstance(number, int):
            return
        if event == 'task':
            key = (record.get('when', 'before'), record.get('index'))
            self.tasks.setdefault(number, {})[key] = (record.get('name'), record.get('result'))
        if event == 'one-off' and isinstance(record.get('id'), str):
            self.one_offs[record['id']] = {**record, 'begun': self.one_offs.get(record['id'], record).get('at')}
        if event not in STATES:
            return
        entry = self.entries.setdefault(number, {'proven': False, 'withdrawn': False})
        for key in ('number', 'releaseId', 'version', 'commit', 'at', 'by', 'run', 'reason', 'floor', 'crossed'):
            if key in record:
                entry[key] = record[key]
        entry['state'] = event

        reverted = event == 'withdrawn' and record.get('reverted', (record.get('serving') or 0) < number)
        entry['ended'] = reverted or event in ('failed', 'retired')
        if event == 'proven':
            entry['proven'] = True
            entry['withdrawn'] = False
            self.serving = number
            self._end_floors(record.get('crossed', []), True)
        elif event == 'withdrawn':
            entry['withdrawn'] = True
            if reverted:

                self._end_floors(entry.get('crossed', []), False)
            if self.serving == number:
                self.serving = record.get('serving')
        elif event == 'failed' and self.serving == number:

            self.serving = record.get('serving')

    def _end_floors(self, numbers, ended):
        for number in numbers:
            if number in self.entries:
                self.entries[number]['floorEnded'] = ended

    def floors(self):
        ''
        return [entry for entry in self.ordered() if is_floor(entry)][-FLOORS:]

    def tasks_of(self, number):
        ''
        return {key: result for key, (_, result) in self.tasks.get(number, {}).items()}

    def append(self, event, number, **more):
        ''
        record = {'at': now(), 'event': event, 'number': number, **more}
        files.append(self.layout.history, json.dumps(record, sort_keys=True))
        self._apply(record)

    def next_number(self):
        return max(self.entries, default=0) + 1

    def entry(self, number):
        return self.entries.get(number)

    def serving_entry(self):
        return None if self.serving is None else self.entries.get(self.serving)

    def ordered(self):
        return [self.entries[number] for number in sorted(self.entries)]

    def has_ended(self, number):
        ''
        entry = self.entries.get(number)
        return entry is None or entry['ended']

    def unretired(self):
        ''
        return [number for number in sorted(self.entries) if os.path.isdir(self.layout.activation(number))]



    def intend(self, phase, start, to, **more):
        facts = {'phase': phase, 'from': start, 'to': to, 'at': now(), 'boot': boot(), **more}
        files.write(self.layout.intent, json.dumps(facts), mode=0o600, durable=True)

    def intent(self):
        try:
            return files.read_json(self.layout.intent)
        except ValueError:
            return None

    def replaced_by(self, number):
        ''
        intent = self.intent() or {}
        return intent.get('from') if intent.get('to') == number else None

    def done(self):
        files.remove(self.layout.intent)
        files.sync_folder(self.layout.run)
