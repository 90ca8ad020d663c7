"""Works until it is asked to end; says so, and with which version it began."""
import signal
import sys
import threading

from told import NAME, told

end = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: end.set())
print('began', told().decode(), flush=True)
with open(f'../jobs/{NAME}', 'wb') as file:
    file.write(told())
end.wait()
print('ended in order', flush=True)
sys.exit(0)
