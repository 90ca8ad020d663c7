# shellcheck shell=sh
# Takes setup.sh and what it installs from standard input into a folder that only root can read, runs it there, and removes
# the folder however that ends. The first argument is the verb for setup.sh, the others are what is wanted.
umask 077
trap '' HUP PIPE
work=$(mktemp -d /var/tmp/slipway-setup.XXXXXX) || exit 70
trap 'rm -rf "$work"' EXIT
trap 'exit 70' INT TERM
if tar -C "$work" --no-same-owner -xf - && [ -s "$work/complete" ]; then
  verb=$1
  shift
  sh "$work/setup.sh" "$verb" "from=$work" "$@" </dev/null
else
  printf 'failed\tsetup-cut\ttransfer\tthe transfer ended early: nothing was changed\n'
  exit 74
fi
