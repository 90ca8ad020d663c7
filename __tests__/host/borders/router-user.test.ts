import { succeeded } from '../harness/deploy'
import type { Host } from '../harness/hosts'
import { appsHost, errorsOf, TinyApp } from '../harness/tiny-app'

const decoy = '/run/decoy-of-tests.sock'
/** A socket that root alone is let in by, such as Docker's. It writes down who comes, and what is said. */
const decoyServer = `import os, socket
os.umask(0o177)
s = socket.socket(socket.AF_UNIX)
s.bind('${decoy}')
s.listen()
while True:
    c, _ = s.accept()
    c.settimeout(1)
    try:
        said = c.recv(100)
    except OSError:
        said = b''
    print('came', said, flush=True)
    c.close()
`
/** The app on a socket, after a while. */
const onSocket = `import os, socketserver, time
from http.server import BaseHTTPRequestHandler
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()
    def log_message(self, *_):
        pass
while not os.path.exists(os.environ['HOME'] + '/go'):
    time.sleep(0.05)
socketserver.ThreadingUnixStreamServer(os.environ['SOCKET'], Handler).serve_forever()
`
let host: Host
let app: TinyApp
beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'doors', { config: { rollout: { drain: '1s' } } })
  succeeded(await app.push())
  await host.shell('cat >/root/decoy.py', { input: decoyServer })
  await host.shell(`systemctl stop decoy 2>/dev/null || true; rm -f ${decoy} /root/decoy.log
    systemd-run -q --unit=decoy -p StandardOutput=append:/root/decoy.log python3 /root/decoy.py; until [ -S ${decoy} ]; do sleep 0.05; done`)
}, 300_000)
afterAll(async () => {
  await host?.shell(`systemctl stop decoy 2>/dev/null || true; rm -f ${decoy} /root/decoy.py`)
  app?.[Symbol.dispose]()
})

const visitors = (): Promise<string> => host.shell('cat /root/decoy.log')
const unit = (number: number): string => `slipway-router.${app.name}.${number}.service`
/** A line of Python of the installed program; `activation` is there. */
const asProgram = (number: number, line: string): Promise<string> => host.shell('python3 -I -', { input: `import sys
sys.path.insert(0, '/usr/local/lib/slipway/host')
from slipway import activation as acts, counting
from slipway.layout import Layout
activation = acts.load(Layout('${app.name}'), ${number})
print(${line})
` })

describe('what lies where an app or its router may write', () => {
  it('is a way to no socket of others: what a router has put in the place of its own', async () => {
    const door = `/opt/${app.name}/run/2/router/asked/web.1`
    await app.release({ tag: 'v2', files: { 'on-socket.py': onSocket },
      web: { listen: 'socket', start: 'python on-socket.py', health: { path: '/', timeout: '20s' } } })
    const run = await app.startPush()
    // Who has taken over the router, outside of its unit even: the app listens only when that is done.
    await app.until(`[ -S ${door} ]`)
    await host.shell(`runuser -u web-${app.name} -- ln -sfn ${decoy} ${door}; readlink ${door}; runuser -u app-${app.name} -- touch /opt/${app.name}/run/2/home/go`)
    const ended = await run.done
    expect(ended.code).toBe(1)
    expect(errorsOf(ended)).toMatch(/did not become healthy[^]*is no socket of its user's/)
    expect(await visitors()).toBe('')
    expect(await app.serves()).toBe('v1 #1')
  })

  it('is a way to no socket of others: what an app has put in the place of its own', async () => {
    await app.release({ tag: 'v3', web: { start: `ln -s ${decoy} "$SOCKET" && exec sleep 100`, health: { path: '/', timeout: '2s' } } })
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/did not become healthy/)
    expect(await visitors()).toBe('')
  })

  it('is not asked when another user listens behind it', async () => {
    const socket = `/opt/${app.name}/run/1/router/http.sock`
    expect(await asProgram(1, 'counting.ask(activation, "/requests")[0]')).toBe('200')
    // Only root could arrange that: given away, and yet its own.
    await host.shell(`mv ${socket} ${socket}.kept; systemctl stop decoy; rm ${decoy}; sed -i s:${decoy}:${socket}: /root/decoy.py
      systemd-run -q --unit=decoy -p StandardOutput=append:/root/decoy.log python3 /root/decoy.py; until [ -S ${socket} ]; do sleep 0.05; done; chown web-${app.name} ${socket}`)
    expect(await asProgram(1, 'counting.counted(activation, "errors")')).toBe('0')
    await host.shell(`systemctl stop decoy; mv ${socket}.kept ${socket}`)
    // It was knocked at, which shows who is there, and told nothing.
    expect(await visitors()).toBe("came b''")
    expect(await app.serves()).toBe('v1 #1')
  })
})

describe('what a router counts', () => {
  const folder = (): string => `/opt/${app.name}/run/1/counted`
  /** Its folder as the router's unit sees it. */
  const inside = async (script: string): Promise<string> => host.shell(
    `cd /proc/$(systemctl show -p MainPID --value ${unit(1)})/root${folder()} && ${script}`)
  /** A million answers take minutes. */
  const filled = (what: string): string =>
    `dd if=/dev/zero bs=1k count=1024 2>/dev/null | tr '\\0' '\\n' | dd of=${what}/count oflag=append conv=notrunc,nocreat 2>/dev/null || true`
  /** Requests to the router itself, over one connection; what it answered to them. */
  const flood = (count: number): Promise<string> => host.shell('python3 -I -', { input: `import collections, http.client, socket
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect('/opt/${app.name}/run/1/router/http.sock')
seen = collections.Counter()
connection = Connection('${app.domain}')
for _ in range(${count}):
    connection.request('GET', '/' + 'long' * 100)
    answer = connection.getresponse()
    answer.read()
    seen[answer.status] += 1
print(*seen.items())
` })

  it('is true to the request, and lies on no disk', async () => {
    // What it turned away in a long maintenance takes no room of theirs.
    await inside(filled('turned-away'))
    const before = Number(await asProgram(1, 'counting.counted(activation, "errors")'))
    await host.shell(`systemctl kill -s STOP slipway-app.${app.name}.1.web.1.service; systemctl stop slipway-app.${app.name}.1.web.1.service`)
    expect(await flood(5000)).toBe('(502, 5000)')
    expect(await asProgram(1, 'counting.counted(activation, "errors")')).toBe(String(before + 5000))
    expect(await host.shell(`find ${folder()} -type f; find /opt/${app.name}/run/1 -name '*.log'`)).toBe('')
  })

  it('has an end, beyond which nothing grows and the router answers on', async () => {
    await inside(filled('errors'))
    expect(await flood(6000)).toBe('(502, 6000)')
    expect(await inside('cat errors/count | wc -c')).toBe(String(1 << 20))
    expect(await asProgram(1, 'counting.words(counting.counted(activation, "errors"))')).toBe(`at least ${1 << 20}`)
    await host.shell(`systemctl start slipway-app.${app.name}.1.web.1.service`)
    await app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/healthz`)
  })

  it('begins anew with the router, together with the number of requests', async () => {
    await host.shell(`systemctl restart ${unit(1)}`)
    await app.until(`curl -sf -H 'Host: ${app.domain}' http://127.0.0.1/healthz`)
    expect(await asProgram(1, 'counting.counted(activation, "errors")')).toBe('0')
    expect(Number(await asProgram(1, 'counting.ask(activation, "/requests")[1].split()[9]'))).toBeLessThan(100)
  })

  it('tells a bake that the new one fails more often, and it is put back', async () => {
    await app.release({ tag: 'v4', web: { listen: 'port', start: 'python main.py', health: '/healthz' }, config: { rollout: { drain: '1s', bake: '10s' } } })
    const run = await app.startPush()
    // No number, so that the app drops the connection. All in one go: the bake does not wait for who asks.
    await host.shell(`until [ "$(readlink /opt/${app.name}/run/current.sock)" != 1/router/http.sock ]; do sleep 0.05; done
      for n in $(seq 20); do curl -s -o /dev/null -H 'Host: ${app.domain}' http://127.0.0.1/slow/none; done`)
    const ended = await run.done
    expect(errorsOf(ended)).toMatch(/\b20 of \d+ requests answered 5xx \(before: 0 of \d+\)/)
    expect(await app.serves()).toBe('v1 #1')
  })
})
