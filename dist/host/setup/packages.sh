# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: what comes from the distribution.

# --- packages ---

check_packages() {
  detail=
  for name in $packages; do installed "$name" || detail="$detail $name"; done
  if [ -z "$detail" ]; then
    detail=$(echo "$packages" | sed 's/^ *//')
    return 0
  fi
  detail="install$detail"
  return 1
}

# An addition to what a dry run foretells: for some items a package must be there first.
awaiting() { # PACKAGE
  [ "$verb" != check ] || installed "$1" || printf ', once %s is installed' "$1"
}
brings_nginx() {
  case " $packages " in *' nginx '*) ! installed nginx ;; *) false ;; esac
}

apply_packages() {
  # Written down first: should this run die after nginx is there, the next still knows whose default site it is.
  if ! installed nginx-common && [ ! -e /etc/nginx ]; then
    mkdir -p "$state"
    : >"$state/nginx-is-ours"
  fi
  # shellcheck disable=SC2086
  install_packages packages $packages
}
install_packages() { # ITEM NAME…
  for_item=$1
  shift
  wait_for_apt
  [ -z "$(dpkg --audit)" ] || apt 'dpkg --configure' dpkg --force-confold --configure -a
  updated=
  lists=$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -1440 2>/dev/null | head -n 1)
  [ -n "$lists" ] || update
  # shellcheck disable=SC2046
  set -- $(for name in "$@"; do installed "$name" || echo "$name"; done)
  # A name that is no package's apt would take for a pattern.
  unknown=$(for name in "$@"; do known "$name" || echo "$name"; done)
  if [ -n "$unknown" ] && [ -z "$updated" ]; then
    update
    unknown=$(for name in "$@"; do known "$name" || echo "$name"; done)
  fi
  if [ -n "$unknown" ]; then
    said=$(apt_says)
    evidence apt-get <"$from/apt.log"
    fail apt-failed "$for_item" "the package lists of this host have no $(echo "$unknown" | words)${said:+: $said}"
  fi
  if [ -z "$updated" ] && ! install "$@"; then
    update
    updated=again
  fi
  if [ -n "$updated" ] && ! install "$@"; then
    evidence apt-get <"$from/apt.log"
    fail apt-failed "$for_item" "apt-get could not install $*: $(apt_says)"
  fi
}

update() {
  updated=yes
  wait_for_apt
  apt 'apt-get update' apt-get -q -o Dpkg::Use-Pty=0 update || :
}

known() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^Package: '; }

install() {
  wait_for_apt
  apt "apt-get install $*" apt-get -qy -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold --no-install-recommends --no-remove install "$@"
}

apt_says() {
  grep -E '^(E|Err|W):|^dpkg: error' "$from/apt.log" | grep -vE '^W: .*(signature|Key is stored)' | head -n 3 | paste -sd' ' -
}

# Runs a long command with its words in a log, and says now and then how far it is.
apt() { # WHAT COMMAND…
  what=$1
  shift
  progress "packages: $what"
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 "$@" >"$from/apt.log" 2>&1 </dev/null 9>&- &
  pid=$! seconds=0
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    [ $((seconds % 10)) -ne 0 ] || progress "packages: ${seconds} s: $(tail -n 1 "$from/apt.log" | cut -c1-100)"
  done
  wait "$pid"
}

# Who holds one of apt's locks, from the kernel's own list; nothing when they are free.
apt_holder() {
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
    inode=$(stat -c %i "$file" 2>/dev/null) || continue
    awk -v inode="$inode" '{n = split($6, part, ":"); if (part[n] == inode && $5 > 0) {print $5; exit}}' /proc/locks
  done | head -n 1 | while read -r pid; do
    if [ -d "/proc/$pid" ]; then
      echo "$(tr '\000' ' ' <"/proc/$pid/cmdline" | cut -c1-80 | sed 's/ *$//') (pid $pid)"
    fi
  done
}

wait_for_apt() {
  waited=0
  while holder=$(apt_holder) && [ -n "$holder" ]; do
    [ "$waited" -lt "$apt_wait" ] ||
      fail apt-locked packages "apt is held by $holder, and was not given back within $apt_wait s"
    [ $((waited % 10)) -ne 0 ] || progress "packages: apt is held by $holder: waiting, $waited s of $apt_wait s"
    sleep 1
    waited=$((waited + 1))
  done
}

# Debian's own default site takes every name on port 80. It goes only if we brought nginx and nobody has touched it.
check_default_site() {
  detail='none in the way'
  if [ "$verb" = check ] && brings_nginx && ! installed nginx-common && [ ! -e /etc/nginx ]; then
    detail="disable Debian's default site, once nginx is installed"
    return 1
  fi
  if [ ! -e "$state/nginx-is-ours" ] || [ ! -L "$default_site" ]; then return 0; fi
  pristine=$(dpkg-query -W -f='${Conffiles}\n' nginx-common nginx 2>/dev/null | awk '$1 == "/etc/nginx/sites-available/default" {print $2}')
  [ "$(md5sum </etc/nginx/sites-available/default | cut -d' ' -f1)" = "$pristine" ] || return 0
  detail="disable Debian's default site"
  return 1
}
apply_default_site() { rm -f "$default_site" "$state/nginx-is-ours"; }
