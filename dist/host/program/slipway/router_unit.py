"""The unit of an activation's own nginx."""
from . import layout as places


def router_unit(layout, number):
    folder = f'{layout.activation(number)}/router'
    return f"""[Unit]
Description=Slipway: {layout.app} {number}, router
After=network.target

[Service]
Type=exec
User={places.ROUTER_USER}
Group={places.FRONT_GROUP}
ExecStartPre=/bin/rm -f {folder}/http.sock
ExecStart={places.NGINX} -e stderr -c {layout.activation(number)}/router.conf
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStopSec=5
Restart=on-failure
RestartSec=1
LimitNOFILE=16384
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths={folder}

[Install]
WantedBy=multi-user.target
"""
