''
import os


_AT_WORK = ('R', 'D')


def at_rest(pids):
    ''
    states = [state for pid in pids for state in _states(pid)]
    return bool(states) and not any(state in _AT_WORK for state in states)


def _states(pid):
    try:
        threads = os.listdir(f'/proc/{pid}/task')
    except OSError:
        return
    for thread in threads:
        try:
            with open(f'/proc/{pid}/task/{thread}/stat', encoding='ascii', errors='replace') as file:

                yield file.read().rsplit(')', 1)[1].split()[0]
        except (OSError, IndexError):
            continue
