# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: what keeps services running, when that is not systemd.

# --- supervisor: the host's one supervisord, of the distribution ---

check_supervisor() {
  detail='enabled, running'
  # Its package may start it: see check_nginx.
  if [ -z "$supervisor_is_new" ] && systemctl is-enabled -q supervisor 2>/dev/null && systemctl is-active -q supervisor; then
    return 0
  fi
  detail="enable and start supervisor$(awaiting supervisor)"
  return 1
}
apply_supervisor() {
  supervisor_is_new=
  systemctl enable -q supervisor >&2 || return 1
  if systemctl start supervisor >&2; then return 0; fi
  journalctl -u supervisor -n 20 --no-pager -o cat 2>/dev/null | evidence 'journalctl -u supervisor'
  return 1
}
brings_supervisor() {
  case " $packages " in *' supervisor '*) ! installed supervisor ;; *) false ;; esac
}

# --- circus: in a folder of its own by version, each package by its hash ---

check_circus() {
  home=$tools/circus-$circus
  if [ "$(cat "$home/requirements.sha256" 2>/dev/null)" = "$circus_lock" ] &&
    "$home/bin/python" -c 'import circus, zmq' 2>/dev/null; then
    detail=$circus
    return 0
  fi
  detail="install circus $circus"
  return 1
}
apply_circus() {
  progress "circus $circus: installing"
  rm -rf "$home" || return 1
  # In a unit, as builds are: with what the host gives its units to reach a package index.
  in_unit "$tools/uv-$uv/uv" venv --quiet --no-project --python /usr/bin/python3 "$home" || return 1
  in_unit "$tools/uv-$uv/uv" pip install --quiet --no-cache --only-binary :all: --require-hashes --python "$home/bin/python" \
    -r "$lib/host/circus.txt" || return 1
  chmod -R u=rwX,go=rX "$home" || return 1
  digest "$lib/host/circus.txt" >"$home/requirements.sha256"
}
in_unit() { systemd-run --quiet --wait --pipe --collect --setenv=HOME=/root "$@" >&2; }

# --- circusd: one for each app, so that neither is in the other's way ---

circus_files() {
  circusd_unit=/etc/systemd/system/slipway-circus.$app.service circusd_ini=/etc/slipway/circus/$app.ini
}
circusd_ini() {
  cat <<TEXT
; Made by Slipway's setup-vm. Deployments write to $app.d.
[circus]
check_delay = 1
endpoint = ipc:///run/slipway-circus.$app/control
pubsub_endpoint = ipc:///run/slipway-circus.$app/events
multicast_endpoint =
include_dir = /etc/slipway/circus/$app.d
TEXT
}
circusd_unit() {
  cat <<TEXT
[Unit]
Description=Slipway: circusd of $app
After=network.target
Before=slipway-settle.service

[Service]
Type=exec
Environment=PYTHONPATH=$lib/host PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RuntimeDirectory=slipway-circus.$app
RuntimeDirectoryMode=0700
ExecStart=$tools/circus-$circus/bin/circusd /etc/slipway/circus/$app.ini
KillMode=mixed
TimeoutStopSec=400
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
TEXT
}
check_circusd() {
  circus_files
  detail="circusd of $app, enabled, running"
  if [ "$(cat "$circusd_unit" 2>/dev/null)" = "$(circusd_unit)" ] && [ "$(cat "$circusd_ini" 2>/dev/null)" = "$(circusd_ini)" ] &&
    [ -d "/etc/slipway/circus/$app.d" ] && systemctl is-enabled -q "slipway-circus.$app" 2>/dev/null &&
    systemctl is-active -q "slipway-circus.$app"; then return 0; fi
  detail="set up and start circusd of $app"
  return 1
}
# One that runs is not restarted: its processes would be, too. A new version of it comes with the next start of the host.
apply_circusd() {
  mkdir -p "/etc/slipway/circus/$app.d" && chmod 755 /etc/slipway /etc/slipway/circus "/etc/slipway/circus/$app.d" || return 1
  circusd_ini >"$from/circusd.ini" && install_file "$from/circusd.ini" "$circusd_ini" 644 || return 1
  circusd_unit >"$from/circusd.unit" && install_file "$from/circusd.unit" "$circusd_unit" 644 || return 1
  if systemctl daemon-reload && systemctl enable -q --now "slipway-circus.$app" >&2; then return 0; fi
  journalctl -u "slipway-circus.$app" -n 20 --no-pager -o cat 2>/dev/null | evidence "journalctl -u slipway-circus.$app"
  return 1
}
