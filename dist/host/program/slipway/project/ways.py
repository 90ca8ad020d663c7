''
from .. import counting
from ..router import PROBE

STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so'


def socket(layout, number, port):
    return f'{layout.activation(number)}/router/port.{port}.sock'


def upstream(way, main):
    ''
    return way['service'] if way['target'] == main else f'{way["service"]}.port{way["target"]}'


def http(layout, number, token, project):
    ''
    text = ''
    for way in project['published']:
        if way['protocol'] == 'http':
            name = upstream(way, project['services'][way['service']]['targets'][0])
            text += (f'  server {{\n    listen unix:{socket(layout, number, way["port"])};\n'
                     f'    {counting.log(layout, number, counting.ERRORS)} if=$is_error;\n'
                     f'    location = {PROBE}/{token} {{ default_type text/plain; return 200 "{number} $arg_nonce"; }}\n'
                     f'    location / {{ proxy_pass http://{name}; }}\n  }}\n')
    return text


def more_upstreams(project, addresses):
    ''
    found = {}
    for way in project['published']:
        own = project['services'][way['service']]
        if way['protocol'] == 'http' and way['target'] != own['targets'][0]:
            found[upstream(way, own['targets'][0])] = addresses(way['service'], way['target'])
    return found


def stream(layout, number, project, addresses):
    ''
    servers = ''
    for way in project['published']:
        if way['protocol'] == 'tcp':
            name = f'{way["service"]}.port{way["target"]}'
            where = ''.join(f'    server {address.nginx};\n' for address in addresses(way['service'], way['target']))
            servers += (f'  upstream {name} {{\n    zone {name} 64k;\n    least_conn;\n{where}  }}\n'
                        f'  server {{ listen unix:{socket(layout, number, way["port"])}; proxy_pass {name}; proxy_connect_timeout 5s; proxy_timeout 7d; }}\n')
    return f'stream {{\n{servers}}}\n' if servers else ''


def module(project):
    ''
    return f'load_module {STREAM};\n' if any(way['protocol'] == 'tcp' for way in project['published']) else ''
