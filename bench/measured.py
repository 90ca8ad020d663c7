"""Runs a program and says what it and all that it started took of this machine.

measured.py RESULT [--memory] PROGRAM WORD…: RESULT gets a line of JSON: `begun` and `ended` in seconds of Unix time, `cpu` in seconds, `peak`
in bytes of memory held at once (PSS, looked at ten times a second; null without --memory, for looking takes time too), `code`. When the
program has ended, what it left running here is ended: a job's runner is gone by then. SIGTERM kills all of it at once.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def descendants() -> list[int]:
    """Daemons among them: whoever loses its parent becomes a child of this process."""
    found, ahead = [], [os.getpid()]
    while ahead:
        pid = ahead.pop()
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
        found += children
        ahead += children
    return found


def memory() -> int:
    held = 0
    for pid in descendants():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        held += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return held


def end_all() -> None:
    while left := descendants():
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main() -> None:
    result, *words = sys.argv[1:]
    looks = words[0] == "--memory"
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    killed = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: killed.set())
    peak = 0
    begun = time.time()
    with subprocess.Popen(words[1:] if looks else words) as child:
        ended = threading.Event()
        threading.Thread(target=lambda: (os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT), ended.set()), daemon=True).start()
        while not ended.wait(0.1) and not killed.is_set():
            if looks:
                peak = max(peak, memory())
        if killed.is_set():
            child.kill()
        code = child.wait()
        over = time.time()
        end_all()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"begun": begun, "ended": over, "cpu": used.ru_utime + used.ru_stime, "peak": peak if looks else None, "code": code}
    Path(result).write_text(json.dumps(told), encoding="utf-8")


main()
