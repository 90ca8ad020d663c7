''





import os
import re
import subprocess

from . import files, front, nginx_text, public, sites, taking_over, tls
from . import layout as places
from .failures import Failure
from .processes import ENVIRONMENT

PROBE = '/.well-known/slipway'


def file_names(config):
    ''
    return [public.file_name(name) for name in public.names(config)] or (['default'] if public.is_reached(config) else [])


def owner(name):
    ''
    try:
        claimed = files.read_json(f'{places.DOMAINS}/{name}.claim')
    except ValueError:

        claimed = None
    return claimed['app'] if claimed else None


def check_claim(layout, config):
    ''
    front.check_names(config)
    owners = [(name, owner(public.file_name(name))) for name in public.names(config) or (['default'] if public.is_reached(config) else [])]
    taken = [(name, other) for name, other in owners if other not in (None, layout.app)]
    if not taken:
        return
    free = taken[0][0] == 'default'
    said = [f'What comes in without a known domain goes to the app {other} on this host already.' if free else
            f'The domain {name} belongs to the app {other} on this host already.' for name, other in taken]
    wanted = f'a domain of its own, e.g. `domain: {layout.app}.example.com`,' if free else 'another `domain:`'
    raise Failure(
        'domain-taken', ' '.join(said),
        'One domain leads to one app; one app of a host may do without a domain.',
        f'Write {wanted} in slipway.yml, or put both into one slipway.yml as two services with a `route` each.')


def claim(layout, config):
    ''
    for name in file_names(config):
        if owner(name) != layout.app:
            _claim(layout, config, f'{places.DOMAINS}/{name}.claim')


def _claim(layout, config, path):
    mine = f'{places.DOMAINS}/.{layout.app}.claiming'
    files.write(mine, f'{{"app": "{layout.app}"}}\n', durable=True)
    try:

        os.link(mine, path)
    except FileExistsError:
        check_claim(layout, config)
        os.rename(mine, path)
    finally:
        files.remove(mine)


def publish(activation):
    ''
    layout = activation.layout
    tls.publish(activation)
    for name in file_names(activation.config):
        link = f'{places.DOMAINS}/{name}.sock'
        if not os.path.islink(link) or os.readlink(link) != layout.current:
            files.point(link, layout.current)
        if not os.path.exists(f'{places.DOMAINS}/{name}.json'):
            files.write(f'{places.DOMAINS}/{name}.json', f'{{"app": "{layout.app}"}}\n', durable=True)
    tls.mark(activation.config)


def release_claims(layout, keep):
    ''
    kept = file_names(keep) if keep else []
    claimed = [entry[:-len('.claim')] for entry in os.listdir(places.DOMAINS) if entry.endswith('.claim') and not entry.startswith('.')]
    gone = [name for name in claimed if name not in kept and owner(name) == layout.app]

    front.follow(layout, without=gone)
    for name in gone:
        tls.withdraw(name)

        for ending in ('json', 'sock', 'heard', 'claim'):
            files.remove(f'{places.DOMAINS}/{name}.{ending}')


class ForeignSites:
    ''

    def __init__(self):
        self._process = subprocess.Popen([places.NGINX, '-T'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd='/')

    def check(self, config, layout=None, take_over=None):
        ''
        output = self._process.communicate(timeout=30)[0].decode('utf-8', 'replace')
        if self._process.returncode != 0:
            said = re.findall(r'^.*\[emerg\](?: \d+#\d+:)? (.*)$', output, re.MULTILINE)[:1]
            raise Failure('nginx-broken', f'The nginx configuration of this host is broken{": " if said else ""}{"".join(said)[:300]}.',
                          'At its next restart nginx would not come up, and nothing would be served.',
                          'Correct the file and line that nginx names until sudo nginx -t passes on the host, then deploy again.')
        if take_over is not None and not taking_over.is_taken(layout, take_over):
            self._check_take_over(output, config, take_over)
        found = [(name, foreign_site(output, name, take_over, _has(layout, name))) for name in public.names(config)]
        taken = [(name, place) for name, place in found if place]
        if taken:
            place = taken[0][1]
            raise Failure(
                'domain-taken', ' '.join(f'The domain {name} belongs to a site on this host that Slipway did not make: {place}.'
                                         for name, place in taken),
                'nginx would send the requests there, and the new release would get none.',
                f'Remove that server_name (or the part of its pattern) from {place} and reload nginx, or write another `domain:` in slipway.yml. If it is this '
                f'app as it ran until now, give the run the input `take-over: {place}` (docs/taking-over.md).')

    @staticmethod
    def _check_take_over(output, config, path):
        texts = dict(nginx_text.files_of(output))
        names = set(public.names(config))
        if path not in texts or not names:
            raise Failure('cannot-take-over', f'nginx of this host does not include {path}.' if path not in texts else
                          'An app without a `domain` has no name to take over.', '',
                          'Name the file as `sudo nginx -T` does in its lines `# configuration file`, or leave `take-over` out.')
        if tls.needs_issue(config) and places.CHALLENGES not in texts[path]:
            raise Failure(
                'cannot-take-over', f'The certificate authority would be answered by {path}, not by Slipway.',
                'It asks on port 80 for a word under /.well-known/acme-challenge/ before the site is taken over.',
                f'Add to its server on port 80: location ^~ /.well-known/acme-challenge/ {{ root {places.CHALLENGES}; }} and reload nginx; '
                'or begin with the certificate that you have, `tls: { certificate: …, key: … }` (docs/taking-over.md).')
        ours = {str(listen.port) for server in sites.servers(output) if server.is_ours() for listen in server.listens}
        taking_over.judge(path, texts[path], ours, names)


def _has(layout, name):
    ''
    file_name = public.file_name(name)
    return layout is not None and owner(file_name) == layout.app and os.path.exists(f'{places.DOMAINS}/{file_name}.json')


def foreign_site(configuration_dump, domain, besides=None, is_ours=False):
    ''



    if domain is None:
        return None
    ours = (*places.FRONT, *places.FRONT_TLS, *map(front.place, front.PORTS))
    for place, text in nginx_text.files_of(configuration_dump):
        if place not in ours and place != besides and any(_takes(name, domain, is_ours) for name in nginx_text.server_names(text)):
            return place
    return None


def _takes(server_name, domain, is_ours):
    ''
    is_wild = domain.startswith('*.')
    if is_wild:

        domain = f'slipway-any{domain[1:]}'
    if server_name.startswith('~'):


        return _fits(server_name[1:], domain, unless=None if is_wild else 'slipway-any.invalid') and (is_wild or not is_ours)
    server_name = server_name.lower()
    if server_name.startswith('.'):
        return domain == server_name[1:] or domain.endswith(server_name)
    if server_name.startswith('*.'):
        return domain.endswith(server_name[1:])
    if server_name.endswith('.*'):
        return domain.startswith(server_name[:-1])
    return server_name == domain


def _fits(pattern, domain, unless):
    ''
    try:

        if '[:' in pattern:
            return True
        compiled = re.compile(re.sub(r'\(\?<(?=[A-Za-z_])', '(?P<', pattern), re.IGNORECASE)
    except re.error:
        return True
    return compiled.search(domain) is not None and (unless is None or compiled.search(unless) is None)


def switch(layout, number):
    ''
    if number is None:
        files.remove(layout.current)
    else:
        files.point(layout.current, f'{number}/router/http.sock')


def points_to(layout):
    ''
    number, _, socket = _link(layout).partition('/')
    return int(number) if number.isdigit() and socket == 'router/http.sock' else None


def holds_link(layout, number):
    ''
    return _link(layout).partition('/')[0] == str(number)


def _link(layout):
    try:
        return os.readlink(layout.current)
    except OSError:
        return ''
