# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: the Docker Engine, its settings, and Compose. What is there already is kept.

engine_socket=/run/docker.sock
oldest_engine=20.10 oldest_compose=2.20
plugin=/usr/local/lib/docker/cli-plugins/docker-compose
pending_restart=$state/docker-restart

# Of the Engine behind the socket, whatever context root may have chosen. Only asked once it runs: to connect would start it.
ask_engine() { timeout 10 docker -H "unix://$engine_socket" "$@" 2>/dev/null; }
engine_info() { ask_engine info -f "$1"; }
no_older() { dpkg --compare-versions "${1#v}" ge "$2"; }
has_unit() { [ "$(systemctl show -p LoadState --value "$1" 2>/dev/null)" != not-found ]; }
is_up() { ! has_unit docker.service || systemctl is-active -q docker.service; }

# --- docker engine ---

engine_kind() { # none, stopped, clientless (no command to ask it by), mute, rootless, or up
  if has_unit docker.service; then
    systemctl is-active -q docker.service || { echo stopped && return; }
  elif [ ! -S "$engine_socket" ]; then
    if [ -n "$(rootless_socket)" ]; then echo rootless; else echo none; fi
    return
  fi
  command -v docker >/dev/null || { echo clientless && return; }
  if ask_engine version >/dev/null; then echo up; else echo mute; fi
}
rootless_socket() { find /run/user -maxdepth 2 -name docker.sock -type s 2>/dev/null | head -n 1; }
engine_packages() { # What is missing of it. In newer Debians the command line is a package of its own.
  if installed docker-ce-cli; then
    echo docker-ce containerd.io
  else
    [ "$1" = clientless ] || echo docker.io
    if [ "$(release ID) $(release VERSION_ID)" = 'debian 13' ]; then echo docker-cli; fi
  fi
  # Where the kernel confines by profiles, a container does not start unless they can be loaded.
  if grep -qs Y /sys/module/apparmor/parameters/enabled && ! command -v apparmor_parser >/dev/null; then echo apparmor; fi
}
engine_failed() { # CODE DETAIL
  journalctl -u docker -n 20 --no-pager -o cat 2>/dev/null | evidence 'journalctl -u docker'
  fail "$1" 'docker engine' "$2"
}

# --- docker app: who deploys an app that was set up for containers is root's equal on this host; of all others he is not. ---

check_docker_app() {
  detail="let $app run containers"
  [ -f "$state/docker/$app" ] && [ ! -L "$state/docker/$app" ] || return 1
  detail="$app may run containers"
}
apply_docker_app() { mkdir -p "$state/docker" && : >"$state/docker/$app"; }

check_engine() {
  kind=$(engine_kind)
  case $kind in
    none | clientless)
      detail="install $(engine_packages "$kind" | words)"
      return 1
      ;;
    stopped)
      detail='enable and start docker'
      return 1
      ;;
    rootless)
      conflict engine-rootless 'docker engine' "the only Docker Engine of this host runs without root, at $(rootless_socket)"
      return
      ;;
    mute)
      conflict engine-mute 'docker engine' "docker runs on this host, and does not answer at $engine_socket"
      return
      ;;
  esac
  version=$(ask_engine version -f '{{.Server.Version}}')
  case $(ask_engine version -f '{{range .Server.Components}}{{.Name}},{{end}}') in
    *Podman*)
      conflict engine-not-docker 'docker engine' "what answers at $engine_socket is Podman $version"
      return
      ;;
  esac
  if ! no_older "$version" "$oldest_engine"; then
    conflict engine-too-old 'docker engine' "the Docker Engine of this host is $version; it has to be $oldest_engine or newer"
    return
  fi
  driver=$(engine_info '{{.Driver}}')
  [ "$driver" != vfs ] || warn 'docker engine' "its storage driver is vfs, which copies whole images: slow, and large. \
Give $(engine_info '{{.DockerRootDir}}') a file system that overlay2 works on (ext4, xfs), then restart docker."
  if has_unit docker.service && ! systemctl is-enabled -q docker.service 2>/dev/null; then
    detail='enable docker'
    return 1
  fi
  detail="$version, $driver in $(engine_info '{{.DockerRootDir}}')"
}
apply_engine() {
  kind=$(engine_kind)
  # shellcheck disable=SC2046
  case $kind in none | clientless) install_packages 'docker engine' $(engine_packages "$kind") ;; esac
  has_unit docker.service || return 0
  systemctl enable -q docker.service >&2 || return 1
  start_engine start || engine_failed engine-not-starting "docker does not start: $(why_not_started)"
}
start_engine() { # start or restart
  # It may have been started often just now.
  systemctl reset-failed docker.service >&2
  systemctl "$1" docker.service >&2 || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    ! ask_engine version >/dev/null || return 0
    sleep 1
  done
  return 1
}
why_not_started() {
  # What it said with its last breath may be on its way to the journal yet.
  timeout 5 journalctl --sync >/dev/null 2>&1
  journalctl -u docker -n 40 --no-pager -o cat 2>/dev/null | grep -iE 'failed to start daemon|unable to configure|level=(error|fatal)' | tail -n 1 | cut -c1-300
}

# --- docker settings: daemon.json, without a loss of what it says ---

dockerd_words() { # One a line. What is on its command line may not be in the file, too.
  {
    tr '\000' '\n' <"/proc/$(cat /run/docker.pid 2>/dev/null)/cmdline"
    systemctl cat docker.service | grep -E '^(ExecStart|Environment)=' | unquoted
    grep -v '^ *#' /etc/default/docker | unquoted
  } 2>/dev/null
}
unquoted() { tr -s " '\"" '\n' | sed 's/^[A-Za-z_]*=//'; }
settings_path() {
  named=$(dockerd_words | sed -n '/^--config-file$/{n;p;q;}; s/^--config-file=//p' | head -n 1)
  echo "${named:-/etc/docker/daemon.json}"
}
decided_elsewhere() {
  said=$(dockerd_words)
  for key in log-driver log-opt live-restore; do
    if printf '%s\n' "$said" | grep -qE "^--$key(=|$)"; then echo "${key%-opt}$([ "$key" != log-opt ] || echo -opts)=dockerd's option --$key"; fi
  done
  if is_up && [ "$(engine_info '{{.Swarm.LocalNodeState}}')" = active ]; then echo 'live-restore=Swarm, which cannot have it'; fi
}
daemon_json() { # VERB: see daemon_json.py
  set -- "$1" "$(settings_path)"
  decided=$(decided_elsewhere)
  while IFS= read -r entry; do [ -z "$entry" ] || set -- "$@" "$entry"; done <<LINES
$decided
LINES
  python3 -I -S -c "$(daemon_json_source)" "$@"
}
settings_say() { printf '%s\n' "$said" | sed -n "s/^$1$tab//p"; }

check_settings() {
  path=$(settings_path)
  said=$(daemon_json plan 2>/dev/null)
  case $? in
    0) ;;
    3)
      conflict daemon-json-invalid 'docker settings' "$said"
      return
      ;;
    *)
      # No Python yet. What is not there says nothing.
      detail="add log rotation (3 files of 10 MB a container) and live-restore to $path$(awaiting python3)"
      [ ! -e "$path" ] || detail="look through $path$(awaiting python3)"
      return 1
      ;;
  esac
  keeps=$(settings_say keeps)
  adds=$(settings_say adds)
  detail="add $adds to $path${keeps:+; $keeps}"
  [ -z "$adds" ] || return 1
  case $keeps in *live-restore*) ;; *) unread ;; esac || {
    detail="have docker read $path"
    return 1
  }
  detail="$path${keeps:+; $keeps}"
  if [ -e "$pending_restart" ] && [ "$(cat "$pending_restart")" = "$(engine_invocation)" ]; then
    detail="$detail; new containers rotate their logs from the next restart of docker on"
    warn 'docker settings' 'containers run here, and live-restore was off: docker was not restarted. New containers rotate their logs after '\
'its next restart. As live-restore is on now, that leaves containers running: sudo systemctl restart docker'
  fi
}
unread() { # 1: it runs, and goes by another file than the one that is there
  [ "$(engine_kind)" != up ] || ! has_unit docker.service || [ "$(engine_info '{{.LiveRestoreEnabled}}')" != false ]
}
engine_invocation() { systemctl show -p InvocationID --value docker.service; }

apply_settings() {
  kind=$(engine_kind)
  restart=$(settings_say restart)
  alive=''
  if [ "$kind" = up ]; then alive=$(engine_info '{{.LiveRestoreEnabled}}') && running=$(ask_engine ps -q | wc -l) || return 1; fi
  rm -f "$from/daemon.json.before"
  mode=644
  if [ -e "$path" ]; then mode=$(stat -c %a "$path") && cp -p "$path" "$from/daemon.json.before" || return 1; fi
  mkdir -p "$(dirname "$path")" && daemon_json text >"$from/daemon.json" && install_file "$from/daemon.json" "$path" "$mode" || return 1
  # One that is not run by systemd as docker.service reads it when somebody starts it again.
  if [ "$kind" != up ] || ! has_unit docker.service; then return 0; fi
  if [ -n "$restart" ] && { [ "$running" = 0 ] || [ "$alive" = true ]; }; then
    start_engine restart || settings_refused
    rm -f "$pending_restart"
    return
  fi
  systemctl reload docker.service >&2 || return 1
  if [ -n "$restart" ]; then mkdir -p "$state" && engine_invocation >"$pending_restart" || return 1; fi
  # It reads the file in its own time.
  for _ in 1 2 3 4 5; do
    [ "$(engine_info '{{.LiveRestoreEnabled}}')" != true ] || break
    sleep 1
  done
}
settings_refused() {
  why=$(why_not_started)
  if [ -e "$from/daemon.json.before" ]; then install_file "$from/daemon.json.before" "$path" "$mode"; else rm -f "$path"; fi
  start_engine restart || :
  engine_failed settings-refused "docker does not start with $path as Slipway adds to it, so it was put back: $why"
}

# --- docker compose: a plugin of the command line, for all users of the host ---

compose_version() { HOME=/nonexistent timeout 10 docker compose version --short 2>/dev/null; }
compose_source() { # The package that has it, or nothing
  if installed docker-ce-cli; then echo docker-compose-plugin && return; fi
  case "$(release ID) $(release VERSION_ID)" in
    'debian 12') ;;
    debian*) echo docker-compose ;;
    *) echo docker-compose-v2 ;;
  esac
}
check_compose() {
  found=$(compose_version)
  package=$(compose_source)
  detail="install ${package:-compose $compose}"
  if [ -z "$found" ]; then return 1; fi
  if ! no_older "$found" "$oldest_compose"; then
    conflict compose-too-old 'docker compose' "Compose of this host is $found; it has to be $oldest_compose or newer"
    return
  fi
  # One that we brought is renewed with us.
  case $(readlink "$plugin") in
    "$tools/compose-$compose/"*) ;;
    "$tools"/compose-*)
      detail="install compose $compose"
      return 1
      ;;
  esac
  detail=${found#v}
}
apply_compose() {
  case $detail in
    "install compose $compose") ;;
    *) install_packages 'docker compose' "$package" && return ;;
  esac
  rm -rf "$tools/.new" && mkdir -p "$tools/.new" || return 1
  (cd "$from/tools" && sha256sum -c --quiet "compose-$compose.sha256") >&2 || return 1
  cp "$from/tools/compose-$compose" "$tools/.new/docker-compose" && chmod -R u=rwX,go=rX "$tools/.new" &&
    chmod 755 "$tools/.new/docker-compose" || return 1
  said=$("$tools/.new/docker-compose" version 2>&1) ||
    fail tool-does-not-run 'docker compose' "compose $compose does not run on this host: $(printf '%s' "$said" | head -n 1)"
  cut -d' ' -f1 "$from/tools/compose-$compose.sha256" >"$tools/.new/archive.sha256"
  rm -rf "${tools:?}/compose-$compose" && mv "$tools/.new" "$tools/compose-$compose" || return 1
  mkdir -p "${plugin%/*}" && ln -sfn "$tools/compose-$compose/docker-compose" "$plugin.slipway-new" && mv -fT "$plugin.slipway-new" "$plugin"
}

# --- facts ---

docker_facts() {
  root=/var/lib/docker
  if [ "$(engine_kind)" = up ]; then
    root=$(engine_info '{{.DockerRootDir}}')
    fact docker-engine "$(ask_engine version -f '{{.Server.Version}}')"
    fact docker-driver "$(engine_info '{{.Driver}}')"
    case $(engine_info '{{.DriverStatus}}') in
      *io.containerd.snapshotter*) fact docker-storage containerd ;;
      *) fact docker-storage classic ;;
    esac
  fi
  fact docker-compose "$(compose_version)"
  fact docker-root "$root"
  while [ ! -e "$root" ]; do root=$(dirname "$root"); done
  fact docker-disk "$(df -Pk "$root" | awk 'NR == 2 {printf "%.0f %s", $4 * 1024, $6}')"
}
