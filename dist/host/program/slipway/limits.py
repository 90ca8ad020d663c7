''
import re

from .failures import Failure

_NO_TASK = re.compile(r"can't start new thread|Resource temporarily unavailable|BlockingIOError: \[Errno 11\]|\bEAGAIN\b"
                      r'|pthread_create|Cannot fork', re.IGNORECASE)


def exceeded(service, stands, log, texts):
    ''
    if service['memory'] and (stands.out_of_memory or stands.signal == 9):
        return Failure('memory-limit', f'{service["name"]} was killed: it wanted more than its {service["memory"] >> 20}M of memory.',
                       'That is the `memory` that slipway.yml gives to each instance.',
                       f'Write a larger `memory` in {service["name"]}, or let it use less (fewer workers); then tag again.', texts)
    if service['tasks'] and (stands.short_of_tasks or _NO_TASK.search(log)):
        return Failure('tasks-limit', f'{service["name"]} wanted more than its {service["tasks"]} processes and threads.',
                       'That is the `tasks` that slipway.yml gives to each instance.',
                       f'Write a larger `tasks` in {service["name"]}, or let it start fewer; then tag again.', texts)
    return None
