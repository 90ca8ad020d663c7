"""Who waits at a router's socket, and who is being served there."""
import re

from .processes import run


def waiting(socket):
    """Connections in the accept queue of a listening Unix socket."""
    for line in run(['/usr/bin/ss', '-xlHn', 'src', f'unix:{socket}']).output.splitlines():
        words = line.split()
        if len(words) > 2 and words[2].isdigit():
            return int(words[2])
    return 0


def counted(number):
    return f'{number} connection{"" if number == 1 else "s"}'


def established(socket):
    """Requests in hand, WebSockets among them: the front makes a connection for each, and keeps none that is idle."""
    return len(re.findall(r'^\S+\s+ESTAB', run(['/usr/bin/ss', '-xHn', 'src', f'unix:{socket}']).output, re.MULTILINE))
