''
import re


def last_words(log, unit):
    ''
    foreign = (f'{unit}: ', 'Started ', 'Starting ', 'Stopped ', 'Stopping ', 'Failed to start ')
    own = [line.strip() for line in log.splitlines() if line.strip() and not line.startswith(foreign)]
    errors = [line for line in own if re.search(r'\b\w*(?:Error|Exception)\b.*:|\b(?:error|fatal|not found)\b', line)]
    return (errors or own or [''])[-1][:300]


def missing(log):
    ''
    program = re.search(r'^\S+: \d+: (?:exec: )?([\w.+-]+): not found$', log, re.MULTILINE)
    module = (re.search(r"ModuleNotFoundError: No module named '([\w.-]+)'", log)
              or re.search(r"Cannot find (?:module|package) '((?![./])[^']+)'", log))
    if program is None and module is None:
        return ''
    what = f'the program {program.group(1)}' if program else f'the module {module.group(1)}'
    return f'The environment lacks {what}: if it comes with a package, add that to requirements.txt or package.json (and its lock). '
