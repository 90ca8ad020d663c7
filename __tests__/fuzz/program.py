"""Gives inputs to the host program, in one process: a line of JSON in, a line out. `program.ts` speaks to it. Its word is a file in `program/`.

Python's audit hook is the canary: whoever starts a program, connects somewhere or writes outside of the folders of the surface is caught at it,
whatever becomes of the exception.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'program'))

import ground
from slipway.failures import Failure

caught = []
# Seconds of processor time after which an input is ended where it is, so that its stack is told: `judge.ts` has the limit.
LONGEST = 4
FORBIDDEN = ('subprocess.Popen', 'os.system', 'os.exec', 'os.posix_spawn', 'os.fork', 'os.forkpty', 'os.spawn', 'socket.connect', 'socket.bind', 'ctypes.dlopen', 'import.pty')
# Of what changes something: where its path is among the arguments, and the folder that it is relative to.
CHANGES = {'os.remove': ((0, 1),), 'os.rmdir': ((0, 1),), 'os.mkdir': ((0, 2),), 'os.rename': ((0, 2), (1, 3)), 'os.link': ((0, 2), (1, 3)), 'os.symlink': ((1, 2),),
           'os.truncate': ((0, None),), 'os.chmod': ((0, 2),), 'os.chown': ((0, 3),), 'shutil.rmtree': ((0, 1),), 'open': ((0, None),)}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def watch(event, arguments):
    if event in FORBIDDEN:
        caught.append(f'{event} {arguments!r}')
    elif event in CHANGES and (event != 'open' or (isinstance(arguments[2], int) and arguments[2] & WRITING)):
        for at, folder in CHANGES[event]:
            path, below = arguments[at], None if folder is None else arguments[folder]
            if not isinstance(path, int) and os.fsdecode(path) != '/dev/null' and not is_ours(os.fsdecode(path), below):
                caught.append(f'{event} {path!r}')


def is_ours(path, below):
    """What the last part of a path may lead to is not what is changed."""
    folder = os.readlink(f'/proc/self/fd/{below}') if isinstance(below, int) and below >= 0 else os.getcwd()
    whole = os.path.join(folder, path).rstrip('/')
    place = f'{os.path.realpath(os.path.dirname(whole))}/{os.path.basename(whole)}'
    return any(place == folder or place.startswith(f'{folder}/') for folder in ground.FOLDERS)


class Endless(BaseException):
    """It takes processor time without end. Nobody else catches that."""


def interrupt(*_):
    raise Endless


def attempt(surface, given):
    """What an input came to, as `program.ts` takes it."""
    began = time.process_time()
    answer = {}
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        surface.attempt(given)
    except Failure as failure:
        answer = {'failure': failure.as_json()}
    except OSError as error:
        # The session tells of it as what it is.
        answer = {'failure': Failure('system', str(error), '', 'It is what the system says.').as_json()}
    except (Exception, Endless) as error:  # noqa: BLE001 (all else is what is looked for)
        answer = {'error': f'{type(error).__name__}: {error}', 'stack': traceback.format_exc()[-3000:]}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if caught:
        answer = {'error': f'it did what it may not: {"; ".join(caught)[:2000]}', 'stack': ''}
        caught.clear()
    return {**answer, 'took': (time.process_time() - began) * 1000}


def main(name):
    surface = importlib.import_module(name)
    signal.signal(signal.SIGPROF, interrupt)
    sys.addaudithook(watch)
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(attempt(surface, json.loads(line))) + '\n')
            sys.stdout.flush()
    finally:
        ground.leave()


if __name__ == '__main__':
    main(sys.argv[1])
