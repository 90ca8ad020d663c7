"""nginx's own language: directives of a file, and the files that `nginx -T` prints."""
import re

# What a word of nginx is: in quotes, or up to a space, `;` or brace. A comment begins where a word could.
_WORD = re.compile(r'\s+|#[^\n]*|[;{}]|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|(?:\\.|\$\{[^}\n]*\}|[^\s;{}\\])+')


class Directive:
    def __init__(self, words, line, block):
        self.name, self.words, self.line, self.block = words[0].lower(), words[1:], line, block

    def all(self, name):
        """Directives of a name at any depth below."""
        for item in self.block or ():
            if item.name == name:
                yield item
            yield from item.all(name)


def parse(text):
    """The directives of an nginx file; None when it is not to be understood."""
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
    """All names that servers in a file have, as nginx reads them; of one that is not to be understood, what looks like that."""
    directives = parse(text)
    if directives is None:
        bare = re.sub(r'(^|\s)#.*$', '', text, flags=re.MULTILINE)
        return [name.strip('"\'') for names in re.findall(r'(?<![\w$.-])server_name\s+([^;{}]*);', bare) for name in names.split()]
    found = [item for one in directives for item in ([one] if one.name == 'server_name' else one.all('server_name'))]
    # A backslash before these is nginx's own, not the pattern's.
    return [re.sub(r'\\(["\'\\])', r'\1', name) for item in found for name in item.words]


def files_of(configuration_dump):
    """(path, text) of each file in the output of `nginx -T`, in the order in which nginx read them."""
    parts = re.split(r'^# configuration file (.*):\n', configuration_dump, flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2])
