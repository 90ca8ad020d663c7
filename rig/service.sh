# shellcheck shell=bash
# One program in the background, known by its pid file and its path. Source it after needs.sh; it defines `alive`, `background`,
# `end` and `await`.

# alive PIDFILE PROGRAM
alive() {
  [ -f "$1" ] && [ "$(readlink "/proc/$(cat "$1")/exe" 2>/dev/null)" = "$2" ]
}

# background PIDFILE LOG PROGRAM ARGUMENT… What the caller has open is not handed on: a lock among it would be held for ever.
background() {
  local pidfile=$1 log=$2
  shift 2
  # shellcheck disable=SC2016 # for the inner shell
  setsid --fork sh -c 'echo $$ >"$0"; exec "$@"' "$pidfile" "$@" </dev/null >"$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# end PIDFILE PROGRAM
end() {
  if alive "$1" "$2"; then kill "$(cat "$1")"; fi
  rm -f "$1"
}

# await LOG WHAT COMMAND…: until the command succeeds.
await() {
  local log=$1 what=$2
  shift 2
  for _ in $(seq 100); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  tail -n 15 "$log" >&2
  die "$what does not answer." "See $log"
}
