''
import re
import time
from concurrent.futures import ThreadPoolExecutor

from . import asking, counting, health, private_questions, wellbeing


APART, LIMIT = 1.0, 2.0

OFTEN = 3


def observe(conversation, new, old, seconds, before=(0, 0)):
    ''


    deadline = time.monotonic() + seconds
    findings, checks = [], _Checks(new)
    while True:
        findings += wellbeing.faults(new)

        if findings or time.monotonic() >= deadline and not checks.doubt():
            break
        findings += checks.look()
        if findings:
            break
        time.sleep(APART if checks.doubt() else min(APART, max(0.0, deadline - time.monotonic())))
    errors, requests = (seen - earlier for seen, earlier in zip(served(new), before))
    requests -= checks.counted
    if errors > 0:
        old_errors, old_requests = served(old) if old is not None else (0, 0)
        rate, old_rate = errors / max(requests, 1), old_errors / max(old_requests, 1)
        line = (f'{counting.words(errors)} of {requests} requests answered 5xx '
                f'(before: {counting.words(old_errors)} of {old_requests})')
        if errors >= 3 and rate > 0.01 and rate > 2 * old_rate:
            findings.append(line)
        else:
            conversation.progress(line)
    return {'healthy': not findings, 'findings': findings}


class _Checks:
    ''

    def __init__(self, activation):
        self.activation = activation
        asked = [] if activation.in_containers() else activation.routed()
        self.instances = [(service, each) for service in asked if not service['static'] and (service['health'] or {}).get('kind') == 'path'
                          for each in range(1, service['instances'] + 1)]
        self.bad = dict.fromkeys(((service['name'], each) for service, each in self.instances), 0)

        self.through = sum(not private_questions.is_direct(service, activation.address(service, each)) for service, each in self.instances)
        self.counted = 0

    def doubt(self):
        return any(self.bad.values())

    def look(self):
        ''
        if not self.instances:
            return []
        self.counted += self.through
        with ThreadPoolExecutor(min(32, len(self.instances))) as pool:
            answers = list(pool.map(lambda item: self._ask(*item), self.instances))
        found = []
        for (service, each), said in zip(self.instances, answers):
            key = (service['name'], each)
            self.bad[key] = self.bad[key] + 1 if said else 0
            if self.bad[key] >= OFTEN:
                found.append(f'{self.activation.name_of(service, each)} is not well any more: {said}, {OFTEN} times in a row')
        return found

    def _ask(self, service, each):
        ''
        path = service['health']['path']
        try:
            status, _ = private_questions.ask(self.activation, service, each, path, LIMIT)
        except asking.NoAnswer as reason:
            return f'GET {path} got no answer ({reason})'
        return None if health.is_well(status, True) else f'GET {path} answered {status}'


def served(activation):
    ''
    errors = counting.counted(activation, counting.ERRORS)
    try:
        _, body = counting.ask(activation, '/requests')
        words = re.findall(r'\d+', body)
        return errors, int(words[3]) if len(words) > 3 else 0
    except asking.NoAnswer:
        return errors, 0
