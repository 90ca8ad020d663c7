# shellcheck shell=sh disable=SC2034
# Part of setup.sh: where things are, how it speaks, and what this host is.

lib=/usr/local/lib/slipway
state=/var/lib/slipway
tools=$lib/tools
launcher_path=/usr/local/sbin/slipway-host
shell_path=/usr/local/bin/slipway
default_site=/etc/nginx/sites-enabled/default
guard=$state/firewall
guard_unit=slipway-firewall-undo
tab=$(printf '\t')

# --- Saying things. The reader may be gone: what was begun goes on all the same. ---

line() {
  kind=$1
  shift
  for field in "$@"; do
    kind=$kind$tab$(printf '%s' "$field" | tr '\000-\037\177' ' ')
  done
  printf '%s\n' "$kind" 2>/dev/null || :
}
fact() { line fact "$1" "$2"; }
progress() { line progress "$1"; }
evidence() { # SOURCE, and the text on standard input: its last 40 lines
  tail -n 40 | while IFS= read -r text; do line evidence "$1" "$text"; done
}
fail() { # CODE ITEM DETAIL
  line failed "$@"
  exit 1
}
warn() { line warning "$1" "$2"; } # ITEM TEXT
conflict() { # The same, of something in the way: a check goes on to find more, and answers 2.
  line failed "$@"
  return 2
}
installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
digest() { sha256sum "$1" 2>/dev/null | cut -d' ' -f1; }
words() { # joins lines by a comma
  paste -sd, - | sed 's/,/, /g'
}

# --- Facts ---

release() { sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d "\"'"; }

facts() {
  fact os "$(release ID)"
  fact os-version "$(release VERSION_ID)"
  fact os-name "$(release PRETTY_NAME)"
  fact kernel "$(uname -r)"
  fact arch "$(uname -m)"
  fact uid "$(id -u)"
  fact init "$(cat /proc/1/comm 2>/dev/null)"
  [ ! -d /run/systemd/system ] || fact systemd "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
  for python in /usr/bin/python3.[0-9]*; do
    case $python in *config | *'*'*) ;; *) [ ! -x "$python" ] || fact python "${python##*/python}" ;; esac
  done
  [ ! -x /usr/sbin/nginx ] || fact nginx "$(/usr/sbin/nginx -v 2>&1 | sed 's|.*nginx/||; s/ .*//')"
  for tool in "$tools"/uv-* "$tools"/node-* "$tools"/python-*; do
    [ ! -e "$tool/archive.sha256" ] || { name=${tool##*/} && name=${name%%+*} && fact "${name%%-*}" "${name#*-}"; }
  done
  fact memory "$(awk '/^MemTotal:/ {printf "%.0f", $2 * 1024}' /proc/meminfo)"
  fact memory-available "$(awk '/^MemAvailable:/ {printf "%.0f", $2 * 1024}' /proc/meminfo)"
  for path in /usr/local /var /opt; do
    fact disk "$path $(df -Pk "$path" | awk 'NR == 2 {printf "%.0f %s", $4 * 1024, $6}')"
    fact inodes "$path $(df -Pi "$path" 2>/dev/null | awk 'NR == 2 {print $2, $4, $6}')"
  done
  for port in 80 443; do
    ss -ltnpH "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | head -n 1 |
      while IFS= read -r who; do fact "port-$port" "$who"; done
  done
  fact ssh-ports "$(ssh_ports | tr '\n' ' ')"
  [ -z "$docker" ] || docker_facts
}

# Every port on which this host may be reached by SSH: what sshd would use, what it does use, and what systemd holds for it.
# Only of the daemon itself: its sessions listen and connect for port forwards.
ssh_ports() {
  daemon=$(systemctl show ssh.service -p MainPID --value 2>/dev/null)
  {
    sshd -T 2>/dev/null | awk '$1 == "listenaddress" {n = split($2, part, ":"); print part[n]}'
    ss -ltnpH 2>/dev/null | awk -v daemon="pid=$daemon," 'index($0, daemon) {n = split($4, part, ":"); print part[n]}'
    systemctl show ssh.socket -p ActiveState -p Listen 2>/dev/null | awk '
      /^Listen=/ {sub(/^Listen=/, ""); sub(/ .*/, ""); n = split($0, part, ":"); listen = listen part[n] "\n"}
      /^ActiveState=active/ {active = 1}
      END {if (active) printf "%s", listen}'
  } | grep -x '[0-9][0-9]*' | sort -nu
}
