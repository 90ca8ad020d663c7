import { setUp, succeeded } from './harness/deploy'
import { freshHost, type Host } from './harness/hosts'
import { loadOn } from './harness/load'
import { ask, asUser, errorsOf, TinyApp } from './harness/tiny-app'

const available = '/etc/nginx/sites-available/shop'
const site = '/etc/nginx/sites-enabled/shop'
const takeOver = { inputs: { 'take-over': site } }

// An app as it ran before: under systemd, on a fixed port, behind a site of nginx that somebody wrote.
let host: Host
let app: TinyApp
const legacy = `import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        said = {'version': 'legacy'}
        if body:
            said['echo'] = json.loads(body)
        data = json.dumps(said).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    do_GET = do_POST = answer
    def log_message(self, *_):
        pass
ThreadingHTTPServer(('127.0.0.1', 8000), Handler).serve_forever()
`
const sited = (domain: string): string => `# The shop.
upstream shop_servers {
  server 127.0.0.1:8000;
}
server {
  listen 80;
  listen [::]:80;
  server_name ${domain};
  location / { proxy_pass http://shop_servers; proxy_http_version 1.1; proxy_set_header Host $host; }
}
`
beforeAll(async () => {
  host = asUser(await freshHost('takeover', { image: 'ready' }), 'root')
  app = await TinyApp.on(host, 'shop', { config: { shared: ['uploads'] } })
  await host.shell('cat >/srv/legacy.py', { input: legacy })
  await host.shell(`printf '[Service]\\nExecStart=/usr/bin/python3 /srv/legacy.py\\nUser=www-data\\nRestart=always\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/shop.service
    systemctl daemon-reload; systemctl enable -q --now shop`)
  await host.shell(`cat >${available}; ln -s ../sites-available/shop ${site}; nginx -t; systemctl reload nginx`, { input: sited(app.domain) })
  await app.until('curl -sf http://127.0.0.1:8000/')
  // It was there first: so what names nobody is its own too, and the front lists the names of apps.
  succeeded(await setUp(host, app.repository))
}, 300_000)
afterEach(() => app?.rest())
afterAll(async () => {
  app?.[Symbol.dispose]()
  await host?.remove()
})

/** All that belongs to the app as it ran before. */
const theirs = (): Promise<string> => host.shell(
  `find /etc/nginx /srv /etc/systemd/system/shop.service -printf '%p %u %g %m %y %l %T@\\n' | grep -v -e ' d ' -e conf.d/slipway | sort; cat ${available}; `
  + 'systemctl show shop -p MainPID -p NRestarts -p ActiveState -p UnitFileState; ls -A /var/lib/slipway/taken-over/* 2>/dev/null || true')
const version = async (): Promise<string | undefined> => (await app.ask()).told.version

describe('an app that runs under systemd behind a site of nginx', () => {
  it('keeps its name unless that is asked for, and is told how', async () => {
    const before = await theirs()
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(new RegExp(`belongs to a site on this host that Slipway did not make: ${site}`))
    expect(errorsOf(run)).toContain(`take-over: ${site}`)
    expect([await theirs(), await version()]).toEqual([before, 'legacy'])
  })

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['another name', 's/server_name .*/server_name other.example.com;/', /sites-enabled\/shop:8 names other\.example\.com, and the app is/],
    ['one name more', 's/server_name \\(.*\\);/server_name \\1 other.example.com;/', /:8 names other\.example\.com/],
    ['a pattern', 's/server_name .*/server_name *.example.com;/', /:8 names \*\.example\.com/],
    ['another directive', '1a limit_req_zone $binary_remote_addr zone=x:1m rate=1r/s;', /:2 holds `limit_req_zone`, which other sites may need/],
    ['a port that we do not have', 's/listen 80;/listen 8443;/', /:6 listens on 8443, where Slipway does not/],
    ['no name', '/server_name/d', /:5 begins a server without a server_name/],
  ]
  it.each(refused)('is not taken over when its file has %s', async (_, change, words) => {
    await host.shell(`cp -p ${available} /root/kept; sed -i '${change}' ${available}; nginx -t`)
    const before = await theirs()
    const run = await app.push(takeOver)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(words)
    expect(await theirs()).toBe(before)
    await host.shell(`cp -p /root/kept ${available}`)
  })

  it.each(['/etc/nginx/sites-enabled/none', '/etc/nginx/nginx.conf', '/etc/nginx/sites-enabled/zz-slipway.conf', '/etc/nginx/../passwd', '/etc/shadow', 'shop'])(
    'is not taken over by the name of %s', async (path) => {
      const before = await theirs()
      const run = await app.push({ inputs: { 'take-over': path } })
      expect(run.code).toBe(1)
      expect(errorsOf(run)).toMatch(/does not include|refuses the field takeOver/)
      expect([await theirs(), await version()]).toEqual([before, 'legacy'])
    })

  it('is told in a dry run what would be moved where', async () => {
    const before = await theirs()
    const run = succeeded(await app.push({ inputs: { ...takeOver.inputs, 'dry-run': 'true' } }))
    expect(run.log).toContain(`move ${site} to /var/lib/slipway/taken-over/${app.name}/sites-enabled.shop, reload nginx`)
    expect(await theirs()).toBe(before)
  })

  it('is back with all that it had when the release does not prove itself, and no request was dropped', async () => {
    const before = await theirs()
    await app.release({ tag: 'v2', behaviour: { publicHealth: 500 } })
    const load = loadOn(host, { host: app.domain, kept: 0 })
    const run = await app.push(takeOver)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/answered 500 after the switch/)
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(versions['legacy']).toBeGreaterThan(0)
    expect([await theirs(), await version()]).toEqual([before, 'legacy'])
  })

  it('is back when another site needs what its file holds', async () => {
    await host.shell(`printf 'server { listen 80; server_name blog.example.com; location / { proxy_pass http://shop_servers; } }\\n' >/etc/nginx/conf.d/zz-blog.conf; nginx -t; systemctl reload nginx`)
    const before = await theirs()
    await app.release({ tag: 'v3' })
    const run = await app.push(takeOver)
    expect(errorsOf(run)).toMatch(/nginx refuses its configuration without the site/)
    expect(run.log).toMatch(/host not found in upstream "shop_servers"/)
    await host.shell('rm /etc/nginx/conf.d/zz-blog.conf; systemctl reload nginx')
    expect([await theirs(), await version()]).toEqual([before.replace(/^.*zz-blog.*\n/m, ''), 'legacy'])
  })

  it.each(['before the move', 'between move and reload'])(
    'is settled when the host program dies %s', async (when) => {
      const [file, place] = when === 'before the move' ? ['cutover.py', 'taking_over.take(layout, take_over)'] : ['taking_over.py', 'reloading.reload(_refused)']
      const replaced = `__import__("os")._exit(9) if "session" in __import__("sys").argv else ${place}`
      const path = `/usr/local/lib/slipway/host/slipway/${file}`
      await host.shell(`cp -p ${path} /root/program.py; python3 -c 'import sys; p, a, b = sys.argv[1:]; t = open(p).read(); assert a in t; open(p, "w").write(t.replace(a, b, 1))' "$1" "$2" "$3"`
        .replace('"$1" "$2" "$3"', [path, place, replaced].map((word) => `'${word}'`).join(' ')))
      await app.release({ tag: when === 'before the move' ? 'v4' : 'v5', behaviour: { publicHealth: 500 } })
      const before = await theirs()
      const run = await app.push(takeOver)
      expect(run.code).toBe(1)
      await host.shell(`cp -p /root/program.py ${path}`)
      await app.untilFree()
      expect([await theirs(), await version()]).toEqual([before, 'legacy'])
    })

  it('is taken over at the cut-over: no new request fails, and kept connections are closed only between requests', async () => {
    const was = await host.shell('systemctl show shop -p MainPID; systemctl show nginx -p MainPID')
    await app.release({ tag: 'v6' })
    const fresh = loadOn(host, { host: app.domain, kept: 0, rate: 100 })
    const kept = loadOn(host, { host: app.domain, kept: 20, rate: 100 })
    const run = succeeded(await app.push(takeOver))
    const [one, two] = [await fresh.stop(), await kept.stop()]
    const closed = two.failures.filter(({ kind }) => kind === 'kept')
    const idle = closed.filter(({ request, error }) => request === 'idle' && error === 'closed by the server')
    const told = closed.filter(({ error }) => error === 'the answer says Connection: close')
    process.stderr.write(`      new: ${one.failed} of ${one.sent} failed; of 20 kept connections ${told.length} were told to close with an answer, ${idle.length} closed idle\n`)
    expect({ failed: one.failed, failures: one.failures }).toEqual({ failed: 0, failures: [] })
    expect(Object.keys(one.versions).toSorted()).toEqual(['legacy', 'v6'])
    // Every one of them at most once. A request and the end of its connection may cross on their way, when who asks is slow to read: then it is asked again.
    const crossed = closed.filter(({ request, error }) => request !== 'idle' && error === 'closed by the server')
    expect(two.failures.filter(({ kind }) => kind === 'new')).toEqual([])
    expect(closed.length - idle.length - told.length - crossed.length).toBe(0)
    expect(crossed.length).toBeLessThanOrEqual(4)
    expect(closed.length).toBeLessThanOrEqual(20)
    expect(await version()).toBe('v6')
    // The app as it was runs on, and is for its owner to end.
    expect(await host.shell('systemctl show shop -p MainPID; systemctl show nginx -p MainPID')).toBe(was)
    expect(run.summary).toMatch(/what it led to on port 8000 still runs \(shop\.service\), and nobody asks it any more: systemctl disable --now shop\.service/)
    expect(run.summary).toMatch(/was taken over, and is kept as/)
    expect(await host.shell(`ls ${site} 2>&1 || true; readlink /var/lib/slipway/taken-over/${app.name}/sites-enabled.shop`)).toMatch(/No such file[^]*\.\.\/sites-available\/shop/)
  })

  it('is like any other from then on, with the input and without, and has its files where `shared` is', async () => {
    await app.release({ tag: 'v7' })
    succeeded(await app.push(takeOver))
    succeeded(await app.rollback())
    expect(await version()).toBe('v6')
    expect(await host.shell(`ls ${site} 2>&1 || true`)).toMatch(/No such file/)
    await host.shell(`mkdir -p /srv/uploads/deep; echo photo >/srv/uploads/deep/1.txt; cp -a /srv/uploads/. /opt/${app.name}/shared/uploads/; chown -R app-${app.name}: /opt/${app.name}/shared/uploads`)
    const current = await host.shell(`readlink -f /opt/${app.name}/releases/v6-*`)
    expect(await host.shell(`runuser -u app-${app.name} -- sh -c 'cat ${current}/src/uploads/deep/1.txt; echo more >>${current}/src/uploads/deep/1.txt'`)).toBe('photo')
  })

  it('is gone back to by what the summary says', async () => {
    const load = loadOn(host, { host: app.domain, kept: 0 })
    await host.shell(`mv /var/lib/slipway/taken-over/${app.name}/sites-enabled.shop ${site} && nginx -t && systemctl reload nginx`)
    await app.until(`curl -s -H 'Host: ${app.domain}' http://127.0.0.1/ | grep legacy`)
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(await version()).toBe('legacy')
    expect((await ask(host, 'nobody.example.com', '/')).told.version).toBe('legacy')
  })
})
