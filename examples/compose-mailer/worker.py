"""Takes mails from the list `outbox`, and puts what became of each on the list `sent`. No mail is really sent."""
import json
import os
import signal
import time
from pathlib import Path

import redis

VERSION = os.environ['VERSION']
ALIVE = Path('/tmp/alive')
asked_to_end = False


def end(*_):
    global asked_to_end
    asked_to_end = True


def send_one(queue):
    """Whether there was one. It leaves the one list for the other at once, so that a power cut loses none and sends none twice."""
    with queue.pipeline() as at_once:
        try:
            at_once.watch('outbox')
            mail = at_once.lindex('outbox', 0)
            if mail is None:
                return False
            at_once.multi()
            at_once.lpop('outbox')
            at_once.rpush('sent', json.dumps({'mail': mail, 'version': VERSION, 'sender': os.environ['SENDER']}))
            at_once.execute()
        except redis.WatchError:
            pass
    return True


def main():
    # The mail in hand is sent; the next one is another's.
    signal.signal(signal.SIGTERM, end)
    if not Path('/run/secrets/smtp-password').read_text(encoding='utf-8').strip():
        raise SystemExit('the password of the mail server is empty')
    queue = redis.Redis.from_url(os.environ['REDIS_URL'], decode_responses=True)
    print(f'worker {VERSION} takes mails')
    while not asked_to_end:
        ALIVE.touch()
        if not send_one(queue):
            time.sleep(0.2)


main()
