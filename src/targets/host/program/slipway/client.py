"""Who asks, and how he came, for the router of an activation: what the front saw; or, of a proxy that the app trusts, what that says.

The front gives X-Real-IP, X-Forwarded-Proto and -Host as it sees them itself, and hands on what its client says of others in
headers of its own (Slipway-Forwarded-…), which it takes from nobody. So an app that trusts other proxies than before needs no
other front.
"""
_HEADERS = {'X-Real-IP': '$client', 'X-Forwarded-For': '$client', 'X-Forwarded-Proto': '$client_scheme', 'X-Forwarded-Host': '$client_host',
            # Who is not believed may not say the same in other words.
            'X-Forwarded-Port': '$client_port', 'X-Forwarded-Prefix': '$client_prefix', 'Forwarded': '$client_forwarded',
            'Slipway-Forwarded-For': '""', 'Slipway-Forwarded-Proto': '""', 'Slipway-Forwarded-Host': '""'}


def settings(config):
    """What they are, as variables, and for HTTP as headers."""
    trusted = config['trustedProxies']
    headers = ''.join(f'  proxy_set_header {name} {value};\n' for name, value in _HEADERS.items())
    # The last of the addresses that no trusted one is; it is the front's client if that is not trusted.
    return f"""  set_real_ip_from unix:;
{''.join(f'  set_real_ip_from {network};{chr(10)}' for network in trusted)}  real_ip_header Slipway-Forwarded-For;
  real_ip_recursive on;
  geo $http_x_real_ip $is_proxy {{ default 0; {''.join(f'{network} 1; ' for network in trusted)}}}
  map $remote_addr $client {{ unix: $http_x_real_ip; default $remote_addr; }}
  map "$is_proxy $http_slipway_forwarded_proto" $client_scheme {{ "~*^1 https$" https; "~*^1 http$" http; default $http_x_forwarded_proto; }}
  map $client_scheme $client_https {{ https on; default ''; }}
  map "$is_proxy $http_slipway_forwarded_host" $client_host {{ "~^1 (?<given_host>[A-Za-z0-9.:\\[\\]_-]+)$" $given_host; default $http_x_forwarded_host; }}
  map $is_proxy $client_port {{ 1 $http_x_forwarded_port; default ''; }}
  map $is_proxy $client_prefix {{ 1 $http_x_forwarded_prefix; default ''; }}
  map $is_proxy $client_forwarded {{ 1 $http_forwarded; default ''; }}
{headers}"""


def parameters(protocol):
    """The same for uWSGI and FastCGI, where they stand in the location, and stand for the header of that name."""
    named = ''.join(f'{protocol}_param HTTP_{name.upper().replace("-", "_")} {value} if_not_empty; ' for name, value in _HEADERS.items())
    return f'{named}{protocol}_param HTTPS $client_https if_not_empty; '


def scheme(config, own):
    """By which to send on to another name: that of the activation, or what the client came by when that is for others to say."""
    return '$client_scheme' if config['trustedProxies'] and own == 'http' else own
