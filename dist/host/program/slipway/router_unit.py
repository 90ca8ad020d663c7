''
from . import counting, sandbox
from . import layout as places


def router_unit(layout, number, joins=False):
    ''
    folder = f'{layout.activation(number)}/router'
    group = f'SupplementaryGroups={layout.app_user}\n' if joins else ''
    return f"""[Unit]
Description=Slipway: {layout.app} {number}, router
After=network.target

[Service]
Type=exec
{group}ExecStartPre=/bin/sh -c 'rm -f {folder}/*.sock {folder}/asked/*'
ExecStart={places.NGINX} -e stderr -c {layout.activation(number)}/router.conf
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
LimitNOFILE=16384
{counting.mounts(layout, number)}{sandbox.lines(sandbox.properties(layout.router_user, layout.router_user, [folder]))}
[Install]
WantedBy=multi-user.target
"""
