"""Waits for what nobody tells of."""
import time


def wait_until(condition, timeout, pause=0.02, longest=0.1):
    """Asks again and again, less often with time. Gives the first true answer, or None when time runs out."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            return None
        time.sleep(pause)
        pause = min(longest, pause * 1.3)
