"""The nginx that tests try texts with: the machine's, or one that was only unpacked, whose own files lie beside it."""

import os
import shutil
import subprocess
import unittest

NGINX = shutil.which('nginx', path=f'{os.environ.get("PATH", "")}:/usr/sbin:/sbin')
# /usr/sbin/nginx → /etc/nginx; FOLDER/usr/sbin/nginx → FOLDER/etc/nginx.
SETTINGS = os.path.abspath(f'{os.path.realpath(NGINX or "/usr/sbin/nginx")}/../../../etc/nginx')

needed = unittest.skipUnless(NGINX, 'nginx is not on this machine')


def readable(text):
    """The same text, for this nginx."""
    return text.replace('include /etc/nginx/', f'include {SETTINGS}/')


def judged(path):
    """Whether nginx takes a file, and what it said: `returncode`, `stderr`."""
    return subprocess.run([NGINX, '-t', '-e', 'stderr', '-c', path], stderr=subprocess.PIPE, text=True, check=False)
