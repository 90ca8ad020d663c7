''
import re

from .processes import run


def waiting(socket):
    ''
    for line in run(['/usr/bin/ss', '-xlHn', 'src', f'unix:{socket}']).output.splitlines():
        words = line.split()
        if len(words) > 2 and words[2].isdigit():
            return int(words[2])
    return 0


def counted(number):
    return f'{number} connection{"" if number == 1 else "s"}'


def established(socket):
    ''
    return len(re.findall(r'^\S+\s+ESTAB', run(['/usr/bin/ss', '-xHn', 'src', f'unix:{socket}']).output, re.MULTILINE))
