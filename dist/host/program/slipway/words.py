''
import re

_LIMIT = 500


def decisive(output):
    ''
    chain = re.findall(r'^\s*(?:×|├─▶|╰─▶)\s+((?:.+\n?)+?)(?=^\s*$|^\s*(?:├─▶|╰─▶)|\Z)', output, re.MULTILINE)
    found = ': '.join(part.strip().rstrip('.:') for part in chain) or ' '.join(re.findall(r'^error: (.+)$', output, re.MULTILINE)[:1])
    if not found:
        npm = re.findall(r'^npm error (.+)$', output, re.MULTILINE)
        differing = [line for line in npm if re.match(r'(?:Missing|Invalid): ', line)]
        telling = [line for line in npm if not re.match(r'(?:code|errno|syscall|path) |A complete log', line)]
        found = '; '.join(differing[:3]) or re.sub(r'^(?:[a-z]+target|E[A-Z]+|[0-9]{3}) ', '', ''.join(telling[:1]))
        if found == 'command failed':
            found = ': '.join(line.removeprefix('command sh -c ') for line in telling[:2])
    line = re.sub(r'[\s│]+', ' ', found).strip()
    if not line:
        return ''
    return (line if len(line) <= _LIMIT else f'{line[:_LIMIT]} …').rstrip('.:') + '.'
