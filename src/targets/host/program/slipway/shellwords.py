"""Turns a `start` line into a script that runs as the app's user. The unit's ExecStart stays constant."""
import re
import shlex

# Anything that makes a line more than one simple command.
_COMPOUND = re.compile(r'[;&|<>()`\n{}!]|\$\(')
_ASSIGNMENT = re.compile(r'[A-Za-z_][A-Za-z0-9_]*=')
_BUILTINS = {'cd', 'if', 'for', 'while', 'until', 'case', 'set', 'export', 'eval', 'exec', 'trap', '.', ':', 'test', '[',
             'unset', 'ulimit', 'umask', 'wait', 'read', 'true', 'false'}


def is_simple(command):
    """Is the line one program with arguments, so that it can take the place of its shell?"""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    bare = re.sub(r"'[^']*'", "''", command)
    return bool(words) and not _COMPOUND.search(bare) and words[0] not in _BUILTINS


def start_script(command, folder):
    """A POSIX sh script: goes to the service's folder and becomes the program, so that signals reach it and not a shell."""
    lines = ['#!/bin/sh', 'set -e', f'cd {shlex.quote("./" + folder)}']
    if not is_simple(command):
        lines.append(command)
    elif _ASSIGNMENT.match(command.lstrip()):
        lines.append(f'exec env {command}')
    else:
        lines.append(f'exec {command}')
    return '\n'.join(lines) + '\n'


def environment_file(values):
    """systemd's EnvironmentFile syntax: every value in double quotes, so that nothing in it means anything."""
    out = []
    for name in sorted(values):
        escaped = re.sub(r'([\\"`$])', r'\\\1', values[name])
        out.append(f'{name}="{escaped}"\n')
    return ''.join(out)
