# shellcheck shell=bash
# What the cluster consists of, and what its scripts agree on. Source it after needs.sh and service.sh; it defines `need_root`,
# `hand_over`, `open_room`, `in_room`, `start`, `running`, `signal`, `ready`, `healthy`, `need_cluster`, `kube` and `kubeconfig_of`.
# shellcheck disable=SC2034,SC2154 # names for who sources it; `cache`, `state` and `here` are of others

folder=$state/cluster
parts=(room etcd apiserver controllers scheduler containerd dns proxy kubelet)
# Of the hosts are 10.231.
node=rig bridge=slipway0
node_address=10.232.255.1 dns_address=10.232.255.53
pods=10.232.0.0/22 pods_gateway=10.232.0.1
services=10.233.0.0/16 first_service=10.233.0.1
api=127.0.0.1:16443 etcd=127.0.0.1:16379
# Sockets lie in it, whose paths are to be short.
volatile=/run/slipway-cluster

# Pods, their networks and file systems take root. The user's cache is used all the same.
need_root() {
  [ "$(id -u)" != 0 ] || return 0
  exec sudo -- env "SLIPWAY_CACHE=$cache" "$0" "$@"
}

# hand_over FILE…: to who became root by need_root.
hand_over() {
  [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:${SUDO_GID:-}" "$@"
}

program_of() { if [ "$1" = room ]; then command -v unshare; else command -v nsenter; fi; }

running() { alive "$folder/$1.pid" "$(readlink -f "$(program_of "$1")")"; }

# The processes of a part itself are the children of what runs outside.
processes_of() { if running "$1"; then pgrep --parent "$(cat "$folder/$1.pid")"; fi; }

# signal NAME PART
signal() {
  local pid
  for pid in $(processes_of "$2"); do kill -s "$1" "$pid" 2>/dev/null || true; done
}

# The namespaces of processes and mounts that all parts are in. The network is this machine's.
open_room() {
  background "$folder/room.pid" "$folder/room.log" unshare --pid --mount --propagation private --fork --kill-child --mount-proc -- \
    "$here/room" "$volatile"
  await "$folder/room.log" 'The room of the cluster' in_room test -e "$volatile/furnished"
}

# in_room COMMAND…: in the folder of the cluster. What is entered is left with the room.
in_room() {
  # shellcheck disable=SC2016 # for the inner shell
  nsenter --target "$(processes_of room)" --pid --mount -- sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
}

# start PART COMMAND…
start() {
  local part=$1
  shift
  # shellcheck disable=SC2016 # for the inner shell
  background "$folder/$part.pid" "$folder/$part.log" nsenter --target "$(processes_of room)" --pid --mount -- \
    sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
}

# Anybody may ask this of the API server.
ready() { curl -sf --noproxy '*' --max-time 5 --cacert "$folder/pki/ca.pem" -o "$folder/answer" "https://$api/readyz"; }

# All that was started runs, and answers.
healthy() {
  local part
  for part in "${parts[@]}"; do running "$part" || return 1; done
  ready && curl -sf --noproxy '*' --max-time 5 -o "$folder/answer" http://127.0.0.1:10248/healthz
}

need_cluster() { healthy || die 'The cluster does not run.' 'Start it: script/rig up --cluster'; }

# kube ARGUMENT…: kubectl, as its administrator.
kube() { "$(cat "$folder/hyperkube")" kubectl --kubeconfig "$folder/admin.conf" "$@"; }

# kubeconfig_of USER TOKEN
kubeconfig_of() {
  cat <<YAML
apiVersion: v1
kind: Config
clusters: [{name: rig, cluster: {server: "https://$api", certificate-authority-data: $(base64 -w0 "$folder/pki/ca.pem")}}]
users: [{name: "$1", user: {token: "$2"}}]
contexts: [{name: rig, context: {cluster: rig, user: "$1"}}]
current-context: rig
YAML
}
