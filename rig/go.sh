# shellcheck shell=bash
# A Go that is new enough for what the rig builds of modules. Source it after needs.sh; it defines `go_program`.

# What is built asks for 1.24 at most; an older Go is only asked to fetch this one.
go_version=1.24.6

# go_program WHY: prints its path. Debian 12's is too old and does not fetch a newer one by itself; the newer one is a module, too.
go_program() {
  local found archive
  need go golang-go "$1"
  found=$(go env GOVERSION)
  # From 1.21 on it fetches by itself what a module asks for.
  if [ "$(printf '%s\n' go1.21 "$found" | sort -V | sed -n 1p)" = go1.21 ]; then
    echo go
    return
  fi
  case $(uname -m) in x86_64) archive=amd64 ;; *) archive=arm64 ;; esac
  say "fetching Go $go_version: $found is too old"
  go mod download "golang.org/toolchain@v0.0.1-go$go_version.linux-$archive" >&2
  found=$(go env GOMODCACHE)/golang.org/toolchain@v0.0.1-go$go_version.linux-$archive
  chmod -R u+x "$found/bin" "$found/pkg/tool"
  echo "$found/bin/go"
}
