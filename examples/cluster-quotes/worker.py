"""Sends reminders for quotes; ends at SIGTERM when it has done what it is at."""
import os
import signal
import threading

ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
print(f"reminding, as of {os.environ.get('SLIPWAY_VERSION', 'dev')}, with a key of {len(os.environ['QUOTES_KEY'])} characters", flush=True)
ended.wait()
