# shellcheck shell=sh
# Asks each address given for an answer below 400, with whatever the image has to ask with; up to half a minute for each.
set -u
ask() {
  if command -v wget >/dev/null; then wget -q -O /dev/null "$1"
  elif command -v curl >/dev/null; then curl -fsS -m 5 -o /dev/null "$1"
  elif command -v python3 >/dev/null; then python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$1"
  elif command -v node >/dev/null; then node -e 'fetch(process.argv[1]).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))' "$1"
  else
    echo 'This image has neither wget, curl, python3 nor node: set test.image to one that has.' >&2
    exit 2
  fi
}
for address in "$@"; do
  left=15
  until ask "$address"; do
    left=$((left - 1))
    if [ "$left" = 0 ]; then
      echo "no: $address" >&2
      exit 1
    fi
    sleep 2
  done
  echo "ok: $address"
done
