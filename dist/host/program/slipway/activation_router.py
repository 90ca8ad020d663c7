''
import os
import secrets

from . import client, counting, files, public, static_sites
from . import layout as places
from .processes import identity
from .project import ways
from .router import PROBE

_PASS = {'http': 'proxy_pass http://{name};',
         'uwsgi': f'include /etc/nginx/uwsgi_params; {client.parameters("uwsgi")}uwsgi_pass {{name}};',
         'fastcgi': f'include /etc/nginx/fastcgi_params; {client.parameters("fastcgi")}fastcgi_param PATH_INFO $fastcgi_script_name; '
                    'fastcgi_param SCRIPT_NAME ""; fastcgi_pass {name};'}

_UNREACHED = 'unreached'
_STRICT = 'add_header Strict-Transport-Security $strict always;'


def configuration(layout, number, config, addresses, token, sites=(), pages=(), project=None):
    ''


    routed = [service for service in config['services'] if service['route'] is not None]
    running = [service for service in routed if addresses.get(service['name'])]
    folder = f'{layout.activation(number)}/router'
    sites = dict(sites)
    reached = {service['name']: addresses[service['name']] for service in running}
    if project is not None:
        reached.update({name: found for name, found in addresses.items() if found}, **ways.more_upstreams(*project))
    upstreams = ''.join(_upstream(name, found) for name, found in reached.items())
    published = ways.http(layout, number, token, project[0]) if project is not None else ''
    asked = ''.join(_private(layout, number, service, instance, address, token)
                    for service in running for instance, address in enumerate(addresses[service['name']], 1))
    own_page = f'error_page 502 504 {PROBE}/{token}/error; ' if 'error' in pages else ''
    locations = ''.join(_location(service, own_page) for service in running)
    locations += ''.join(static_sites.locations(service, sites[service['name']], f'{PROBE}/{token}') for service in routed
                         if service['name'] in sites)
    if not any(service['route'].rstrip('/') == '' for service in routed):
        locations += '    location / { return 404; }\n'
    if 'error' in pages:
        locations += (f'    location = {PROBE}/{token}/error {{ internal; default_type text/html; types {{ }} '
                      f'add_header Cache-Control no-store always; alias {page_file(layout, number, "error")}; }}\n')
    text = f"""# Made by Slipway for activation {number} of {layout.app}.
{ways.module(project[0]) if project is not None else ''}daemon off;
worker_processes {min(4, os.cpu_count() or 1)};
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi;
  fastcgi_temp_path {folder}/fastcgi;
  scgi_temp_path {folder}/scgi;
  server_tokens off;
  access_log off;
  map $status $is_error {{ ~^5 1; default 0; }}
  log_format counted '';
  map $http_upgrade $connection_header {{ '' close; default upgrade; }}
  client_max_body_size 0;
  proxy_http_version 1.1;
  proxy_request_buffering off;
  # Events have to reach the browser one by one: with this the front passes them on at once.
  map $upstream_http_content_type $event_stream {{ ~^text/event-stream no; default ''; }}
  add_header X-Accel-Buffering $event_stream;
{client.settings(config)}{_strict(config)}  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_header;
{_limits('proxy')}{_limits('uwsgi')}{_limits('fastcgi')}{static_sites.settings(config)}{upstreams}{_redirected(config, folder)}  server {{
    listen unix:{folder}/http.sock default_server;
    {counting.log(layout, number, counting.ERRORS)} if=$is_error;
    location = {PROBE}/{token} {{ default_type text/plain; return 200 "{number} $arg_nonce"; }}
    location = {PROBE}/{token}/requests {{ stub_status; }}
{counting.locations(layout, number, token)}{locations}  }}
{_maintenance(layout, number, token, pages)}{asked}{published}}}
{ways.stream(layout, number, *project) if project is not None else ''}"""

    return text.replace('add_header Cache-Control', f'{_STRICT} add_header Cache-Control') if config['hsts'] is not None else text


def _redirected(config, folder):
    ''
    if not config['aliases']:
        return ''
    return (f'  server {{\n    listen unix:{folder}/http.sock;\n    server_name {" ".join(config["aliases"])};\n'
            f'    return 308 {client.scheme(config, public.scheme(config))}://{public.host_header(config)}$request_uri;\n  }}\n')


def _strict(config):
    ''
    if config['hsts'] is None:
        return ''
    hidden = ''.join(f'  {protocol}_hide_header Strict-Transport-Security;\n' for protocol in _PASS)
    return (f"  map $client_scheme $strict {{ https 'max-age={config['hsts']}'; default ''; }}\n"
            f'{hidden.replace("http_hide", "proxy_hide")}  {_STRICT}\n')


def _maintenance(layout, number, token, pages):
    ''
    folder = f'{layout.activation(number)}/router'
    headers = 'add_header Retry-After 30 always; add_header Cache-Control no-store always;'
    page = ''
    if 'maintenance' in pages:
        page = (f'    error_page 503 {PROBE}/{token}/maintenance;\n'
                f'    location = {PROBE}/{token}/maintenance {{ internal; default_type text/html; types {{ }} {headers} '
                f'alias {page_file(layout, number, "maintenance")}; }}\n')
    return (f'  server {{\n    listen unix:{folder}/maintenance.sock;\n    '
            f'{counting.log(layout, number, counting.TURNED_AWAY)};\n'
            f'{page}    location / {{ {headers} return 503; }}\n  }}\n')


def _limits(protocol):
    ''
    return (f'  {protocol}_buffering off;\n  {protocol}_connect_timeout 5s;\n  {protocol}_read_timeout 1h;\n'
            f'  {protocol}_send_timeout 1h;\n  {protocol}_pass_header X-Accel-Buffering;\n')


def _upstream(name, addresses):


    servers = ''.join(f'    server {address.nginx} max_fails=1 fail_timeout=2s;\n' for address in addresses)
    return f'  upstream {name} {{\n    zone {name} 64k;\n{servers}  }}\n'


def _location(service, more=''):
    words = more + _PASS[service['protocol']].format(name=service['name'])
    prefix = service['route'].rstrip('/')
    if not prefix:
        return f'    location / {{ {words} }}\n'

    return f'    location = {prefix} {{ {words} }}\n    location {prefix}/ {{ {words} }}\n'


def _private(layout, number, service, instance, address, token):
    ''
    name = f'{service["name"]}.{instance}'
    words = _PASS[service['protocol']].format(name=name)
    return (f'  upstream {name} {{ server {address.nginx}; }}\n'
            f'  server {{ listen unix:{layout.private_socket(number, service["name"], instance)}; '
            f'error_page 502 504 = @unreached; location @unreached {{ default_type text/plain; return 502 "{unreached(token)}"; }} '
            f'location / {{ {words} }} }}\n')


def unreached(token):
    ''
    return f'{_UNREACHED} {token}'


def page_file(layout, number, name):
    return f'{layout.activation(number)}/router.{name}.html'


def prepare(layout, number, config, addresses, sites=(), pages=(), project=None):
    ''
    token = secrets.token_hex(16)
    uid, gid = identity(layout.router_user)
    _, front = identity(places.FRONT_GROUP)
    folder = f'{layout.activation(number)}/router'
    asked = os.path.dirname(layout.private_socket(number, '', 1))

    os.makedirs(asked, exist_ok=True)
    os.chown(asked, uid, gid)
    os.chmod(asked, 0o700)

    os.chmod(folder, 0o710)
    os.chown(folder, uid, front)
    counting.make(layout, number)
    pages = dict(pages)
    for name, content in pages.items():
        files.write(page_file(layout, number, name), content, mode=0o640, owner=(0, gid))
    files.write(f'{layout.activation(number)}/router.conf', configuration(layout, number, config, addresses, token, sites, pages, project),
                mode=0o640, owner=(0, gid))
    return token
