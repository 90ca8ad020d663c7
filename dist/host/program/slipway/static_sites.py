''
from __future__ import annotations

import hashlib
import os
import stat
from typing import NamedTuple

from . import files
from .failures import Failure




_HEX = r'(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}'
_BASE64 = r'(?=[\w-]{0,7}[0-9])(?=[\w-]{0,7}[a-z])(?=[\w-]{0,7}[A-Z])[\w-]{8}'
_BASE32 = r'(?=[A-Z]{0,7}[2-7])(?=[2-7]{0,7}[A-Z])[A-Z2-7]{8}'
_ENDING = r'(?:\.(?:chunk|bundle|module|min))?\.(?:m?js|css|json|wasm|woff2?|ttf|otf|eot|svg|png|jpe?g|gif|webp|avif|ico|mp[34]|webm)(?:\.map)?'
HASHED = (rf'(?:/_next/static/.+|/(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{{16,64}}{_ENDING}'
          rf'|[.\w-][.-](?:{_HEX}|{_BASE32}){_ENDING}|[\w-]-{_BASE64}{_ENDING})$')
HIDDEN = r'/\.(?!well-known/)'
IMMUTABLE = 'public, max-age=31536000, immutable'

_SETTINGS = f"""  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  types {{ text/javascript mjs; application/manifest+json webmanifest; application/json map; }}
  sendfile on;
  gzip_static on;
  gzip_vary on;
  absolute_redirect off;
  recursive_error_pages on;
  map $uri $is_hashed {{ "~{HASHED}" 1; default ''; }}
  map $uri $is_hidden {{ "~{HIDDEN}" 1; default ''; }}
"""

PAGE_LIMIT = 1 << 20
_EPOCH, _SPAN = 946684800, 1 << 29


class Site(NamedTuple):

    root: str
    trusted: str

    shared: tuple = ()

    before: tuple | None = None

    changes: bool = False


def sites(layout, release_id, config, before=None):
    ''
    found = {}
    for service in config['services']:
        if service['static'] is None:
            continue
        site = _site(layout, release_id, config, service['static']['folder'])
        former = next((other for other in before[1]['services'] if other['name'] == service['name'] and other['static']),
                      None) if before else None
        if former and not site.changes:
            old = _site(layout, before[0], before[1], former['static']['folder'])
            site = site._replace(before=None if old.changes else (old.root, old.trusted))
        found[service['name']] = site
    return found


def _site(layout, release_id, config, folder):
    for path in config['shared']:
        if folder == path or folder.startswith(f'{path}/'):
            return Site(f'{layout.shared}/{folder}', os.path.dirname(f'{layout.shared}/{path}'), changes=True)
    shared = tuple((path[len(folder) + 1:], f'{layout.shared}/{path}') for path in config['shared'] if path.startswith(f'{folder}/'))
    return Site(f'{layout.release(release_id)}/src/{folder}', f'{layout.release(release_id)}/src', shared)


def settings(config):
    ''
    ages = {service['static']['cache'] for service in config['services'] if service['static']}
    return _SETTINGS + ''.join(f'  map $is_hashed {_cache(age)} {{ 1 "{IMMUTABLE}"; default "{_rest(age)}"; }}\n'
                               for age in sorted(ages, key=_cache)) if ages else ''


def _cache(age):
    return '$cache_control' if age is None else f'$cache_control_{round(age)}'


def _rest(age):
    return 'no-cache' if age is None else f'public, max-age={round(age)}'


def locations(service, site, private):
    ''
    age, fallback = service['static']['cache'], service['static']['fallback']
    prefix = service['route'].rstrip('/')
    here = f'{private}/{service["name"]}'
    missing = f'@{service["name"]}.missing'
    text = f'    location = {prefix} {{ return 301 {prefix}/$is_args$args; }}\n' if prefix else ''
    text += _folder(f'{prefix}/', site.root, site.trusted, age, missing, changes=site.changes)
    for path, place in site.shared:
        text += _folder(f'{prefix}/{path}/', place, os.path.dirname(place), age, missing, changes=True)
    text += f'    location {missing} {{\n'
    if site.before:
        text += f'      if ($is_hashed) {{ rewrite ^ {here}/before$uri last; }}\n'

    text += '      if ($is_hashed) { return 404; }\n'
    if fallback is not None:
        text += f'      rewrite ^ {here}/fallback last;\n'
    text += '      return 404;\n    }\n'
    if site.before:
        text += _folder(f'{here}/before{prefix}/', *site.before, age, None, changes=False)
    if fallback is not None:
        text += (f'    location = {here}/fallback {{\n      internal;\n{_headers(age, site.changes)}'
                 f'      disable_symlinks on {quoted("from=" + site.trusted)};\n'
                 f'      alias {quoted(site.root + "/" + fallback)};\n    }}\n')
    return text


def _folder(prefix, root, trusted, age, missing, changes):
    ''
    return (f'    location {quoted(prefix)} {{\n' + (f'      error_page 403 404 = {missing};\n' if missing else '      internal;\n') +
            f'      disable_symlinks on {quoted("from=" + trusted)};\n      if ($is_hidden) {{ return 404; }}\n{_headers(age, changes)}'
            f'      alias {quoted(root + "/")};\n    }}\n')


def _headers(age, changes):
    if changes:
        return f'      add_header Cache-Control "{_rest(age)}";\n'

    return f'      add_header Cache-Control {_cache(age)};\n      add_header Last-Modified "";\n'


def quoted(path):
    ''
    return f'"{path}"'


def check(folder, config):
    ''
    linked = config['shared'] + config['scratch']
    for service in config['services']:
        if service['static'] is None:
            continue
        name, path = service['name'], service['static']['folder']
        if any(path == other or path.startswith(f'{other}/') for other in linked):
            continue
        if not stat.S_ISDIR(files.plain_mode(folder, path)):
            raise Failure('static-missing', f'The static folder {path} of {name} is not in the release.',
                          'Neither is it in the commit, nor have `artifacts` or `build` made it.',
                          f'Correct `static` of {name}, or let its `build` make {path}; then tag again.')
        count = 0
        for where, folders, names in os.walk(f'{folder}/{path}'):
            for entry in folders + names:
                full = f'{where}/{entry}'
                inside = full[len(folder) + 1:]
                if os.path.islink(full) and inside not in linked:
                    raise Failure('static-link', f'{inside} in the static folder of {name} is a symbolic link.',
                                  'nginx follows none there, since one could lead to what is not meant to be served.',
                                  'Put the file in its place, and tag again.')
            count += len(names)
        if count == 0:
            raise Failure('static-empty', f'The static folder {path} of {name} holds no file.', '',
                          f'Correct `static` of {name}, or let its `build` fill it; then tag again.')
        fallback = service['static']['fallback']
        if fallback is not None and not stat.S_ISREG(files.plain_mode(folder, f'{path}/{fallback}')):
            raise Failure('static-missing', f'The fallback {path}/{fallback} of {name} is not in the release.', '',
                          f'Correct `fallback` of {name}; then tag again.')


def settle_times(folder, config):
    ''
    linked = config['shared'] + config['scratch']
    for service in config['services']:
        if service['static'] is None or any(
                service['static']['folder'] == path or service['static']['folder'].startswith(f'{path}/') for path in linked):
            continue

        for where, _, names in os.walk(f'{folder}/{service["static"]["folder"]}'):
            for name in names:
                if stat.S_ISREG(os.lstat(f'{where}/{name}').st_mode):
                    moment = time_of(f'{where}/{name}')
                    os.utime(f'{where}/{name}', (moment, moment), follow_symlinks=False)


def time_of(path):
    ''
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return _EPOCH + int(digest.hexdigest()[:8], 16) % _SPAN


def page(folder, path, name):
    ''
    if not stat.S_ISREG(files.plain_mode(folder, path)):
        raise Failure('page-missing', f'The {name} page {path} is not in the release.', '',
                      f'Correct `pages: {{ {name}: … }}` in slipway.yml, or add the file; then tag again.')
    if os.path.getsize(f'{folder}/{path}') > PAGE_LIMIT:
        raise Failure('page-too-big', f'The {name} page {path} is over 1 MB.', 'It has to be whole in itself, and small.',
                      'Make it smaller; then tag again.')
    with open(f'{folder}/{path}', 'rb') as file:
        return file.read()
