''


import os

from .. import files, listeners, polling, sandbox, units
from .. import layout as places
from ..failures import Failure, evidence
from ..processes import identity, run
from . import ways


def unit_name(layout, port):
    return f'slipway-ports.{layout.app}.{port}.service'


def link(layout, port):
    ''
    return f'{layout.ways}/links/{port}.sock'


def published(activation):
    return activation.facts['project']['published'] if activation is not None and 'project' in activation.facts else []


def sockets(activation):
    ''
    return [ways.socket(activation.layout, activation.number, way['port']) for way in published(activation)]


def check(layout, wanted, serving, given_up=()):
    ''
    ours = {way['port'] for way in published(serving)} | set(given_up)
    for way in wanted:
        if way['protocol'] == 'tcp' and not os.path.exists(ways.STREAM):
            raise Failure('stream-missing', f'{way["service"]} publishes port {way["port"]}, which does not speak HTTP, and nginx of this host has no '
                          'module for that.', '', 'Run setup-vm with this slipway.yml, then deploy again.')
        if way['port'] in ours or _is_ours(layout, way['port']):
            continue
        taken = listeners.on(way['port'])
        if taken:
            raise Failure('port-taken', f'Port {way["port"]}, which {way["service"]} publishes, is taken on this host.', listeners.who(taken),
                          f'End that, or publish another port in the Compose file; then deploy again. (sudo ss -ltnp sport = :{way["port"]})')


def _is_ours(layout, port):
    ''
    return os.path.lexists(link(layout, port)) and units.runs(unit_name(layout, port))


def open_ways(activation, before=None, but=()):
    ''
    _listen_on(activation, [way for way in [*published(before), *published(activation)] if way['port'] not in but])


def open_again(activation):
    ''
    _listen_on(activation, published(activation))


def _listen_on(activation, ports):
    layout, wanted = activation.layout, {way['port']: way for way in ports}
    if not wanted:
        return
    _make_folders(layout, wanted)
    for port, way in wanted.items():

        if not os.path.lexists(link(layout, port)):
            _point(layout, port, activation.number)
        _open(layout, way)
    for port, way in wanted.items():
        unit = unit_name(layout, port)
        if not polling.wait_until(lambda each=port: _listens(layout, each), 10):
            raise Failure('port-not-open', f'Port {port}, which {way["service"]} publishes, could not be opened.', '',
                          'Read what nginx says below, correct that, then deploy again.', [evidence(f'{unit}: journal', units.logs(unit, 20))])


def _listens(layout, port):
    ''
    lines = listeners.on(port)
    pids = {int(pid) for pid in listeners.processes(lines)}
    return bool(lines) and (not pids or bool(pids & set(units.processes(unit_name(layout, port)))))


def _open(layout, way):
    unit, path, text = unit_name(layout, way['port']), _file(layout, way['port']), _configuration(layout, way)
    if _read(path) == text and units.runs(unit):
        return
    if units.runs(unit):

        units.stop([unit])
    files.write(path, text, mode=0o640, owner=(0, identity(layout.router_user)[1]))
    units.write(unit, _unit(layout, way['port']))
    run([units.SYSTEMCTL, 'daemon-reload'], timeout=60)
    units.enable([unit])
    units.start([unit])


def lead(activation):
    ''
    for way in published(activation):
        _point(activation.layout, way['port'], activation.number)


def turn_away(activation, to):
    ''
    for way in published(activation):
        files.point(link(activation.layout, way['port']), to if way['protocol'] == 'http' else f'{to}.nobody')


def close_ways(layout, activation):
    ''
    kept = {way['port'] for way in published(activation)}
    close(layout, {port for port in _opened(layout) if port not in kept})


def close(layout, ports):
    ''
    gone = [port for port in _opened(layout) if port in ports]
    units.stop([unit_name(layout, port) for port in gone])
    units.remove([unit_name(layout, port) for port in gone])
    for port in gone:
        for path in (_file(layout, port), link(layout, port), _own(layout, port)):
            files.remove(path)


def _opened(layout):
    ''
    try:
        return sorted(int(name.partition('.')[0]) for name in os.listdir(f'{layout.ways}/links') if name.partition('.')[0].isdigit())
    except FileNotFoundError:
        return []


def _file(layout, port):
    return f'{layout.ways}/{port}.conf'


def _own(layout, port):
    ''
    return f'{layout.ways}/own/{port}'


def _point(layout, port, number):
    files.point(link(layout, port), ways.socket(layout, number, port))


def _read(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def _make_folders(layout, ports):
    uid, gid = identity(layout.router_user)
    own = [(_own(layout, port), uid) for port in ports]
    for path, owner in ((layout.ways, 0), (f'{layout.ways}/links', 0), (f'{layout.ways}/own', 0), *own):
        os.makedirs(path, mode=0o750, exist_ok=True)
        os.chown(path, owner, gid)
        os.chmod(path, 0o750)


def _listen(way):
    place = f'[{way["address"]}]' if ':' in way['address'] else way['address']
    if place:
        return [f'{place}:{way["port"]}']
    return [str(way['port']), *([f'[::]:{way["port"]}'] if os.path.exists('/proc/net/if_inet6') else [])]


def _configuration(layout, way):
    port, own = way['port'], _own(layout, way['port'])
    listens = ''.join(f'    listen {place};\n' for place in _listen(way))
    http = f'  server {{\n{listens}    location / {{ proxy_pass http://unix:{link(layout, port)}:; }}\n  }}\n' if way['protocol'] == 'http' else ''
    stream = f'stream {{\n  server {{\n{listens}    proxy_pass unix:{link(layout, port)};\n    proxy_timeout 7d;\n  }}\n}}\n' if way['protocol'] == 'tcp' else ''
    return f"""# Made by Slipway: port {port}, which {layout.app} publishes.
{ways.module({'published': [way]})}daemon off;
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
{stream}"""


def _unit(layout, port):
    own = _own(layout, port)
    return f"""[Unit]
Description=Slipway: {layout.app}, port {port}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={places.NGINX} -e stderr -c {_file(layout, port)}
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
