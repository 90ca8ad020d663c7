''
import re


_WORD = re.compile(r'\s+|#[^\n]*|[;{}]|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?:\\.|\$\{[^}\n]*\}|[^\s;{}\\])+')


class Directive:
    def __init__(self, words, line, block):
        self.name, self.words, self.line, self.block = words[0].lower(), words[1:], line, block

    def all(self, name):
        ''
        for item in self.block or ():
            if item.name == name:
                yield item
            yield from item.all(name)


def parse(text):
    ''
    top = []
    stack, words, line, at, begun = [top], [], 1, 0, 1
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            return None
        word, at = found.group(), found.end()
        if word in (';', '{'):
            if not words:
                return None
            item = Directive(words, begun, [] if word == '{' else None)
            stack[-1].append(item)
            if word == '{':
                stack.append(item.block)
            words = []
        elif word == '}':
            if words or len(stack) == 1:
                return None
            stack.pop()
        elif not word.isspace() and not word.startswith('#'):
            begun = begun if words else line
            words.append(word[1:-1] if word[0] in '"\'' else word)
        line += word.count('\n')
    return top if len(stack) == 1 and not words else None


def server_names(text):
    ''
    directives = parse(text)
    if directives is None:
        bare = re.sub(r'(^|\s)#.*$', '', text, flags=re.MULTILINE)
        return [name.strip('"\'') for names in re.findall(r'(?<![\w$.-])server_name\s+([^;{}]*);', bare) for name in names.split()]
    found = [item for one in directives for item in ([one] if one.name == 'server_name' else one.all('server_name'))]

    return [re.sub(r'\\(["\'\\])', r'\1', name) for item in found for name in item.words]


def files_of(configuration_dump):
    ''
    parts = re.split(r'^# configuration file (.*):\n', configuration_dump, flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2])
