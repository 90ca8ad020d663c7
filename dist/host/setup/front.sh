# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# Part of setup.sh: the front nginx, and who gives it certificates.

# --- front: one nginx file, the same for all apps of this host. It includes what is this host's own, which the host program
# writes: where it listens, and whether it takes all names. Behind all other sites, so that one of theirs stays the default. ---

former_front=/etc/nginx/conf.d/slipway.conf
front_path() { site_path zz-slipway.conf; }
site_path() { # NAME
  if grep -qs '^[^#]*include  *[^;]*sites-enabled/\*;' /etc/nginx/nginx.conf || [ ! -e /etc/nginx/nginx.conf ]; then
    echo "/etc/nginx/sites-enabled/$1"
  else
    echo "/etc/nginx/conf.d/$1"
  fi
}
check_front() {
  detail=$(front_path)
  if [ ! -e "$former_front" ] && is_front "$detail" "$front" 80; then return 0; fi
  detail="write $(front_path)$(awaiting nginx)"
  return 1
}
apply_front() { put_front front.conf "$(front_path)" 80; }
is_front() { # PATH SHA256 PORT: is it so, and all that it includes? Then it is said who else answers there.
  [ "$(digest "$1")" = "$2" ] && [ ! -e "$state/nginx-reload" ] && said=$(front_program check "$3") || return 1
  detail=$1${said:+; $said}
}
front_program() { python3 -I -S "$lib/host/main.py" front "$1" "$2" 2>/dev/null; }
put_front() { # SOURCE PATH PORT
  # One at a time of all who change what nginx reads, the host program for any app among them (reloading.py).
  mkdir -p "$state/front" || return 1
  umask 077
  exec 8>>"$state/front/lock"
  umask 022
  flock 8 || return 1
  replace_front "$@"
  replaced=$?
  exec 8>&-
  return "$replaced"
}
replace_front() { # SOURCE PATH PORT
  # What the front includes may have been removed by hand: then nginx reads nothing at all.
  [ ! -e "$2" ] || [ -e "$state/front/$3.conf" ] || front_program write "$3"
  if ! nginx -t >"$from/nginx.log" 2>&1; then
    evidence 'nginx -t' <"$from/nginx.log"
    fail nginx-broken front "nginx refuses its configuration as it is, before Slipway added to it: $(nginx_says)"
  fi
  rm -rf "$from/front" && mkdir "$from/front" || return 1
  for file in "$2" "$former_front" "$state/front/$3.conf"; do
    if [ -e "$file" ]; then cp -p "$file" "$from/front/$(basename "$file")" || return 1; fi
  done
  # Stays until nginx has read the file, so that whoever dies in between is made good by the next.
  pending=
  [ ! -e "$state/nginx-reload" ] || pending=yes
  : >"$state/nginx-reload" || return 1
  front_program write "$3" || return 1
  install_file "$from/program/$1" "$2" 644 && rm -f "$former_front" || return 1
  out_of_order=
  if nginx -T >"$from/nginx.log" 2>&1 && grep -qF "configuration file $2" "$from/nginx.log"; then
    said=$(front_program check "$3")
    if [ $? -ne 2 ]; then
      if systemctl is-active -q nginx; then
        systemctl reload nginx >&2 || return 1
        await_listener "$3"
      fi
      rm -f "$state/nginx-reload"
      return
    fi
    out_of_order=$said
  fi
  for file in "$2" "$former_front" "$state/front/$3.conf"; do
    kept=$from/front/$(basename "$file")
    if [ -e "$kept" ]; then install_file "$kept" "$file" 644; else rm -f "$file"; fi
  done
  # Unless somebody died before, and of that nginx does not know yet.
  [ -n "$pending" ] || rm -f "$state/nginx-reload"
  [ -z "$out_of_order" ] || fail front-before-default front "$out_of_order"
  said=$(nginx_says)
  [ -n "$said" ] || fail front-refused front "/etc/nginx/nginx.conf does not include $(dirname "$2")"
  nginx -t >/dev/null 2>&1 || said="$said (and the file could not be put back as it was)"
  evidence 'nginx -T' <"$from/nginx.log"
  fail front-refused front "nginx refuses Slipway's file beside the sites of this host: $said"
}
# A reload that nginx cannot follow it does not speak of: it goes on as before. That is so where it has one address of a port alone,
# and would have to take all of them beside that.
await_listener() { # PORT
  grep -qx "listen $1\( .*\)*;" "$state/front/$1.conf" || return 0
  tries=0
  until ss -ltnH "sport = :$1" | awk '{print $4}' | grep -qE '^(0\.0\.0\.0|\*):'; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail front-not-listening front "nginx listens on port $1 of single addresses \
($(ss -ltnH "sport = :$1" | awk '{print $4}' | words)), and by a reload it cannot come to listen on all beside them"
    sleep 0.1
  done
}
nginx_says() { sed -n 's/^.*\[emerg\] *//p' "$from/nginx.log" | sed 's/^[0-9#]*: *//' | head -n 2 | paste -sd' ' -; }

# --- the front on 443, only where an app wants it ---

front_tls_path() { site_path zz-slipway-tls.conf; }
check_front_tls() {
  detail=$(front_tls_path)
  # An app without certificates leaves it to those that have some, and their version.
  [ -n "$front_tls" ] || return 0
  if is_front "$detail" "$front_tls" 443; then return 0; fi
  detail="write $(front_tls_path)$(awaiting nginx)"
  return 1
}
apply_front_tls() { put_front front-tls.conf "$(front_tls_path)" 443; }

# --- certificates: whom to ask, in a file that dehydrated's shell reads, so nothing gets in that is not looked at here ---

acme_said() { sed -n "s/^$1='\(.*\)'\$/\1/p" "$state/acme/config" 2>/dev/null; }
acme_config() {
  printf '# Made by Slipway'"'"'s setup-vm: what asks for the certificates of this host.\n'
  printf "BASEDIR='%s'\n" "$state/acme"
  printf "WELLKNOWN='%s'\n" "$state/challenges/.well-known/acme-challenge"
  printf "CA='%s'\n" "${acme_directory:-$(acme_said CA | grep . || echo https://acme-v02.api.letsencrypt.org/directory)}"
  printf "CONTACT_EMAIL='%s'\n" "${acme_email:-$(acme_said CONTACT_EMAIL)}"
  printf "KEY_ALGO='prime256v1'\n"
  # The one that is there belongs to the authority that is there.
  if [ -n "$acme_root" ] || { [ -e "$state/acme/root.pem" ] && [ "${acme_directory:-$(acme_said CA)}" = "$(acme_said CA)" ]; }; then
    printf "CURL_OPTS='--connect-timeout 20 --max-time 60 --cacert %s'\n" "$state/acme/root.pem"
  else
    printf "CURL_OPTS='--connect-timeout 20 --max-time 60'\n"
  fi
}
acme_root_text() { printf '%s' "$acme_root" | tr -- -_ +/ | awk '{while (length($0) % 4) $0 = $0 "="; print}' | base64 -d; }
acme_is_sound() {
  printf '%s\n' "$acme_email" | grep -qxE '([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,200})?' || return 1
  [ -z "$acme_directory" ] || printf '%s\n' "$acme_directory" | grep -qxE 'https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?' || return 1
}
check_acme() {
  acme_is_sound || refuse 'not an address or a URL: acme-email, acme-directory'
  detail="from $(acme_config | sed -n "s/^CA='\(.*\)'\$/\1/p")"
  [ "$(cat "$state/acme/config" 2>/dev/null)" = "$(acme_config)" ] && [ "$(stat -c '%U %a' "$state/acme/config")" = 'root 600' ] &&
    { [ -z "$acme_root" ] || [ "$(cat "$state/acme/root.pem" 2>/dev/null)" = "$(acme_root_text)" ]; } && return 0
  detail="get certificates $detail$(awaiting dehydrated)"
  return 1
}
apply_acme() {
  if [ -n "$acme_root" ]; then
    acme_root_text >"$from/acme-root" && install_file "$from/acme-root" "$state/acme/root.pem" 644 || return 1
  fi
  acme_config >"$from/acme-config" && install_file "$from/acme-config" "$state/acme/config" 600
}
