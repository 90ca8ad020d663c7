''
import time


def wait_until(condition, timeout, pause=0.02, longest=0.1):
    ''
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            return None
        time.sleep(pause)
        pause = min(longest, pause * 1.3)
