# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: users, an app's claim on its name, and the folders.

# --- users: for processes of their own, and nobody ever logs in as one of them ---

nowhere=/nonexistent

check_user() { # NAME
  entry=$(getent passwd "$1") || {
    detail="add the system user $1"
    return 1
  }
  home=$(echo "$entry" | cut -d: -f6)
  shell=${entry##*:}
  case $shell in
    */nologin | */false) ;;
    *)
      conflict user-taken "user $1" "a user $1 with the shell $shell is on this host already, and was not made by Slipway"
      return
      ;;
  esac
  # An earlier version gave the build user its cache for a home.
  if [ "$home" != "$nowhere" ] && [ "$home" != "/var/cache/slipway/$app" ] && [ ! -e "$state/apps/$app" ]; then
    conflict user-taken "user $1" "a user $1 with the home $home is on this host already, and was not made by Slipway"
    return
  fi
  # A shell that refuses does not keep a port forward out: a key in a home that builds can write to would be let in.
  if [ "$home" != "$nowhere" ] || [ "$(getent shadow "$1" | cut -d: -f8)" != 1 ]; then
    detail="make it impossible to log in as $1"
    return 1
  fi
  detail="uid $(echo "$entry" | cut -d: -f3), no login"
}
apply_user() { # NAME
  entry=$(getent passwd "$1") || {
    useradd --system --user-group --no-create-home --home-dir "$nowhere" --shell /usr/sbin/nologin "$1" || return 1
    entry=$(getent passwd "$1")
  }
  # Only what differs: usermod changes no home while a process of the user runs, and services do. useradd sets no expiry
  # for system users, whatever it is told.
  if [ "$(echo "$entry" | cut -d: -f6)" != "$nowhere" ]; then usermod --home "$nowhere" "$1" || return 1; fi
  usermod --expiredate 1 "$1"
}
check_app_user() { check_user "app-$app"; }
apply_app_user() { apply_user "app-$app"; }
# Of its routers: one for each app, or what one app puts in their way could lead them into another.
check_web_user() { check_user "web-$app"; }
apply_web_user() { apply_user "web-$app"; }
check_build_user() { check_user "build-$app"; }
apply_build_user() { apply_user "build-$app"; }

# --- app: its claim on the name. A session is refused unless this is a file of root's. ---

check_claim() {
  claim=$state/apps/$app removed=$state/removed/$app
  if [ -L "$claim" ] || { [ -e "$claim" ] && [ ! -f "$claim" ]; }; then
    conflict not-a-file 'app name' "$claim is not a plain file"
    return
  fi
  if [ -e "$claim" ]; then
    holder=$(sed -n 's/.*"repository":"\([^"]*\)".*/\1/p' "$claim")
    if [ -n "$holder" ] && [ -n "$repository" ] && [ "$holder" != "$repository" ]; then
      conflict app-taken 'app name' "the app name $app belongs to the repository $holder on this host; this is $repository"
      return
    fi
    detail="give $claim back to root"
    [ "$(stat -c '%U %G %a' "$claim")" = 'root root 644' ] || return 1
    detail=$app${holder:+ of $holder}
    return 0
  fi
  if [ -e "$state/removing/$app" ]; then
    conflict half-removed 'app name' "$app was being removed from this host, and that was cut short"
    return
  fi
  # What a removal kept goes on with the repository that it is of.
  if [ -f "$removed" ] && [ ! -L "$removed" ]; then
    holder=$(sed -n 's/.*"repository":"\([^"]*\)".*/\1/p' "$removed")
    if [ -n "$holder" ] && [ -n "$repository" ] && [ "$holder" != "$repository" ]; then
      conflict data-kept 'app name' "/opt/$app keeps what an app $app of the repository $holder left here when it was removed; this is $repository"
      return
    fi
    detail="claim $app${holder:+ of $holder} again, with what it left in /opt/$app"
    return 1
  fi
  # An empty folder may have been made for us; one with something in it is somebody's.
  if [ -e "/opt/$app" ] && [ -n "$(ls -A "/opt/$app" 2>/dev/null)" ]; then
    conflict folder-taken 'app name' "/opt/$app is on this host already, and was not made by Slipway"
    return
  fi
  detail="claim $app${repository:+ for $repository}"
  return 1
}
apply_claim() {
  if [ ! -e "$claim" ] && [ -e "$removed" ]; then
    mkdir -p "$state/apps" && mv "$removed" "$claim" || return 1
  elif [ ! -e "$claim" ]; then
    mkdir -p "$state/apps" && printf '{"app":"%s","repository":"%s"}\n' "$app" "$repository" >"$state/apps/.$app" &&
      mv "$state/apps/.$app" "$claim" || return 1
  fi
  chown root:root "$claim" && chmod 644 "$claim"
}

# --- folders ---

folders() { # path, owner, mode. nginx reads domains; which ports were given is nobody's business.
  cat <<TEXT
$lib root 755
$tools root 755
$state root 755
$state/apps root 755
$state/domains root 755
$state/front root 755
$state/ports root 700
$state/challenges root 755
$state/challenges/.well-known root 755
$state/challenges/.well-known/acme-challenge root 755
$state/tls root 711
$state/tls/live root 755
$state/tls/store root 711
$state/tls/issued root 700
$state/tls/troubles root 700
$state/acme root 700
/var/cache/slipway root 755
/var/cache/slipway/$app root 700
/opt/$app root 755
/opt/$app/releases root 755
/opt/$app/shared root 755
/opt/$app/scratch root 755
/opt/$app/history root 755
/opt/$app/run root 711
/opt/$app/incoming root 700
TEXT
}
wrong_folders() {
  folders | while read -r path owner mode; do
    [ "$(stat -c '%F %U %G %a' "$path" 2>/dev/null)" = "directory $owner $owner $mode" ] || echo "$path"
  done
}

check_folders() {
  strange=$(folders | while read -r path owner mode; do
    if [ -L "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then echo "$path"; fi
  done | words)
  if [ -n "$strange" ]; then
    conflict not-a-folder folders "what should be a folder of root's is a link or a file: $strange"
    return
  fi
  # What items before this one have made on the way is a part of it, as a dry run foretells.
  wrong=${wrong_at_first:-$(wrong_folders)}
  if [ -z "$wrong" ]; then
    detail="/opt/$app, $state"
    return 0
  fi
  count=$(echo "$wrong" | wc -l)
  detail="make $(echo "$wrong" | tail -n 3 | words)"
  [ "$count" -le 3 ] || detail="$detail and $((count - 3)) more"
  return 1
}
apply_folders() {
  wrong_at_first=
  folders | while read -r path owner mode; do
    [ ! -L "$path" ] || exit 1
    if [ ! -d "$path" ]; then mkdir "$path" || exit 1; fi
    chown "$owner:$owner" "$path" || exit 1
    # With the zeros it takes a set-group-ID bit away too.
    chmod "00$mode" "$path" || exit 1
  done
}
