# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: the firewall.

# --- firewall, under a dead man's switch that is on disk and armed before anything changes, and outlives a reboot ---

# What an app asks for beside SSH and the web is written down for each, so that a port which two of them want stays while
# one does. Only rules with our comment are ever taken away.
opened=$state/open

missing_rules() {
  added=$(ufw show added 2>/dev/null)
  for rule in $(ssh_ports | sed 's|$|/tcp|') 80/tcp 443/tcp $opens; do
    echo "$added" | grep -qE "^ufw (allow|limit) (in )?${rule%/*}(/${rule#*/})?( comment .*)?$" || echo "$rule"
  done
}
stale_rules() {
  [ -e "$opened/$app" ] || return 0
  added=$(ufw show added 2>/dev/null)
  while read -r rule; do
    # Never those by which the host itself is reached.
    case " $(ssh_ports | tr '\n' ' ') 80 443 " in *" ${rule%/*} "*) continue ;; esac
    case "
$opens" in *"
$rule
"*) continue ;; esac
    if find "$opened" -type f ! -name "$app" -exec cat {} + | grep -qxF "$rule"; then continue; fi
    if echo "$added" | grep -qxF "ufw allow $rule comment 'slipway'"; then echo "$rule"; fi
  done <"$opened/$app"
}
# Two that both think they own the rules of a host come to no good.
foreign_firewall() {
  if systemctl is-active -q firewalld; then echo 'firewalld is at work on this host' && return; fi
  if systemctl is-active -q nftables; then echo 'nftables.service has rules of its own on this host (/etc/nftables.conf)' && return; fi
  for port in $(ssh_ports) 80 443; do
    denied=$(ufw show added 2>/dev/null | grep -E "^ufw (deny|reject) (in )?$port(/tcp)?( comment .*)?$" | head -n 1)
    [ -z "$denied" ] || { echo "port $port has to be open, and ufw has the rule: $denied" && return; }
  done
  if with_containers && nft list tables 2>/dev/null | grep -q 'docker-bridges'; then
    echo 'Docker makes its rules by nftables here (firewall-backend), where none but its own decide' && return
  fi
  if ufw status 2>/dev/null | grep -q '^Status: active'; then return; fi
  closing=$({
    iptables -S INPUT
    ip6tables -S INPUT
    nft list chains | grep 'hook input' | grep 'policy drop'
  } 2>/dev/null | grep -e '^-P INPUT DROP' -e '-j DROP' -e '-j REJECT' -e 'policy drop' | head -n 1)
  [ -z "$closing" ] || echo "the host has rules that ufw did not make: $closing"
}

# --- containers: what Docker publishes does not pass ufw, see container-firewall.sh. Once held, it is by every app's setup. ---

container_unit=slipway-container-firewall.service
container_rules() { sh "$lib/host/container-firewall.sh" "$1" >&2; }
with_containers() { [ -n "$docker" ] || [ -e "/etc/systemd/system/$container_unit" ]; }
container_unit_text() {
  cat <<TEXT
[Unit]
Description=Slipway: what ufw closes is closed for containers too
After=ufw.service
Before=docker.service snap.docker.dockerd.service

[Service]
Type=oneshot
ExecStart=/bin/sh $lib/host/container-firewall.sh load

[Install]
WantedBy=multi-user.target docker.service
TEXT
}
containers_are_held() {
  [ "$(cat "/etc/systemd/system/$container_unit" 2>/dev/null)" = "$(container_unit_text)" ] &&
    systemctl is-enabled -q "$container_unit" 2>/dev/null && container_rules check 2>/dev/null
}
hold_containers() {
  container_unit_text >"$from/container-firewall.unit" &&
    install_file "$from/container-firewall.unit" "/etc/systemd/system/$container_unit" 644 &&
    systemctl daemon-reload && systemctl enable -q "$container_unit" >&2 && container_rules load
}
release_containers() {
  systemctl disable -q "$container_unit" >&2
  rm -f "/etc/systemd/system/$container_unit"
  container_rules unload
}

check_firewall() {
  strange=$(foreign_firewall)
  if [ -n "$strange" ]; then
    conflict firewall-foreign firewall "$strange"
    return
  fi
  ports=$(printf '%s\n' "$(ssh_ports)" 80 443 ${opens:+"${opens%?}"} | words)
  too=$(! with_containers || echo ', for containers too')
  detail="turn ufw on, with ports $ports open$too$(awaiting ufw)"
  command -v ufw >/dev/null || return 1
  missing=$(missing_rules | sed 's|/tcp$||' | words)
  stale=$(stale_rules | words)
  if [ -e "$guard" ]; then
    detail='an earlier change waits for its confirmation'
    return 1
  fi
  if ufw status | grep -q '^Status: active'; then
    detail="on, with ports $ports open$too"
    unheld=$(! with_containers || containers_are_held || echo 'hold containers to it')
    if [ -z "$missing$stale$unheld" ] && [ "$(cat "$opened/$app" 2>/dev/null)" = "${opens%?}" ]; then return 0; fi
    [ -z "$missing" ] || detail="open ports $missing"
    [ -z "$stale" ] || detail="${missing:+$detail; }close $stale"
    [ -n "$missing$stale" ] || [ -z "$unheld" ] || detail=$unheld
  fi
  return 1
}

apply_firewall() {
  [ ! -e "$guard" ] || undo
  [ -n "$(ssh_ports)" ] || fail ssh-port-unknown firewall "it is not to be seen on which port this host's SSH server listens"
  arm || return 1
  if open_ports && ufw --force enable >&2 && { ! with_containers || hold_containers; }; then return 0; fi
  undo
  return 1
}
arm() {
  rm -rf "$guard.new"
  mkdir -m 700 "$guard.new" || return 1
  cp -p /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw/ufw.conf "$guard.new" || return 1
  if ufw status | grep -q '^Status: active'; then : >"$guard.new/was-active"; fi
  if [ -e "/etc/systemd/system/$container_unit" ]; then : >"$guard.new/held-containers"; fi
  # Turning ufw off opens what Docker has closed.
  for tables in iptables ip6tables; do "$tables" -S FORWARD 2>/dev/null | sed -n '1s/^-P FORWARD //p' >"$guard.new/$tables"; done
  tr -cd '0-9a-f' </proc/sys/kernel/random/uuid >"$guard.new/token"
  printf '%s' "$detail" >"$guard.new/detail"
  printf '%s' "$opens" >"$guard.new/open"
  printf '%s' "$app" >"$guard.new/app"
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
  for rule in $(missing_rules); do ufw allow "$rule" comment slipway >&2 || return 1; done
  for rule in $(stale_rules); do ufw delete allow "$rule" >&2 || return 1; done
}

# Whoever moves the folder away first has decided: the confirmation, or the timer.
confirm() {
  if [ "$(cat "$guard/token" 2>/dev/null)" != "$token" ] || ! mv "$guard" "$guard.kept"; then
    fail firewall-undone firewall 'the confirmation came too late: the firewall was put back as it was'
  fi
  record=$opened/$(cat "$guard.kept/app")
  if [ -s "$guard.kept/open" ]; then mkdir -p "$opened" && mv "$guard.kept/open" "$record"; else rm -f "$record"; fi
  line item firewall changed "$(cat "$guard.kept/detail")"
  disarm
}
undo() {
  [ -d "$guard.undo" ] || mv "$guard" "$guard.undo" 2>/dev/null || return 0
  [ -e "$guard.undo/was-active" ] || ufw --force disable >&2
  for file in user.rules user6.rules ufw.conf; do cp -p "$guard.undo/$file" "/etc/ufw/$file"; done
  [ ! -e "$guard.undo/was-active" ] || ufw reload >&2
  for tables in iptables ip6tables; do
    [ ! -s "$guard.undo/$tables" ] || "$tables" -P FORWARD "$(cat "$guard.undo/$tables")" >&2
  done
  if [ -e "$guard.undo/held-containers" ]; then container_rules load
  elif [ -e "/etc/systemd/system/$container_unit" ]; then release_containers; fi
  disarm
}
disarm() {
  systemctl disable -q --now "$guard_unit.timer" >&2
  rm -f "/etc/systemd/system/$guard_unit.timer" "/etc/systemd/system/$guard_unit.service"
  systemctl daemon-reload
  rm -rf "$guard.kept" "$guard.undo" "$state/firewall-undo"
}
