"""The unit of an activation's own nginx."""
from . import layout as places
from . import sandbox


def router_unit(layout, number):
    folder = f'{layout.activation(number)}/router'
    return f"""[Unit]
Description=Slipway: {layout.app} {number}, router
After=network.target

[Service]
Type=exec
ExecStartPre=/bin/rm -f {folder}/http.sock
ExecStart={places.NGINX} -e stderr -c {layout.activation(number)}/router.conf
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
LimitNOFILE=16384
{sandbox.lines(sandbox.properties(places.ROUTER_USER, places.FRONT_GROUP, [folder]))}
[Install]
WantedBy=multi-user.target
"""
