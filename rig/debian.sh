# shellcheck shell=bash
# Packages of Debian that are unpacked and not installed, so that no service of theirs starts here and none gets in another's way.
# shellcheck disable=SC2154 # `cache` and `state` are set by needs.sh
# Source it after needs.sh; it defines `own_sources`, `first_mirror`, `unpacked`, and sets `codename_here`.

codename_here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

# The sources of this machine that name its Debian suite: its mirror is the hosts' mirror. Nothing when it is no Debian.
own_sources() {
  [ "$(. /etc/os-release && echo "${ID:-}")" = debian ] || return 0
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    if [ -f "$file" ] && grep -Eq "^(Suites:|deb ).*[[:space:]]$codename_here([[:space:]-]|\$)" "$file"; then echo "$file"; fi
  done
}

first_mirror() {
  own_sources | while read -r file; do
    sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p; s/^deb ([[][^]]*[]] )?([^[:space:]]+) .*/\2/p' "$file"
  done | sed -n 1p
}

# fetch PACKAGE SUITE FOLDER: with lists of its own, so that this machine's stay those of its suite.
fetch() {
  local package=$1 suite=$2 folder=$3 mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(first_mirror)
  [ -n "$mirror" ] || die "$package is a package of Debian, and no mirror of it is known here." 'Use a Debian machine.'
  mkdir -p "$folder/lists/partial"
  printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$suite" >"$folder/sources.list"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$folder/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  "${apt[@]}" update && (cd "$folder" && "${apt[@]}" download "$package")
}

# unpacked PACKAGE SUITE WHY: prints the folder with its files, fetched once.
unpacked() {
  local package=$1 suite=$2 why=$3 folder=$state/debian/$1-$2
  if [ ! -d "$folder" ]; then
    say "fetching $package of Debian $suite: $why"
    local work
    work=$(mktemp -d)
    if ! fetch "$package" "$suite" "$work" >"$cache/fetch.log" 2>&1; then
      tail -n 15 "$cache/fetch.log" >&2
      rm -rf "$work"
      die "The package $package of Debian $suite is not to be had." "See $cache/fetch.log"
    fi
    mkdir -p "$state/debian"
    dpkg-deb --extract "$work/$package"_*.deb "$work/files"
    mv "$work/files" "$folder"
    rm -rf "$work"
  fi
  echo "$folder"
}
