''
import posixpath
import re

_INCLUDE = re.compile(r'\s*(?:-[rc]\s*|--(?:requirement|constraint)[\s=]\s*)([^\s#]+)')
_LOCAL = re.compile(r'\s*(-[ef]|--(editable|find-links)\b|\.{0,2}/|\.\s*$|\.\['
                    r'|\S+\s*@\s*file:|(?!https?:)[^#\s]+\.(whl|zip|tar\.gz)\b)')
_HASH = re.compile(r'(?:^|\s)--hash[=\s]')


class Requirements:
    ''

    def __init__(self, read, path):
        self.names, self.local, self.hashed = [], [], False
        self._follow(read, posixpath.normpath(path))

    def _follow(self, read, path):
        if path in self.names:
            return
        if path.startswith('../'):

            self.local.append(path)
            return
        self.names.append(path)
        for line in (read(path) or '').splitlines():
            included = _INCLUDE.match(line)
            if included and '://' not in included.group(1) and '$' not in included.group(1):
                self._follow(read, posixpath.normpath(posixpath.join(posixpath.dirname(path), included.group(1))))
            elif included or _LOCAL.match(line):
                self.local.append(line)
            self.hashed = self.hashed or (not line.lstrip().startswith('#') and _HASH.search(line) is not None)
