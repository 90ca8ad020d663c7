''






import os

from . import layout as places
from . import tls
from .failures import Failure


SAID = ('Forwarded', *(f'X-Forwarded-{what}' for what in (
    'Port', 'Prefix', 'Scheme', 'Protocol', 'Ssl', 'Server', 'Client-Cert', 'User', 'Email', 'Groups', 'Preferred-Username', 'Access-Token')))
_HANDED_ON = 'Slipway-Forwarded-For'


def _variable(header):
    return header.lower().replace('-', '_')


_HEADERS = {'X-Real-IP': '$client', 'X-Forwarded-For': '$client', 'X-Forwarded-Proto': '$client_scheme', 'X-Forwarded-Host': '$client_host',
            **{header: f'$client_{_variable(header)}' for header in SAID},
            _HANDED_ON: '""', 'Slipway-Forwarded-Proto': '""', 'Slipway-Forwarded-Host': '""'}


def check_front(config):
    ''
    if not config['trustedProxies']:
        return
    for path in (*places.FRONT, *(places.FRONT_TLS if tls.is_on(config) else ())):
        if os.path.exists(path) and not _hands_on(path):
            raise Failure(
                'front-too-old', f'{path} is of an earlier version of Slipway, which hands on what a client says as if it were its own word.',
                'Whoever asks through a proxy under `trusted-proxies` could choose the address that the app sees.',
                'Run setup-vm of this version with this slipway.yml, then deploy again; or leave `trusted-proxies` out.')


def _hands_on(path):
    with open(path, encoding='utf-8') as file:
        return f'proxy_set_header {_HANDED_ON} ' in file.read()


def settings(config):
    ''
    trusted = config['trustedProxies']
    headers = ''.join(f'  proxy_set_header {name} {value};\n' for name, value in _HEADERS.items())
    said = ''.join(f"  map $is_proxy $client_{_variable(header)} {{ 1 $http_{_variable(header)}; default ''; }}\n" for header in SAID)
    return f"""{_address(trusted)}  geo $http_x_real_ip $is_proxy {{ default 0; {''.join(f'{network} 1; ' for network in trusted)}}}
  map "$is_proxy $remote_addr" $client {{ "~^1 (?<given_client>[0-9A-Fa-f.:]+)$" $given_client; default $http_x_real_ip; }}
  map "$is_proxy $http_slipway_forwarded_proto" $client_scheme {{ "~*^1 https$" https; "~*^1 http$" http; default $http_x_forwarded_proto; }}
  map $client_scheme $client_https {{ https on; default ''; }}
  map "$is_proxy $http_slipway_forwarded_host" $client_host {{ "~^1 (?<given_host>[A-Za-z0-9.:\\[\\]_-]+)$" $given_host; default $http_x_forwarded_host; }}
{said}{headers}"""


def _address(trusted):
    ''
    if not trusted:
        return '  set_real_ip_from unix:;\n  real_ip_header X-Real-IP;\n'

    return (f"  set_real_ip_from unix:;\n{''.join(f'  set_real_ip_from {network};{chr(10)}' for network in trusted)}"
            f'  real_ip_header {_HANDED_ON};\n  real_ip_recursive on;\n')


def parameters(protocol):
    ''
    named = ''.join(f'{protocol}_param HTTP_{name.upper().replace("-", "_")} {value} if_not_empty; ' for name, value in _HEADERS.items())
    return f'{named}{protocol}_param HTTPS $client_https if_not_empty; '


def scheme(config, own):
    ''
    return '$client_scheme' if config['trustedProxies'] and own == 'http' else own
