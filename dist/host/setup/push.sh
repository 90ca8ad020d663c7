# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: deploying by `git push` to a bare repository on this host.

# --- push program: a folder for each version, `current` leads to the one in use ---

check_push() {
  detail=${push%"${push#????????????}"}
  [ "$(digest "$lib/push/current/VERSION")" = "$push" ] && (cd "$lib/push/current" && sha256sum -c --quiet VERSION) >/dev/null 2>&1 && return 0
  detail="install $detail"
  return 1
}
apply_push() {
  version=${push%"${push#????????????}"}
  before=$(readlink "$lib/push/current")
  [ "$(digest "$from/push/VERSION")" = "$push" ] || return 1
  (cd "$from/push" && sha256sum -c --quiet VERSION) >&2 || return 1
  mkdir -p "$lib/push" && rm -rf "$lib/push/.new" && cp -R "$from/push" "$lib/push/.new" || return 1
  chmod 755 "$lib/push" && chmod -R u=rwX,go=rX "$lib/push/.new" || return 1
  if [ "$before" = "$version" ]; then rm -f "$lib/push/current"; fi
  rm -rf "${lib:?}/push/$version" && mv "$lib/push/.new" "$lib/push/$version" || return 1
  ln -sfn "$version" "$lib/push/.current" && mv -fT "$lib/push/.current" "$lib/push/current" || return 1
  # A push may still be running the version before this one.
  for old in "$lib"/push/*; do
    case ${old##*/} in current | "$version" | "$before") ;; *) rm -rf "$old" ;; esac
  done
}

# --- git repository: it is its owner's, who connects. What lies in it root neither reads nor writes: it could be a link. ---

git_root=/srv/git
git_hooks='pre-receive update post-receive post-update reference-transaction proc-receive'

as_owner() { # COMMAND…
  set -- env -i "PATH=$PATH" LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null "$@"
  if [ -n "$user" ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}
hook_text() {
  printf '#!/bin/sh\n# Slipway deploys what is pushed, before it is accepted. Written by setup-vm: what is changed here is lost.\n'
  printf 'exec %s/node-%s/bin/node %s/push/current/push.js receive app=%s branch=%s' "$tools" "$push_node" "$lib" "$app" "$push_branch"
  printf ' config=%s environment=%s folder=%s\n' "$push_config" "$push_environment" "$push_folder"
}
git_settings() { # name, value
  cat <<TEXT
core.hooksPath $repository_path/hooks
TEXT
}
repository_is_set() {
  [ "$(as_owner cat "$repository_path/hooks/pre-receive" 2>/dev/null)" = "$(hook_text)" ] || return 1
  as_owner test -x "$repository_path/hooks/pre-receive" || return 1
  [ "$(as_owner git -C "$repository_path" symbolic-ref HEAD 2>/dev/null)" = "refs/heads/$push_branch" ] || return 1
  git_settings | while read -r name value; do
    [ "$(as_owner git -C "$repository_path" config --local "$name")" = "$value" ] || exit 1
  done
}

check_repository() {
  repository_path=$git_root/$app.git
  owner=${user:-root}
  detail="make $repository_path for $owner, deploying tags and the branch $push_branch$(awaiting git)"
  for path in "$git_root" "$repository_path"; do
    if [ -L "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then
      conflict not-a-folder 'git repository' "$path is a link or a file"
      return
    fi
  done
  # Whoever could put something else in the place of a folder there would have root change that.
  if [ -e "$git_root" ] && { [ "$(stat -c %u "$git_root")" != 0 ] || [ -n "$(find "$git_root" -maxdepth 0 -perm /022)" ]; }; then
    conflict not-roots 'git repository' "$git_root is not root's alone: sudo chown root: $git_root && sudo chmod go-w $git_root"
    return
  fi
  [ -e "$repository_path" ] || return 1
  if [ "$(stat -c %U "$repository_path")" != "$owner" ]; then
    conflict repository-taken 'git repository' "$repository_path belongs to $(stat -c %U "$repository_path"), and $owner is who connects"
    return
  fi
  if [ -n "$(ls -A "$repository_path")" ]; then
    if [ "$(as_owner git -C "$repository_path" rev-parse --is-bare-repository 2>/dev/null)" != true ] && installed git; then
      conflict repository-taken 'git repository' "$repository_path is no bare Git repository"
      return
    fi
    for hook in $git_hooks; do
      as_owner test -e "$repository_path/hooks/$hook" || continue
      if [ "$hook" = pre-receive ] && as_owner grep -q '^# Slipway deploys' "$repository_path/hooks/$hook"; then continue; fi
      conflict hook-taken 'git repository' "$repository_path has a hook already that Slipway did not write: hooks/$hook"
      return
    done
    if repository_is_set && [ "$(stat -c %a "$repository_path")" = 700 ]; then
      detail="$repository_path, deploying tags and the branch $push_branch"
      return 0
    fi
  fi
  return 1
}
apply_repository() {
  if [ ! -d "$git_root" ]; then mkdir "$git_root" && chmod 755 "$git_root" || return 1; fi
  if [ ! -e "$repository_path" ]; then mkdir -m 700 "$repository_path" && chown -h "$owner:" "$repository_path" || return 1; fi
  # By root only here: the folder itself stands in root's.
  chmod 700 "$repository_path" || return 1
  as_owner git init --quiet --bare --template= "$repository_path" >&2 || return 1
  as_owner git -C "$repository_path" symbolic-ref HEAD "refs/heads/$push_branch" >&2 || return 1
  git_settings | while read -r name value; do
    as_owner git -C "$repository_path" config --local "$name" "$value" >&2 || exit 1
  done || return 1
  # shellcheck disable=SC2016 # Read by the shell that it is given to.
  hook_text | as_owner sh -c 'mkdir -p "$1" && cat >"$1/.new" && chmod 755 "$1/.new" && mv -f "$1/.new" "$1/pre-receive"' sh "$repository_path/hooks" >&2
}
