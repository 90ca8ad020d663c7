"""Does the jobs, one at a time. Told to end, it finishes the one in hand."""

import signal
import threading

from store import store

told_to_end = threading.Event()


def take() -> tuple[int, str] | None:
    with store() as jobs:
        return jobs.execute("select id, text from jobs where result is null order by id limit 1").fetchone()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
    while not told_to_end.is_set():
        job = take()
        if job is None:
            told_to_end.wait(0.5)
            continue
        number, text = job
        with store() as jobs:
            jobs.execute("update jobs set result = ? where id = ?", [text.upper(), number])
        print(f"did job {number}")


if __name__ == "__main__":
    main()
