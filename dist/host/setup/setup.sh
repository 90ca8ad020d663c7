#!/bin/sh
# Prepares a Debian or Ubuntu host for an app. Everything it looks after is an item with a check and an apply: a check says
# in $detail what is (0), or what is to be done (1); an apply does it, and is believed only when the check then agrees.
#
#   setup.sh facts                  what this host is
#   setup.sh check KEY=VALUE…       facts, and each item: ok, or change with what would be done. Changes nothing.
#   setup.sh apply from=DIR KEY=…   makes it so, and the facts then. DIR holds program/ and tools/, as the action sends them.
#   setup.sh confirm token=TOKEN    the firewall let a new connection in: keep it
#   setup.sh undo                   the firewall did not: put back what was there before
#
# Wanted, each KEY=VALUE an argument:
#   app=NAME repository=OWNER/NAME user=WHO_CONNECTS package=NAME… uv=VERSION node=VERSION…
#   python=ASKED:VERSION+BUILD… circus=VERSION circus-lock=SHA256 program=SHA256 launcher=SHA256
#   command=SHA256 front=SHA256 front-tls=SHA256 acme=yes acme-email=ADDRESS acme-directory=URL acme-root=BASE64URL
#   docker=yes compose=VERSION
#   unit=NAME:SHA256… push=SHA256 push-node=VERSION push-branch=NAME push-config=PATH push-environment=NAME push-folder=PATH
#   firewall=yes open=PORT/PROTOCOL… firewall-delay=SECONDS apt-wait=SECONDS
#
# Prints lines of tab-separated fields: fact KEY VALUE, item NAME STATE DETAIL, progress TEXT, failed CODE ITEM DETAIL,
# evidence SOURCE TEXT, warning ITEM TEXT, and at its end: done.
# shellcheck disable=SC2154,SC2034
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022

# The action sends all parts as one text; run from the folder, the parts are read from beside it.
if ! command -v check_firewall >/dev/null; then
  parts=$(cd "$(dirname "$0")" && pwd)
  # shellcheck source=/dev/null
  . "$parts/facts.sh" && . "$parts/packages.sh" && . "$parts/app.sh" && . "$parts/items.sh" && . "$parts/supervisors.sh" &&
    . "$parts/front.sh" && . "$parts/push.sh" && . "$parts/docker.sh" && . "$parts/firewall.sh" || exit 70
  # shellcheck disable=SC2317
  daemon_json_source() { cat "$parts/daemon_json.py"; }
fi

# --- The list, one way for check and apply ---

item() { # NAME, and what its functions are called
  "check_$2"
  found=$?
  if [ "$found" = 0 ]; then
    line item "$1" ok "$detail"
  elif [ "$verb" = check ]; then
    [ "$found" = 2 ] || line item "$1" change "$detail"
  elif [ "$found" = 2 ]; then
    exit 1
  else
    plan=$detail
    progress "$1: $plan"
    if ! "apply_$2" 2>"$from/stderr"; then
      evidence "$1" <"$from/stderr"
      fail item-failed "$1" "$plan: $(head -n 1 "$from/stderr")"
    fi
    # The firewall is not settled before a new connection has come in through it.
    if [ "$2" = firewall ]; then
      line armed firewall "$(cat "$guard/token")" "$firewall_delay" "$plan"
      return
    fi
    if ! "check_$2"; then
      evidence "$1" <"$from/stderr"
      fail item-failed "$1" "$plan: done, yet it is not so afterwards"
    fi
    line item "$1" changed "$plan"
  fi
}

items() {
  # What is so before anything is done, for items of which others do a part on the way.
  nginx_is_new=
  if brings_nginx; then nginx_is_new=yes; fi
  supervisor_is_new=
  if brings_supervisor; then supervisor_is_new=yes; fi
  wrong_at_first=$(wrong_folders)
  if [ -n "$docker" ] && ! has_streams; then packages="$packages libnginx-mod-stream"; fi
  item packages packages
  item 'default site' default_site
  if [ -n "$docker" ]; then
    item 'docker settings' settings
    item 'docker engine' engine
    item 'docker compose' compose
  fi
  item "user app-$app" app_user
  item "user web-$app" web_user
  item "user build-$app" build_user
  item 'app name' claim
  if [ -n "$docker" ]; then item 'docker app' docker_app; fi
  item folders folders
  [ -z "$uv" ] || item uv uv
  for python in $pythons; do
    asked=${python%%:*}
    item "python $asked" python
  done
  for node in $nodes; do item "node ${node%%.*}" node; done
  item 'host program' program
  item 'start at boot' units
  case " $packages " in *' supervisor '*) item supervisor supervisor ;; esac
  if [ -n "$circus" ]; then
    item circus circus
    item circusd circusd
  fi
  [ -z "$user" ] || item 'sudo rule' sudo
  [ -z "$push" ] || item 'push program' push
  [ -z "$push" ] || item 'git repository' repository
  item front front
  if [ -n "$front_tls" ] || [ -e "$(front_tls_path)" ]; then item 'front on 443' front_tls; fi
  [ -z "$acme" ] || item certificates acme
  item nginx nginx
  [ -z "$firewall" ] || item firewall firewall
}

refuse() {
  echo "setup.sh: $1" >&2
  exit 64
}

wanted() { # KEY=VALUE…
  for argument in "$@"; do
    value=${argument#*=}
    case $value in *[!A-Za-z0-9._/:=@+-]*) refuse "not a value: $argument" ;; esac
    case $argument in
      app=[a-z]*) app=$value ;;
      repository=*) repository=$value ;;
      user=[a-z_]*) user=$value ;;
      package=[a-z0-9]*) packages="$packages $value" ;;
      uv=[0-9]*) uv=$value ;;
      python=[0-9]*:[0-9]*) pythons="$pythons $value" ;;
      circus=[0-9]*) circus=$value ;;
      circus-lock=*) circus_lock=$value ;;
      docker=yes) docker=yes ;;
      compose=[0-9]*) compose=$value ;;
      node=[0-9]*) nodes="$nodes $value" ;;
      program=*) program=$value ;;
      launcher=*) launcher=$value ;;
      command=*) command=$value ;;
      front=*) front=$value ;;
      push=*) push=$value ;;
      push-node=[0-9]*) push_node=$value ;;
      push-branch=[A-Za-z0-9]*) push_branch=$value ;;
      push-config=[A-Za-z0-9._]*) push_config=$value ;;
      push-environment=[A-Za-z0-9]*) push_environment=$value ;;
      push-folder=[A-Za-z0-9._]*) push_folder=$value ;;
      front-tls=*) front_tls=$value ;;
      acme=yes) acme=yes ;;
      acme-email=*@*) acme_email=$value ;;
      acme-directory=https://*) acme_directory=$value ;;
      acme-root=[A-Za-z0-9]*) acme_root=$value ;;
      unit=slipway-*:*) units="$units $value" ;;
      firewall=yes) firewall=yes ;;
      open=[1-9]*/tcp | open=[1-9]*/udp) opens="$opens$value
" ;;
      firewall-delay=[0-9]*) firewall_delay=$value ;;
      apt-wait=[0-9]*) apt_wait=$value ;;
      token=[0-9a-f]*) token=$value ;;
      from=/*) from=$value ;;
      *) refuse "not a thing to want: $argument" ;;
    esac
  done
  case $app in *[!a-z0-9-]*) refuse "not an app name: $app" ;; esac
}

main() {
  # The script itself may have come on standard input: nothing that it starts may read the rest.
  exec </dev/null
  cd / || exit 70
  verb=${1:-}
  [ $# -eq 0 ] || shift
  app='' repository='' user='' packages='' uv='' nodes='' pythons='' circus='' circus_lock='' program='' launcher='' command='' front=''
  front_tls='' units='' firewall='' opens='' token='' from='' acme='' acme_email='' acme_directory='' acme_root=''
  push='' push_node='' push_branch='' push_config='' push_environment='' push_folder=''
  docker='' compose='' firewall_delay=60 apt_wait=300
  wanted "$@"
  case $verb in
    facts) facts ;;
    check)
      facts
      [ -z "$app" ] || items
      ;;
    apply)
      if [ -z "$app" ] || [ ! -d "$from" ]; then refuse 'apply wants from= and app='; fi
      trap '' HUP PIPE
      # One setup at a time. The lock is not handed down to what is started here.
      exec 9>/run/slipway-setup.lock
      flock -n 9 || {
        progress 'another setup is at work on this host: waiting'
        flock -w "$apt_wait" 9 || fail setup-busy setup "another setup is at work on this host, and did not end within $apt_wait s"
      }
      find /var/tmp -maxdepth 1 -name 'slipway-setup.*' -mmin +240 -exec rm -rf {} +
      items
      facts
      ;;
    confirm) confirm ;;
    undo) undo ;;
    *) refuse 'what? facts, check, apply, confirm or undo' ;;
  esac
  line 'done'
  exit 0
}

main "$@"
