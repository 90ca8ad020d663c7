"""Do processes wait for something to do? One that is still starting works, or waits for the disk."""
import os

# Running or about to; waiting for the disk.
_AT_WORK = ('R', 'D')


def at_rest(pids):
    """Is there a process at all, and none of their threads at work in this moment?"""
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
                # The name before it may hold anything.
                yield file.read().rsplit(')', 1)[1].split()[0]
        except (OSError, IndexError):
            continue
