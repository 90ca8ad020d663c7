import { must, run } from '../../host/harness/command'
import type { Host } from '../../host/harness/hosts'
import type { Obstacle } from '../place'

/** Bytes that a host whose memory runs short has left for whatever comes: a program or two more. */
const room = 40 << 20

/** Takes all that is left on the file system of a folder. */
export const full = (host: Host, home: string, what: 'bytes' | 'inodes'): Obstacle => async () => {
  const filler = `${home}/filler`
  await host.shell(what === 'bytes' ? `head --bytes=1G /dev/zero >${filler} 2>/dev/null || true` : `mkdir ${filler}; i=0; while touch ${filler}/$i 2>/dev/null; do i=$((i + 1)); done`)
  return async () => void (await host.shell(`rm -rf ${filler}`))
}

/**
 * Leaves a host little more memory than it uses: the kernel keeps it to that, and ends programs beyond it, and /proc/meminfo says it, which else
 * speaks of the machine that the host runs on.
 */
export const shortOfMemory = (host: Host): Obstacle => async () => {
  const container = `slipway-rig-${host.name}`
  // What is only kept of files goes by itself when there is no room.
  const used = Number(await host.shell(`group=$(grep -E '^[0-9]+:(memory)?:' /proc/1/cgroup | tail -n 1 | cut -d: -f3 | sed 's|/init.scope$||')
    old=/sys/fs/cgroup/memory$group; new=/sys/fs/cgroup$group
    all=$(cat $old/memory.usage_in_bytes 2>/dev/null || cat $new/memory.current)
    cat $old/memory.stat $new/memory.stat 2>/dev/null | awk -v all=$all '$1 ~ /^(total_cache|file)$/ { all -= $2 } $1 ~ /^(total_shmem|shmem)$/ { kept = $2 } END { printf "%d", all + kept }'`))
  const limit = used + room
  await must('docker', ['update', '--memory', String(limit), '--memory-swap', String(limit), container])
  await host.shell(`sed -E 's/^(MemTotal|MemFree|MemAvailable): .*/\\1: 0 kB/; s/^MemTotal:.*/MemTotal: ${limit >> 10} kB/; s/^(MemFree|MemAvailable):.*/\\1: ${room >> 10} kB/' /proc/meminfo >/run/meminfo
    mount --bind /run/meminfo /proc/meminfo`)
  return async () => {
    await run('docker', ['update', '--memory', String(64 * 2 ** 30), '--memory-swap', String(64 * 2 ** 30), container])
    await host.shell('umount /proc/meminfo 2>/dev/null || true; rm -f /run/meminfo')
  }
}

/** Somebody else listens on the ports that an app is given, and on those that it would be given next, and answers. */
export const takenPorts = (host: Host): Obstacle => async () => {
  await host.shell('cat >/run/foreign.py', { input: foreigner })
  await host.shell(`systemd-run --quiet --unit=foreign --property=Type=notify --property=NotifyAccess=all python3 /run/foreign.py`)
  return async () => void (await host.shell('systemctl stop foreign; rm -f /run/foreign.py'))
}

const foreigner = `
import http.server, os, socket, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')
    def log_message(self, *_):
        pass
known = [int(name) for name in os.listdir('/var/lib/slipway/ports') if name.isdigit()]
for port in [*known, *range(max(known, default=19999) + 1, max(known, default=19999) + 31)]:
    try:
        server = http.server.ThreadingHTTPServer(('0.0.0.0', port), Handler)
    except OSError:
        continue
    threading.Thread(target=server.serve_forever).start()
told = os.environ.get('NOTIFY_SOCKET', '')
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', told.replace('@', '\\0', 1))
`

/** Somebody has left a file of nginx's in the middle of writing it. */
export const brokenNginx = (host: Host): Obstacle => async () => {
  await host.shell(`echo 'server { lisssten 81; }' >/etc/nginx/conf.d/half-written.conf`)
  return async () => void (await host.shell('rm -f /etc/nginx/conf.d/half-written.conf'))
}

/** No answer comes from a port, nor a refusal. `to`: as iptables names who listens. */
export const unanswered = (host: Host, to: string): Obstacle => async () => {
  await host.shell(`iptables -I OUTPUT -p tcp ${to} -j DROP`)
  return async () => void (await host.shell(`iptables -D OUTPUT -p tcp ${to} -j DROP 2>/dev/null || true`))
}
