''
import re
import shlex

_ASSIGNMENT = re.compile(r'[A-Za-z_][A-Za-z0-9_]*=')
_LINE = re.compile(r'^([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"\n', re.MULTILINE | re.DOTALL)
_PARAMETER = re.compile(r'\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-=?+][A-Za-z0-9_./:@%,-]*)?\}')

_BUILTINS = {
    '.', ':', '[', 'alias', 'bg', 'break', 'builtin', 'case', 'cd', 'command', 'continue', 'do', 'done', 'elif',
    'else', 'esac', 'eval', 'exec', 'exit', 'export', 'false', 'fc', 'fg', 'fi', 'for', 'function', 'getopts',
    'hash', 'if', 'jobs', 'kill', 'local', 'read', 'readonly', 'return', 'set', 'shift', 'source', 'test', 'then',
    'times', 'trap', 'true', 'type', 'ulimit', 'umask', 'unalias', 'unset', 'until', 'wait', 'while',
}


def is_simple(command):
    ''
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    program = next((word for word in words if not _ASSIGNMENT.match(word)), None)
    return program is not None and program not in _BUILTINS and not _is_compound(command)


def _is_compound(command):
    ''
    rest = _PARAMETER.sub('x', command)
    quote = None
    at = 0
    while at < len(rest):
        sign = rest[at]
        if quote == "'":
            quote = None if sign == "'" else quote
        elif sign == '\\':
            at += 1
        elif sign == '`' or rest.startswith(('$(', '${'), at):
            return True
        elif quote == '"':
            quote = None if sign == '"' else quote
        elif sign in '\'"':
            quote = sign
        elif sign in ';&|<>()\n{}!':
            return True
        at += 1
    return False


def start_script(command, folder, first=()):
    ''

    lines = ['#!/bin/sh', 'set -e', f'cd {shlex.quote("./" + folder)}', *first]
    if not is_simple(command):
        lines.append(command)
    elif _ASSIGNMENT.match(command.lstrip()):
        lines.append(f'exec env {command}')
    else:
        lines.append(f'exec {command}')
    return '\n'.join(lines) + '\n'


def environment_file(values):
    ''
    out = []
    for name in sorted(values):
        escaped = re.sub(r'([\\"`$])', r'\\\1', values[name])
        out.append(f'{name}="{escaped}"\n')
    return ''.join(out)


def read_environment_file(text):
    ''
    return {name: re.sub(r'\\([\\"`$])', r'\1', value) for name, value in _LINE.findall(text)}
