"""An app's own nginx at the ports that its Compose file publishes. It leads by a link to the activation that serves, as the front
does by name: so a port changes hands without being closed. It is reloaded only when a port comes or goes."""
import os

from .. import files, polling, sandbox, units
from .. import layout as places
from ..failures import Failure, evidence
from ..processes import identity, run
from . import kinds, ways


def unit_name(layout):
    return f'slipway-ports.{layout.app}.service'


def link(layout, port):
    """Where the app's nginx is led to: a link to a socket of the activation that serves."""
    return f'{layout.ways}/links/{port}.sock'


def published(activation):
    return activation.facts['project']['published'] if activation is not None and 'project' in activation.facts else []


def sockets(activation):
    """Where its router listens for them."""
    return [ways.socket(activation.layout, activation.number, way['port']) for way in published(activation)]


def check(layout, wanted, serving, given_up=()):
    """A Failure when somebody else listens on one of the ports. `given_up`: those of what is taken over."""
    ours = {way['port'] for way in published(serving)} | set(given_up)
    for way in wanted:
        if way['protocol'] == 'tcp' and not os.path.exists(ways.STREAM):
            raise Failure('stream-missing', f'{way["service"]} publishes port {way["port"]}, which does not speak HTTP, and nginx of this host has no '
                          'module for that.', '', 'Run setup-vm with this slipway.yml, then deploy again.')
        if way['port'] in ours or _is_ours(layout, way['port']):
            continue
        taken = run(['/usr/bin/ss', '-ltnpH', f'sport = :{way["port"]}']).output.strip()
        if taken:
            raise Failure('port-taken', f'Port {way["port"]}, which {way["service"]} publishes, is taken on this host.', _who(taken),
                          f'End that, or publish another port in the Compose file; then deploy again. (sudo ss -ltnp sport = :{way["port"]})')


def check_alone(project, serving, given_up):
    """The same for ports that Docker itself publishes, of what cannot run twice: the old one gives them up, and nobody else."""
    held = set(given_up)
    for service in serving.running() if serving is not None and serving.in_containers() else ():
        there = serving.supervisor.containers(serving.names_of([service])).values()
        held |= {int(binding['HostPort']) for item in there for bindings in (item['NetworkSettings'].get('Ports') or {}).values()
                 for binding in bindings or [] if service['name'] in project.kinds and project.kinds[service['name']].kind == kinds.ALONE}
    for name, kind in project.kinds.items():
        for port in project.model['services'][name].get('ports') or [] if kind.kind == kinds.ALONE else ():
            number = str(port.get('published') or '')
            if not number.isdigit() or int(number) in held or port.get('protocol', 'tcp') != 'tcp':
                continue
            taken = run(['/usr/bin/ss', '-ltnpH', f'sport = :{number}']).output.strip()
            if taken:
                raise Failure('port-taken', f'Port {number}, which {name} publishes, is taken on this host.',
                              f'{_who(taken)} {name} cannot run twice ({kind.why}), so Docker itself would have to listen there.',
                              f'Let it run beside itself (`x-slipway: {{ rollout: beside }}` in {name}, if it may), then it is reached through Slipway; or '
                              'publish another port.')


def _is_ours(layout, port):
    """Left by a rollout that did not come to its end."""
    return os.path.lexists(link(layout, port)) and units.runs(unit_name(layout))


def _who(line):
    names = [part.split('"')[1] for part in line.split('users:')[1:] if '"' in part]
    return f'{", ".join(sorted(set(names)))} listens there.' if names else 'Something listens there.'


def open_ways(activation, before=None):
    """Listens on all ports of the activation, and still on those of what served `before`. What users reach is decided by `lead`."""
    layout, wanted = activation.layout, {way['port']: way for way in [*published(before), *published(activation)]}
    if not wanted:
        return
    text = _configuration(layout, list(wanted.values()))
    _make_folders(layout)
    path, unit = f'{layout.ways}/nginx.conf', unit_name(layout)
    # Led already, or the first who comes finds nothing.
    for port in wanted:
        if not os.path.lexists(link(layout, port)):
            _point(layout, port, activation.number)
    if _read(path) != text:
        files.write(path, text, mode=0o640, owner=(0, identity(layout.router_user)[1]))
        if units.runs(unit):
            run([units.SYSTEMCTL, 'reload', unit], timeout=30)
    if not units.runs(unit):
        units.write(unit, _unit(layout))
        run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)
        units.enable([unit])
        units.start([unit])
    for way in wanted.values():
        if not polling.wait_until(lambda each=way: _listens(each), 10):
            raise Failure('port-not-open', f'Port {way["port"]}, which {way["service"]} publishes, could not be opened.', '',
                          'Read what nginx says below, correct that, then deploy again.', [evidence(f'{unit}: journal', units.logs(unit, 20))])


def lead(activation):
    """All ports of the activation lead to it."""
    for way in published(activation):
        _point(activation.layout, way['port'], activation.number)


def turn_away(activation, to):
    """Ports that speak HTTP are led to a socket that answers for it; all others nowhere: who comes there is cut off."""
    for way in published(activation):
        files.point(link(activation.layout, way['port']), to if way['protocol'] == 'http' else f'{to}.nobody')


def close_ways(layout, activation):
    """Ports that what serves does not publish are closed; None: all."""
    wanted = published(activation)
    unit = unit_name(layout)
    if not os.path.isdir(layout.ways):
        return
    ports = {str(way['port']) for way in wanted}
    if wanted:
        text, path = _configuration(layout, wanted), f'{layout.ways}/nginx.conf'
        if _read(path) != text:
            files.write(path, text, mode=0o640, owner=(0, identity(layout.router_user)[1]))
            run([units.SYSTEMCTL, 'reload', unit], timeout=30)
    else:
        units.stop([unit])
        units.remove([unit])
        files.remove(f'{layout.ways}/nginx.conf')
    for name in os.listdir(f'{layout.ways}/links'):
        if name.partition('.')[0] not in ports:
            files.remove(f'{layout.ways}/links/{name}')


def _point(layout, port, number):
    files.point(link(layout, port), ways.socket(layout, number, port))


def _listens(way):
    return bool(run(['/usr/bin/ss', '-ltnH', f'sport = :{way["port"]}']).output.strip())


def _read(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def _make_folders(layout):
    uid, gid = identity(layout.router_user)
    for path, owner in ((layout.ways, 0), (f'{layout.ways}/links', 0), (f'{layout.ways}/own', uid)):
        os.makedirs(path, mode=0o750, exist_ok=True)
        os.chown(path, owner, gid)
        os.chmod(path, 0o750)


def _listen(way):
    place = f'[{way["address"]}]' if ':' in way['address'] else way['address']
    if place:
        return [f'{place}:{way["port"]}']
    return [str(way['port']), *([f'[::]:{way["port"]}'] if os.path.exists('/proc/net/if_inet6') else [])]


def _configuration(layout, wanted):
    own = f'{layout.ways}/own'
    http = ''.join(f'  server {{\n{_listens_at(way)}    location / {{ proxy_pass http://unix:{link(layout, way["port"])}:; }}\n  }}\n'
                   for way in sorted(wanted, key=lambda each: each['port']) if way['protocol'] == 'http')
    stream = ''.join(f'  server {{\n{_listens_at(way)}    proxy_pass unix:{link(layout, way["port"])};\n    proxy_timeout 7d;\n  }}\n'
                     for way in sorted(wanted, key=lambda each: each['port']) if way['protocol'] == 'tcp')
    return f"""# Made by Slipway: the ports that {layout.app} publishes.
{ways.module({'published': wanted})}daemon off;
worker_processes {min(4, os.cpu_count() or 1)};
pid {own}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  client_body_temp_path {own}/body;
  proxy_temp_path {own}/proxy;
  fastcgi_temp_path {own}/fastcgi;
  uwsgi_temp_path {own}/uwsgi;
  scgi_temp_path {own}/scgi;
  access_log off;
  server_tokens off;
  map $http_upgrade $connection_header {{ '' close; default upgrade; }}
  keepalive_timeout 75s;
  keepalive_requests 100000000;
  keepalive_time 7d;
  client_max_body_size 0;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_header;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header Slipway-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header Slipway-Forwarded-Proto $http_x_forwarded_proto;
  proxy_set_header Slipway-Forwarded-Host $http_x_forwarded_host;
  proxy_connect_timeout 5s;
  proxy_read_timeout 1h;
  proxy_send_timeout 1h;
{http}}}
{f"stream {{{chr(10)}{stream}}}{chr(10)}" if stream else ""}"""


def _listens_at(way):
    return ''.join(f'    listen {place};\n' for place in _listen(way))


def _unit(layout):
    own = f'{layout.ways}/own'
    return f"""[Unit]
Description=Slipway: {layout.app}, published ports
After=network.target

[Service]
Type=exec
ExecStart={places.NGINX} -e stderr -c {layout.ways}/nginx.conf
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStopSec=5
Restart=always
RestartSec=1
LimitNOFILE=16384
{sandbox.lines(sandbox.properties(layout.router_user, layout.router_user, [own]))}CapabilityBoundingSet=CAP_NET_BIND_SERVICE
AmbientCapabilities=CAP_NET_BIND_SERVICE

[Install]
WantedBy=multi-user.target
"""
