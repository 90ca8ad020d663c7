''




import os
import re
import shutil
import time

from . import fields, files, listeners, nginx_text, reloading
from . import layout as places
from .failures import Failure, evidence

SITE = re.compile(r'/etc/nginx/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\Z')
KEPT = f'{places.STATE}/taken-over'


def site(value):
    ''
    path = fields.text(value, 'takeOver', SITE, 300)
    return fields.refuse('takeOver', path) if path in (*places.FRONT, *places.FRONT_TLS, '/etc/nginx/nginx.conf') else path


def ports(directives):
    ''
    found = {}
    for server in (item for item in directives if item.name == 'server'):
        listens = [item for item in server.block or () if item.name == 'listen']
        for item in listens:
            last = re.search(r'(?:^|:)(\d+)\Z', item.words[0]) if item.words else None
            socket = item.words and item.words[0].startswith('unix:')
            found.setdefault(item.words[0] if socket else last.group(1) if last else '80', item.line)
        if not listens:
            found.setdefault('80', server.line)
    return found


def judge(path, text, ours, names):
    ''
    def refuse(line, what, cure):
        raise Failure('cannot-take-over', f'{path}:{line} {what}.',
                      'What is taken over is moved away as a whole, and users must find in the app all that they found there.', cure)
    directives = nginx_text.parse(text)
    if directives is None:
        refuse(1, 'is not to be understood as a file of nginx', 'Write its braces and semicolons plainly, then deploy again.')
    apart = 'Move it to a file of its own on the host, try sudo nginx -t, then deploy again.'
    for item in directives:
        if item.name not in ('server', 'upstream') or item.block is None:
            refuse(item.line, f'holds `{item.name}`, which other sites may need', apart)
    servers = [item for item in directives if item.name == 'server']
    if not servers:
        refuse(1, 'holds no server', 'Name the file that holds the site of the domain.')
    for server in servers:
        named = [(name.lower(), item.line) for item in server.block if item.name == 'server_name' for name in item.words]
        if not named:
            refuse(server.line, 'begins a server without a server_name', apart)
        for name, line in named:
            if name not in names:
                refuse(line, f'names {name}, and the app is {" and ".join(sorted(names))}',
                       f'Move what {name} needs to a file of its own on the host, try sudo nginx -t, then deploy again.')
    for port, line in ports(directives).items():
        if port not in ours:
            refuse(line, f'listens on {port}, where Slipway does not: nobody would answer there any more',
                   f'Let Slipway listen there too (run setup-vm with a domain and its certificate for 443), or end that service '
                   f'first: a server for {port} in a file of its own stays as it is.')


def kept(layout, path):
    return f'{KEPT}/{layout.app}/{path[len("/etc/nginx/"):].replace("/", ".")}'


def is_taken(layout, path):
    ''
    return not os.path.lexists(path) and os.path.lexists(kept(layout, path))


def take(layout, path):
    ''
    aside = kept(layout, path)
    reloading.expect()
    if os.path.lexists(path):
        os.makedirs(os.path.dirname(aside), mode=0o700, exist_ok=True)
        if os.path.lexists(aside):

            os.rename(aside, f'{aside}.{time.time_ns()}')
        files.write(f'{aside}.json', f'{{"path": "{path}", "at": "{time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}"}}\n', durable=True)
        _move(path, aside)
    reloading.reload(_refused)


def put_back(layout, path):
    ''
    aside = kept(layout, path)

    if not os.path.lexists(f'{aside}.json'):
        return
    reloading.expect()

    if os.path.lexists(aside) and not os.path.lexists(path):
        _move(aside, path)
    reloading.reload(_refused, to_the_end=True)
    files.remove(f'{aside}.json')


def _move(path, to):
    ''
    beside = f'{os.path.dirname(to)}/.{os.path.basename(to)}.slipway'
    files.remove(beside)
    if os.path.islink(path):
        os.symlink(os.readlink(path), beside)
        shutil.copystat(path, beside, follow_symlinks=False)
    else:
        shutil.copy2(path, beside)
        status = os.stat(path)
        os.chown(beside, status.st_uid, status.st_gid)
        with open(beside, 'rb') as file:
            os.fsync(file.fileno())
    os.rename(beside, to)
    files.sync_folder(os.path.dirname(to))
    os.unlink(path)
    files.sync_folder(os.path.dirname(path))


def _refused(said):
    return Failure('take-over-refused', 'nginx refuses its configuration without the site that is taken over.',
                   'Something in that file is needed by another site of this host.',
                   'Read what nginx says below, move what it names to a file of its own, then deploy again.',
                   [evidence('nginx -t', said)])


def leads_to(text):
    ''
    return sorted(set(re.findall(r'(?:proxy_pass\s+http://|uwsgi_pass\s+|fastcgi_pass\s+|^\s*server\s+)(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)',
                                 text, re.MULTILINE)))


def farewell(layout, path):
    ''
    aside = kept(layout, path)
    lines = [f'{path} was taken over, and is kept as {aside}; the way back: mv {aside} {path} && nginx -t && systemctl reload nginx']
    try:
        with open(path if os.path.lexists(path) else os.path.join(os.path.dirname(path), os.readlink(aside)) if os.path.islink(aside) else aside,
                  encoding='utf-8', errors='replace') as file:
            text = file.read()
    except OSError:
        return lines
    for port in leads_to(text):
        units = sorted({unit for pid in listeners.processes(listeners.on(port)) for unit in [_unit_of(pid)] if unit})
        for unit in units:
            end = 'supervisorctl status shows which, supervisorctl stop NAME ends it' if unit.startswith('supervisor') else f'systemctl disable --now {unit}'
            lines.append(f'what it led to on port {port} still runs ({unit}), and nobody asks it any more: {end}')
        if not units:
            lines.append(f'what it led to on port {port} is not touched: ss -ltnp shows whether it still runs')
    return lines


def _unit_of(pid):
    try:
        with open(f'/proc/{pid}/cgroup', encoding='ascii') as file:
            found = re.findall(r'/system\.slice/(?:[^\s/]+\.slice/)*([^\s/]+\.service)', file.read())
    except OSError:
        return None
    return found[0] if found else None
