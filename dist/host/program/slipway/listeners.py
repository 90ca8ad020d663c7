''
import re

from .processes import run


def on(port):
    ''
    return run(['/usr/bin/ss', '-ltnpH', f'sport = :{port}']).output.strip()


def processes(lines):
    return re.findall(r'pid=(\d+)', lines)


def who(lines):
    ''
    names = [part.split('"')[1] for part in lines.split('users:')[1:] if '"' in part]
    return f'{", ".join(sorted(set(names)))} listens there.' if names else 'Something listens there.'
