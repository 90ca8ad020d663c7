# shellcheck shell=bash
# What the rig needs of this machine, installed or started when it is missing, with a line that says what and why.
# Source it; it sets `cache`, `state`, `network`, `subnet`, `gateway` and defines `say`, `die`, `as_root`, `need`, `need_stopped`,
# `unpacked`, `need_docker`, `need_network`, `under_lock`.

cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}
state=$cache/rig
# Of the hosts; this machine is what they know as the gateway.
network=slipway-rig subnet=10.231.0 gateway=10.231.0.1
mkdir -p "$state"

say() { printf '  %s\n' "$*" >&2; }

# die WHAT CURE
die() {
  printf 'rig: %s\n     %s\n' "$1" "$2" >&2
  exit 1
}

# Nobody is asked for a password where `unasked` is set.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo ${unasked:+-n} -- "$@"; fi
}

# need COMMAND PACKAGE WHY: a Debian package, only when the command is not there.
need() {
  local command=$1 package=$2 why=$3
  PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null 2>&1 && return 0
  command -v apt-get >/dev/null 2>&1 || die "$command is missing: $why." "Install it (package $package or its like), then run this again."
  say "installing $package: $why"
  local log
  log=$(mktemp)
  {
    as_root apt-get -qq update >"$log" 2>&1 || true
    DEBIAN_FRONTEND=noninteractive as_root apt-get -qq install --yes --no-install-recommends "$package" >>"$log" 2>&1
  } || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "$package could not be installed." "Run: apt-get install $package"
  }
  rm -f "$log"
}

# need_stopped COMMAND PACKAGE WHY UNIT…: the same for a package with a server, which neither starts now nor with the machine.
need_stopped() {
  local command=$1 policy=/usr/sbin/policy-rc.d
  PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null 2>&1 && return 0
  (
    # Debian asks this program before it starts anything.
    if ! [ -e "$policy" ]; then
      trap 'as_root rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
      as_root chmod 755 "$policy"
    fi
    need "$1" "$2" "$3"
  ) || return
  if [ -d /run/systemd/system ]; then as_root systemctl --quiet disable "${@:4}"; fi
}

# unpacked COMMAND PACKAGE WHY: prints the folder of a command that this machine lacks and is not to get, for its package would
# start a server: the package, verified by apt, is only unpacked into the cache. Fails when there is no way to.
unpacked() {
  local command=$1 package=$2 why=$3 folder new
  folder=$cache/unpacked/$package-$(. /etc/os-release && echo "$ID-${VERSION_ID:-rolling}")
  if ! [ -d "$folder" ]; then
    command -v apt-get >/dev/null 2>&1 || return 1
    say "unpacking $package into the cache, without installing it: $why"
    mkdir -p "$cache/unpacked"
    new=$(mktemp -d "$folder.XXXXXX")
    mkdir -p "$new/.packages/partial"
    if ! {
      as_root apt-get -qq update || true
      apt-get -qq install --download-only --yes --no-install-recommends -o Debug::NoLocking=1 \
        -o "Dir::Cache::archives=$new/.packages" "$package" &&
        find "$new/.packages" -name '*.deb' -exec dpkg -x {} "$new" \;
    } >"$cache/unpacked.log" 2>&1; then
      tail -n 5 "$cache/unpacked.log" >&2
      rm -rf "$new"
      return 1
    fi
    rm -rf "$new/.packages"
    mv -T "$new" "$folder" 2>/dev/null || rm -rf "$new"
  fi
  find "$folder" -type f -path "*bin/$command" -printf '%h\n' -quit | grep .
}

# under_lock NAME COMMAND…: one at a time on this machine. The lock is not handed to the children.
under_lock() {
  # What is named here is seen by the command as well: no name that it could have, too.
  local of_lock=$state/$1.lock
  shift
  (
    flock 9
    "$@" 9>&-
  ) 9>"$of_lock"
}

docker_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start_docker() {
  docker_answers && return 0
  if [ -d /run/systemd/system ]; then
    say 'starting Docker: hosts are containers'
    as_root systemctl start docker
  else
    say "starting dockerd: hosts are containers, and nothing else starts it here (log: $cache/dockerd.log)"
    # A pid file of a machine that went down would keep it from starting.
    if [ -f /var/run/docker.pid ] && ! kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then as_root rm -f /var/run/docker.pid; fi
    # What the caller has open is not handed on: a lock among it would be held for ever.
    as_root setsid --fork dockerd </dev/null >"$cache/dockerd.log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  fi
  for _ in $(seq 150); do
    docker_answers && return 0
    sleep 0.2
  done
  tail -n 15 "$cache/dockerd.log" >&2 2>/dev/null || true
  die 'Docker does not answer.' 'Start it, and see that this user may use it: docker version'
}

need_docker() {
  docker_answers && return 0
  need dockerd docker.io 'hosts are containers with an init system of their own'
  need iptables iptables 'Docker makes its networks with it'
  under_lock docker start_docker
}

make_network() {
  docker network inspect "$network" >/dev/null 2>&1 || docker network create --subnet "$subnet.0/24" --gateway "$gateway" "$network" >/dev/null
}

need_network() { under_lock network make_network; }
