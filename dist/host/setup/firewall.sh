# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: the firewall.

# --- firewall, under a dead man's switch that is on disk and armed before anything changes, and outlives a reboot ---

missing_rules() {
  added=$(ufw show added 2>/dev/null)
  for port in $(ssh_ports) 80 443; do
    echo "$added" | grep -qE "^ufw (allow|limit) (in )?$port(/tcp)?( comment .*)?$" || echo "$port"
  done
}
check_firewall() {
  ports=$(printf '%s\n' "$(ssh_ports)" 80 443 | words)
  detail="turn ufw on, with ports $ports open$(awaiting ufw)"
  command -v ufw >/dev/null || return 1
  missing=$(missing_rules | words)
  if [ -e "$guard" ]; then
    detail='an earlier change waits for its confirmation'
    return 1
  fi
  if ufw status | grep -q '^Status: active'; then
    detail="on, with ports $ports open"
    [ -n "$missing" ] || return 0
    detail="open ports $missing"
  fi
  return 1
}

apply_firewall() {
  [ ! -e "$guard" ] || undo
  [ -n "$(ssh_ports)" ] || fail ssh-port-unknown firewall "it is not to be seen on which port this host's SSH server listens"
  arm || return 1
  if open_ports && ufw --force enable >&2; then return 0; fi
  undo
  return 1
}
arm() {
  rm -rf "$guard.new"
  mkdir -m 700 "$guard.new" || return 1
  cp -p /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw/ufw.conf "$guard.new" || return 1
  if ufw status | grep -q '^Status: active'; then : >"$guard.new/was-active"; fi
  tr -cd '0-9a-f' </proc/sys/kernel/random/uuid >"$guard.new/token"
  printf '%s' "$detail" >"$guard.new/detail"
  install_file "$from/setup.sh" "$state/firewall-undo" 700 || return 1
  cat >"/etc/systemd/system/$guard_unit.service" <<TEXT
[Unit]
Description=Slipway puts the firewall back: no new connection got through
[Service]
Type=oneshot
ExecStart=/bin/sh $state/firewall-undo undo
TEXT
  cat >"/etc/systemd/system/$guard_unit.timer" <<TEXT
[Unit]
Description=Slipway puts the firewall back unless it is confirmed
[Timer]
OnActiveSec=${firewall_delay}s
AccuracySec=1s
[Install]
WantedBy=timers.target
TEXT
  mv "$guard.new" "$guard" || return 1
  if systemctl daemon-reload && systemctl enable -q --now "$guard_unit.timer" >&2; then return 0; fi
  undo
  return 1
}
open_ports() {
  for port in $(missing_rules); do ufw allow "$port/tcp" comment slipway >&2 || return 1; done
}

# Whoever moves the folder away first has decided: the confirmation, or the timer.
confirm() {
  if [ "$(cat "$guard/token" 2>/dev/null)" != "$token" ] || ! mv "$guard" "$guard.kept"; then
    fail firewall-undone firewall 'the confirmation came too late: the firewall was put back as it was'
  fi
  line item firewall changed "$(cat "$guard.kept/detail")"
  disarm
}
undo() {
  [ -d "$guard.undo" ] || mv "$guard" "$guard.undo" 2>/dev/null || return 0
  [ -e "$guard.undo/was-active" ] || ufw --force disable >&2
  for file in user.rules user6.rules ufw.conf; do cp -p "$guard.undo/$file" "/etc/ufw/$file"; done
  [ ! -e "$guard.undo/was-active" ] || ufw reload >&2
  disarm
}
disarm() {
  systemctl disable -q --now "$guard_unit.timer" >&2
  rm -f "/etc/systemd/system/$guard_unit.timer" "/etc/systemd/system/$guard_unit.service"
  systemctl daemon-reload
  rm -rf "$guard.kept" "$guard.undo" "$state/firewall-undo"
}
