#!/bin/sh
# The firewall for what Docker publishes. Docker leads such connections past ufw: they are forwarded, and never come in. What
# ufw opens by a plain port is let through to containers here, too; all else that comes to them from outside is dropped.
#
#   container-firewall.sh load      make it so, by ufw as it is now; with ufw off, there are no rules. Also at each start of Docker.
#   container-firewall.sh check     is it so? Changes nothing.
#   container-firewall.sh unload    take the rules away
#
# The rules are two chains of their own, entered from DOCKER-USER, which Docker makes for others and never empties.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

folder=/var/lib/slipway/container-firewall
entry=slipway-containers
judge=slipway-outside

is_on() { grep -qsx 'ENABLED=yes' /etc/ufw/ufw.conf; }

# `80/tcp`, `6000:6010/udp`: rules of ufw for a plain port, whoever made them. The first that names a port decides, as in ufw.
open_ports() {
  ufw show added 2>/dev/null | awk '
    $1 == "ufw" && $2 ~ /^(allow|limit|deny|reject)$/ {
      port = 3
      if ($3 == "in") port = 4
      if ($port !~ /^[0-9][0-9,:]*(\/(tcp|udp))?$/) next
      if (NF > port && $(port + 1) != "comment") next
      split($port, part, "/")
      many = split(part[1], ports, ",")
      for (n = 1; n <= many; n++) {
        if (part[2] != "udp") judge(ports[n] "/tcp")
        if (part[2] != "tcp") judge(ports[n] "/udp")
      }
    }
    function judge(rule) {
      if (!(rule in seen) && ($2 == "allow" || $2 == "limit")) print rule
      seen[rule] = 1
    }'
}

# Docker names its bridges br- and 12 hex digits, unless a network names its own. Those are asked for while Docker runs, and kept.
own_bridges() {
  if systemctl is-active -q docker.service; then
    timeout 20 docker -H unix:///run/docker.sock network ls -q --filter driver=bridge 2>/dev/null |
      xargs -r timeout 20 docker -H unix:///run/docker.sock network inspect \
        -f '{{index .Options "com.docker.network.bridge.name"}}' 2>/dev/null | grep -E '^[A-Za-z0-9._-]{1,15}$' | grep -vx docker0 | sort -u
  else
    cat "$folder/bridges" 2>/dev/null
  fi
}
# What has such a name and is not Docker's is outside.
strange_bridges() {
  for path in /sys/class/net/br-*; do
    name=${path##*/}
    echo "$name" | grep -qxE 'br-[0-9a-f]{12}|br-\*' || printf '%s\n' "$bridges" | grep -qxF "$name" || echo "$name"
  done
}

rules() {
  inside="docker0 docker_gwbridge br-+ $(printf '%s\n' "$bridges" | grep -v '^br-' | tr '\n' ' ')"
  printf '*filter\n:%s - [0:0]\n:%s - [0:0]\n' "$entry" "$judge"
  echo "-A $entry -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
  echo "-A $entry -i lo -j RETURN"
  for name in $(strange_bridges); do echo "-A $entry -i $name -g $judge"; done
  for name in $inside; do echo "-A $entry -i $name -j RETURN"; done
  echo "-A $entry -g $judge"
  # Who asks was led to the container from a port of the host: that is the one that ufw speaks of.
  open_ports | while IFS=/ read -r port protocol; do
    echo "-A $judge -p $protocol -m conntrack --ctstate DNAT --ctorigdstport $port -j RETURN"
  done
  echo "-A $judge -m conntrack --ctstate DNAT -j DROP"
  # Neighbours that send to a container's own address.
  for name in $inside; do echo "-A $judge -o $name -j DROP"; done
  echo COMMIT
}

families() { # iptables and, where the host has IPv6, ip6tables
  for tables in iptables ip6tables; do
    if "$tables" -w 10 -S FORWARD >/dev/null 2>&1; then echo "$tables"; fi
  done
}
standing() { # TABLES: the rules as the kernel has them
  "$1" -w 10 -S DOCKER-USER 2>/dev/null | grep -e "-j $entry" && "$1" -w 10 -S "$entry" 2>/dev/null && "$1" -w 10 -S "$judge" 2>/dev/null
}

load() {
  is_on || { unload && return; }
  families | grep -qx iptables || { echo 'container-firewall.sh: iptables does not work on this host' >&2 && return 1; }
  mkdir -p "$folder" || return 1
  bridges=$(own_bridges)
  printf '%s\n' "$bridges" >"$folder/bridges"
  rules >"$folder/rules.new"
  for tables in $(families); do
    "$tables-restore" -w 10 --noflush "$folder/rules.new" || return 1
    # Before Docker's first start there is none, and Docker takes the one that it finds.
    "$tables" -w 10 -N DOCKER-USER 2>/dev/null
    "$tables" -w 10 -C DOCKER-USER -j "$entry" 2>/dev/null || "$tables" -w 10 -I DOCKER-USER 1 -j "$entry" || return 1
    # Each version of iptables has its own way to print a rule.
    standing "$tables" >"$folder/$tables"
  done
  mv "$folder/rules.new" "$folder/rules"
}

check() {
  is_on && families | grep -qx iptables || return 1
  bridges=$(own_bridges)
  [ "$(rules)" = "$(cat "$folder/rules" 2>/dev/null)" ] || return 1
  for tables in $(families); do
    [ "$(standing "$tables")" = "$(cat "$folder/$tables" 2>/dev/null)" ] || return 1
  done
}

unload() {
  for tables in $(families); do
    while "$tables" -w 10 -D DOCKER-USER -j "$entry" 2>/dev/null; do :; done
    for chain in "$entry" "$judge"; do "$tables" -w 10 -F "$chain" 2>/dev/null; done
    # DOCKER-USER only goes where nobody uses it: Docker does not look after IPv6 everywhere.
    for chain in "$entry" "$judge" DOCKER-USER; do "$tables" -w 10 -X "$chain" 2>/dev/null; done
  done
  rm -rf "$folder"
}

case ${1:-} in
  load | check | unload) "$1" ;;
  *) echo 'container-firewall.sh: what? load, check or unload' >&2 && exit 64 ;;
esac
