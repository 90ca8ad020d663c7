"""Runs a command on a terminal of its own and types when it is asked: terminal.py [[TEXT, TYPED]…] COMMAND…

What it said is on standard output; its exit code is ours. An empty TYPED closes the terminal, as a lost connection does.
"""

import json
import os
import pty
import select
import sys
import time

LIMIT = 60


def main(steps, command):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    said, deadline = "", time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if steps and steps[0][0] in said:
            typed = steps.pop(0)[1]
            if not typed:
                break
            # What was said before does not count for the next step.
            print(said, end="", flush=True)
            said = ""
            os.write(terminal, typed.encode())
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            said += chunk.decode("utf-8", "replace")
    print(said, end="", flush=True)
    # What it waits for in vain it is not to wait for longer than we do.
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
