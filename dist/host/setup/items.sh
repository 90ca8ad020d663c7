# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: tools, the host program and nginx.

# --- tools: uv-VERSION/uv, node-VERSION/bin/node, python-VERSION+BUILD/bin/python3 ---

check_tool() { # NAME VERSION PROGRAM
  found=$("$tools/$1-$2/$3" --version 2>/dev/null)
  case $found in
    "v$2" | "uv $2" | "uv $2 "* | "Python ${2%%+*}")
      [ -e "$tools/$1-$2/archive.sha256" ] && detail=$2 && return 0
      ;;
  esac
  detail="install $1 $2"
  return 1
}
apply_tool() { # NAME VERSION PROGRAM
  archive=$1-$2.tar.gz
  # Headers and manuals are half of Node, and nothing that we start reads them; a Python's headers are for packages that compile.
  unwanted='*/share/doc'
  [ "$1" = python ] || unwanted='*/include'
  progress "$1 $2: unpacking"
  rm -rf "$tools/.new"
  mkdir -p "$tools/.new" || return 1
  (cd "$from/tools" && sha256sum -c --quiet "$archive.sha256") >&2 || return 1
  tar -C "$tools/.new" --strip-components=1 --no-same-owner --exclude="$unwanted" --exclude='*/share/doc' --exclude='*/share/man' \
    -xzf "$from/tools/$archive" || return 1
  chmod -R u=rwX,go=rX "$tools/.new" || return 1
  said=$("$tools/.new/$3" --version 2>&1) ||
    fail tool-does-not-run "$1 $2" "$3 of $1 $2 does not run on this host: $(printf '%s' "$said" | head -n 1)"
  cut -d' ' -f1 "$from/tools/$archive.sha256" >"$tools/.new/archive.sha256"
  rm -rf "${tools:?}/$1-$2" && mv "$tools/.new" "$tools/$1-$2"
}
check_uv() { check_tool uv "$uv" uv; }
apply_uv() { apply_tool uv "$uv" uv; }
# A distribution that has the Python, or will have it with the package python3, needs no other.
distribution_python() { # X.Y
  [ ! -x "/usr/bin/python$1" ] || return 0
  case "$(release ID) $(release VERSION_ID) $1" in
    'debian 12 3.11' | 'debian 13 3.13' | 'ubuntu 22.04 3.10' | 'ubuntu 24.04 3.12') return 0 ;;
  esac
  return 1
}
check_python() {
  if distribution_python "$asked"; then
    detail="$asked of the distribution"
    return 0
  fi
  check_tool python "${python#*:}" bin/python3
}
apply_python() {
  build=${python#*:} series=${asked%.*}
  case $asked in *.*.*) ;; *) series=$asked ;; esac
  apply_tool python "$build" bin/python3 || return 1
  # Nobody else can write the compiled files there, and every start would compile them anew.
  home=$tools/python-$build
  "$home/bin/python3" -I -m compileall -q -j 0 --invalidation-mode unchecked-hash "$home/lib/python$series" >&2 || :
}
check_node() { check_tool node "$node" bin/node; }
apply_node() { apply_tool node "$node" bin/node; }

# --- program: a folder for each version, `host` leads to the one in use, so that the change is one rename ---

check_program() {
  detail="install ${program%"${program#????????????}"}$(awaiting python3)"
  [ "$(digest "$lib/host/VERSION")" = "$program" ] || return 1
  [ "$(digest "$launcher_path")" = "$launcher" ] || return 1
  if [ -e "$shell_path" ] && ! grep -q '^# Slipway' "$shell_path"; then
    conflict command-taken 'host program' "$shell_path is on this host already, and was not made by Slipway"
    return
  fi
  [ "$(digest "$shell_path")" = "$command" ] || return 1
  (cd "$lib/host" && sha256sum -c --quiet VERSION) >/dev/null 2>&1 || return 1
  detail=${program%"${program#????????????}"}
}
apply_program() {
  folder=host-${program%"${program#????????????}"}
  before=$(readlink "$lib/host")
  [ "$(digest "$from/program/VERSION")" = "$program" ] || return 1
  (cd "$from/program" && sha256sum -c --quiet VERSION) >&2 || return 1
  rm -rf "$lib/.new" || return 1
  cp -R "$from/program" "$lib/.new" || return 1
  chmod -R u=rwX,go=rX "$lib/.new" || return 1
  # At its final path, or the compiled files would name another.
  if [ "$before" = "$folder" ]; then rm -f "$lib/host"; fi
  rm -rf "${lib:?}/$folder" || return 1
  mv "$lib/.new" "$lib/$folder" || return 1
  python3 -I -m compileall -q "$lib/$folder" >&2 || return 1
  ln -sfn "$folder" "$lib/.host" || return 1
  mv -fT "$lib/.host" "$lib/host" || return 1
  install_file "$lib/host/slipway-host" "$launcher_path" 755 || return 1
  install_file "$lib/host/slipway-shell" "$shell_path" 755 || return 1
  # A session of another app may still be running the version before this one.
  for old in "$lib"/host-*; do
    [ "$old" = "$lib/$folder" ] || [ "$old" = "$lib/$before" ] || rm -rf "$old"
  done
}

install_file() { # SOURCE PATH MODE: never half written
  cp "$1" "$2.slipway-new" && chown root:root "$2.slipway-new" && chmod "$3" "$2.slipway-new" && mv -f "$2.slipway-new" "$2"
}

check_units() {
  detail=
  for unit in $units; do
    name=${unit%%:*}
    if [ "$(digest "/etc/systemd/system/$name")" != "${unit#*:}" ]; then detail="$detail $name"
    elif ! systemctl is-enabled -q "$name" 2>/dev/null; then detail="$detail $name"
    elif is_timer "$name" && ! systemctl is-active -q "$name"; then detail="$detail $name"
    elif [ "$(systemctl show -p NeedDaemonReload --value "$name")" = yes ]; then detail="$detail $name"; fi
  done
  [ -n "$detail" ] || {
    for unit in $units; do detail="$detail${detail:+, }${unit%%:*}"; done
    return 0
  }
  detail="install and enable$detail"
  return 1
}
apply_units() {
  for unit in $units; do
    name=${unit%%:*}
    install_file "$lib/host/units/$name" "/etc/systemd/system/$name" 644 || return 1
  done
  systemctl daemon-reload || return 1
  for unit in $units; do
    name=${unit%%:*}
    systemctl enable -q "$name" >&2 || return 1
    if is_timer "$name"; then systemctl restart "$name" >&2 || return 1; fi
  done
}
is_timer() { case $1 in *.timer) ;; *) false ;; esac }

# --- sudo rule: who connects may run that one program, without arguments, and nothing else by this rule ---

sudo_rule() {
  printf '# Slipway: deployments by %s. The program takes no arguments and checks all it reads.\n' "$user"
  printf 'Defaults!%s !requiretty,!use_pty\n%s ALL=(root) NOPASSWD: %s ""\n' "$launcher_path" "$user" "$launcher_path"
}
check_sudo() {
  rule=/etc/sudoers.d/slipway-$(printf '%s' "$user" | tr . _)
  detail="$user may run slipway-host"
  [ "$(cat "$rule" 2>/dev/null)" = "$(sudo_rule)" ] && [ "$(stat -c '%U %a' "$rule")" = 'root 440' ] && return 0
  detail="let $user run slipway-host as root"
  return 1
}
apply_sudo() {
  sudo_rule >"$from/sudoers" && chmod 440 "$from/sudoers" && visudo -cqf "$from/sudoers" >&2 && install_file "$from/sudoers" "$rule" 440
}

# --- nginx itself ---

# A distribution's nginx has what passes TCP on as a module of its own; others have it built in, and that package is not for them.
has_streams() { nginx -V 2>&1 | grep -qE -- '--with-stream( |$)'; }

check_nginx() {
  detail='enabled, running'
  # Its package may start it: nginx that this run has brought is a change of this run, as a dry run foretells.
  if [ -z "$nginx_is_new" ] && systemctl is-enabled -q nginx 2>/dev/null && systemctl is-active -q nginx; then return 0; fi
  detail="enable and start nginx$(awaiting nginx)"
  return 1
}
apply_nginx() {
  nginx_is_new=
  systemctl enable -q nginx >&2 || return 1
  if systemctl start nginx >&2; then return 0; fi
  journalctl -u nginx -n 20 --no-pager -o cat 2>/dev/null | evidence 'journalctl -u nginx'
  return 1
}
