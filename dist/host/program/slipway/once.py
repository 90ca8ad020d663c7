''
import time

from . import limits, polling, schedule, state, writes
from .failures import Failure, evidence
from .health import LOG_LINES
from .last_words import last_words, missing


def await_end(new, release, conversation):
    ''
    deadline = {service['name']: time.monotonic() + service['healthTimeout'] for service in new.once()}
    names = {service['name']: name for service, name in zip(new.once(), schedule.units_of(new, new.once()))}
    conversation.progress(f'running {", ".join(names)} to the end')

    def ended():
        looks = new.look(list(names.values()))
        for service in new.once():
            stands = looks[names[service['name']]]
            if stands.phase == state.FAILED or (time.monotonic() > deadline[service['name']] and not _is_done(stands)):
                raise _failed(new, release, service, names[service['name']], stands)
        return all(_is_done(stands) for stands in looks.values())

    polling.wait_until(ended, max(deadline.values()) - time.monotonic() + 5)


def _is_done(stands):

    return stands.is_up() and not stands.pids


def _failed(new, release, service, name, stands):
    texts = [evidence(f'{name}: log', new.logs(name, LOG_LINES))]
    log = texts[0]['text']
    failure = writes.denied(log, release.folder, service, texts) or limits.exceeded(service, stands, log, texts)
    if failure:
        return failure
    if stands.timed_out or stands.phase != state.FAILED:
        return Failure('job-too-long', f'{service["name"]} did not end within {service["healthTimeout"]:g} s.',
                       'With `schedule: once` it runs to its end before anything is switched.',
                       f'Read its log below. If it only needs longer, write in {service["name"]}: `health: {{ timeout: 5m }}`.', texts)
    said = last_words(log, name)
    return Failure('job-failed', f'{service["name"]} {stands.ending()}{": " if said else "."}{said}',
                   'With `schedule: once` it has to end with 0 before anything is switched.',
                   f'{missing(log)}Read its log below, correct it, and tag again.', texts)
