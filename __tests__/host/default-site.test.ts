import { readFileSync } from 'node:fs'
import { askSecurely, authority } from './harness/authority'
import { setUp, succeeded } from './harness/deploy'
import { freshHost, type Host } from './harness/hosts'
import { loadOn, untilSeen } from './harness/load'
import { OwnAuthority } from './harness/own-authority'
import { ask, asUser, errorsOf, TinyApp } from './harness/tiny-app'

const site = '/etc/nginx/sites-enabled/theirs'
const listed = '/var/lib/slipway/front/80.conf'
const tls = { certificate: 'TLS_CERTIFICATE', key: 'TLS_KEY' }
/** A reload says nothing of when nginx has come to listen where nobody listened before. */
const listening = 'end=$(($(date +%s) + 60)); until curl -so /dev/null http://127.0.0.1/; do [ $(date +%s) -lt $end ] || exit 1; sleep 0.1; done'
const said = '"host": "$host", "from": "$remote_addr", "scheme": "$scheme"'

// A host on which somebody's site answers for every name that no other site has, on both ports, and another by a pattern.
let host: Host
let app: TinyApp
let company: OwnAuthority
let before: readonly string[]
beforeAll(async () => {
  host = asUser(await freshHost('default', { image: 'ready' }), 'root')
  company = await OwnAuthority.make()
  const { certificate, key } = await company.issue(['nobody.example.net', 'shop.example.org', 'a.b.example.com'])
  await host.shell('cat >/etc/ssl/theirs.pem', { input: `${certificate}${key}` })
  await host.shell(`rm -f /etc/nginx/sites-enabled/default; cat >${site}; nginx -t; systemctl reload nginx; ${listening}`, { input: `server {
  listen 80 default_server;
  listen 443 ssl default_server;
  server_name _;
  ssl_certificate /etc/ssl/theirs.pem;
  ssl_certificate_key /etc/ssl/theirs.pem;
  default_type application/json;
  location / { return 200 '{"version": "theirs", ${said}}'; }
}
server {
  listen 80;
  server_name "~^tenant-(?<tenant>[a-z]+)\\.example\\.org$";
  location / { return 200 "tenant $tenant"; }
}
` })
  before = await theirs()
}, 300_000)
afterEach(() => app?.rest())
afterAll(async () => {
  app?.[Symbol.dispose]()
  company?.[Symbol.dispose]()
  await host?.remove()
})

/** What their sites answer, by each of the ways that lead to them. */
async function theirs(): Promise<readonly string[]> {
  const plain = ['nobody.example.net', 'shop.example.org', 'a.b.example.com', host.address, 'localhost', '_', 'tenant-ann.example.org']
  const secure = ['nobody.example.net', 'shop.example.org', 'a.b.example.com']
  return [
    ...(await Promise.all(plain.map(async (name) => (await ask(host, name, '/')).body))),
    ...(await Promise.all(secure.map(async (name) => (await askSecurely(host, name, '/', company.root)).body))),
    await host.shell("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | python3 -c 'import socket, sys; s = socket.create_connection((\"127.0.0.1\", 80)); s.sendall(sys.stdin.buffer.read()); print(s.makefile().read())' | tail -n 1"),
    await host.shell('curl -sk https://127.0.0.1/ || true'),
  ]
}
const version = async (name = app.domain): Promise<string | undefined> => (await ask(host, name, '/')).told.version
const secrets = async (names: readonly string[]): Promise<{ env: Record<string, string> }> => {
  const { certificate, key } = await company.issue(names)
  return { env: { TLS_CERTIFICATE: certificate, TLS_KEY: key } }
}
/** Resolves when no worker with the configuration of before is left, which might still take a connection. */
const settled = (): Promise<void> => app.until("! pgrep -x -a nginx | grep 'shutting down'")
/** nginx has read its files, and nobody is answered by those before any more. */
const reload = `nginx -t; before=$(pgrep -P $(systemctl show nginx -p MainPID --value)); systemctl reload nginx; end=$(($(date +%s) + 60))
  for pid in $before; do while [ -e /proc/$pid ]; do [ $(date +%s) -lt $end ] || exit 1; sleep 0.1; done; done`
/** Their site, with that in the place of its `location / {`, until it is `unchanged` again. */
const changed = (to: string): Promise<string> => host.shell(`cp -p ${site} /root/theirs; sed -i 's|location / {|${to}|' ${site}; ${reload}`)
async function unchanged(): Promise<void> {
  await host.shell(`cp -p /root/theirs ${site}; ${reload}`)
  expect(await theirs()).toEqual(before)
}
/** How many times nginx has read its files. */
const reloads = async (): Promise<number> => Number(await host.shell("journalctl -u nginx -o cat | grep -c '^Reloaded ' || true"))

describe('beside a site that answers for all names', () => {
  it('a setup and a first deploy take the names of the app, and only then, without dropping a request', async () => {
    const nobody = loadOn(host, { host: 'nobody.example.net', kept: 0 })
    app = await TinyApp.on(host, 'tls', { config: { tls: 'off' } })
    expect(await theirs()).toEqual(before)
    // It had these names too, and may still be what people use.
    expect(await version()).toBe('theirs')
    const load = app.load({ kept: 0 })
    const run = succeeded(await app.push())
    await untilSeen(load, 'v1')
    for (const [asking, versions] of [[load, ['theirs', 'v1']], [nobody, ['theirs']]] as const) {
      const counted = await asking.stop()
      expect({ failed: counted.failed, failures: counted.failures }).toEqual({ failed: 0, failures: [] })
      expect(Object.keys(counted.versions)).toEqual(versions)
    }
    expect(await app.serves()).toBe('v1 #1')
    expect(await theirs()).toEqual(before)
    expect(run.summary).toContain(`nginx was told of ${app.domain}: ${site} answers for names that no app has`)
  })

  it('a redeploy and a rollback do not reload nginx', async () => {
    const [count, load] = [await reloads(), app.load()]
    await app.release({ tag: 'v2' })
    succeeded(await app.push())
    succeeded(await app.rollback())
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(await reloads()).toBe(count)
    expect(count).toBeGreaterThan(0)
    expect(await theirs()).toEqual(before)
    expect(succeeded(await setUp(host, app.repository)).outputs['changed']).toBe('false')
  })

  it('names that come with https, wildcards and aliases are the app\'s by both ports, and the site keeps all others', async () => {
    const [wild, alias] = [`*.${app.domain}`, `www.${app.name}.example.org`]
    await app.release({ tag: 'v3', config: { domain: [app.domain, wild], aliases: [alias], tls } })
    succeeded(await setUp(host, app.repository))
    expect(await theirs()).toEqual(before)
    const given = await secrets([app.domain, wild, alias])
    const dry = succeeded(await app.push({ ...given, inputs: { 'dry-run': 'true' } }))
    expect(dry.log).toContain(`list _.${app.domain}, ${alias} in ${listed}, reload nginx`)
    expect(await theirs()).toEqual(before)
    succeeded(await app.push(given))
    for (const name of [app.domain, `any.${app.domain}`]) {
      expect((await askSecurely(host, name, '/', company.root)).body).toContain('"version": "v3"')
    }
    expect((await askSecurely(host, alias, '/x', company.root)).headers['location']).toBe(`https://${app.domain}/x`)
    expect(await version(`a.b.${app.domain}`)).toBe('theirs')
    expect(await theirs()).toEqual(before)
  })

  it('names that an app gives back are the site\'s again, on both ports', async () => {
    await app.release({ tag: 'v4', config: { domain: app.domain, aliases: [], tls: 'off' } })
    const load = loadOn(host, { host: `a.b.${app.domain}`, kept: 0 })
    succeeded(await app.push())
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect([await version(), await version(`any.${app.domain}`), await version(`www.${app.name}.example.org`)]).toEqual(['v4', 'theirs', 'theirs'])
    expect(await theirs()).toEqual(before)
    expect(await host.shell('cat /var/lib/slipway/front/443.conf')).not.toContain(app.domain)
  })

  it('are so too when the release with a new name does not prove itself, and no request is dropped', async () => {
    const domain = `new-${app.domain}`
    const [its, mine] = [loadOn(host, { host: domain, kept: 0 }), app.load({ kept: 0 })]
    await app.release({ tag: 'v5', config: { domain }, behaviour: { publicHealth: 500 } })
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/answered 500 after the switch/)
    expect([await version(domain), await version()]).toEqual(['theirs', 'v4'])
    for (const load of [its, mine]) {
      const { failed, failures } = await load.stop()
      expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    }
    expect(await host.shell(`cat ${listed}`)).not.toContain(domain)
    expect(await theirs()).toEqual(before)
  })

  it('are so too when the host program dies between the list and the proof', async () => {
    const path = '/usr/local/lib/slipway/host/slipway/front.py'
    await host.shell(`cp -p ${path} /root/front.py; sed -i '0,/^ *reloading.reload(_refused)$/s//                import sys; os._exit(9) if "session" in sys.argv else reloading.reload(_refused)/' ${path}; ! cmp -s ${path} /root/front.py`)
    const domain = `dead-${app.domain}`
    await app.release({ tag: 'v6', config: { domain }, behaviour: { publicHealth: 500 } })
    expect((await app.push()).code).toBe(1)
    await host.shell(`cp -p /root/front.py ${path}`)
    await app.untilFree()
    expect([await version(domain), await version()]).toEqual(['theirs', 'v4'])
    expect(await host.shell('ls /var/lib/slipway/nginx-reload 2>/dev/null || true')).toBe('')
    expect(await theirs()).toEqual(before)
  })

  it('a name that the site serves keeps leading there while a certificate is asked for: the site hands the question on, or it is refused', async () => {
    const ca = await authority()
    using secure = await TinyApp.on(host, 'acme', { config: { tls: 'acme' } }, { inputs: ca.inputs })
    await ca.name(secure.domain, host.address)
    const load = app.load({ host: secure.domain, kept: 0, redirects: true })
    for (const inputs of [{ 'dry-run': 'true' }, {}]) {
      const run = await secure.push({ inputs })
      expect(run.code).toBe(1)
      expect(errorsOf(run)).toMatch(new RegExp(`${site} answers for ${secure.domain}[^]*location \\^~ /\\.well-known/acme-challenge/`))
    }
    expect(await theirs()).toEqual(before)
    await changed('location ^~ /.well-known/acme-challenge/ { root /var/lib/slipway/challenges; } location / {')
    succeeded(await secure.push())
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(Object.keys(versions).toSorted()).toEqual(['redirected', 'theirs'])
    expect((await askSecurely(host, secure.domain, '/', ca.root)).body).toContain('"version": "v1"')
    await unchanged()
  })

  it('a name that the site has nothing for gets its certificate although the site does not know of the authority', async () => {
    const ca = await authority()
    using secure = await TinyApp.on(host, 'acme', { config: { tls: 'acme' } }, { inputs: ca.inputs })
    await ca.name(secure.domain, host.address)
    await changed(`if ($host = ${secure.domain}) { return 404; } location / {`)
    expect((await ask(host, secure.domain, '/')).status).toBe(404)
    succeeded(await secure.push())
    expect((await askSecurely(host, secure.domain, '/', ca.root)).body).toContain('"version": "v1"')
    expect(await host.shell('ls /var/lib/slipway/domains')).not.toMatch(/heard/)
    await unchanged()
  })

  it('a name that the site has by a pattern stays the site\'s', async () => {
    // What the dead run left to be told is told to whoever asks first.
    succeeded(await app.status())
    const state = await app.ownState()
    await app.release({ tag: 'tenant', config: { domain: 'tenant-ann.example.org' }, behaviour: {} })
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(new RegExp(`tenant-ann\\.example\\.org belongs to a site on this host that Slipway did not make: ${site}`))
    expect(await app.ownState()).toBe(state)
    expect(await theirs()).toEqual(before)
    await app.release({ tag: 'again', config: { domain: app.domain } })
  })

  it('an app without a domain is refused, and told whose requests it would take', async () => {
    const state = await app.ownState()
    await app.release({ tag: 'v7', config: { domain: undefined }, behaviour: {} })
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(new RegExp(`An app without a domain gets what names nobody else, and on this host ${site} answers that[^]*Write a domain`))
    expect(await app.ownState()).toBe(state)
    expect(await theirs()).toEqual(before)
    await app.release({ tag: 'v8', config: { domain: app.domain } })
  })

  it('is put right on a host whose front took all names, without dropping a request', async () => {
    const front = readFileSync('src/targets/host/program/front.conf', 'utf8').replace(/ {2}include \/var\/lib\/slipway\/front\/80\.conf;/,
      '  listen 80;\n  listen [::]:80;\n  server_name "" "~^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$";')
    await host.shell('cat >/etc/nginx/conf.d/slipway.conf; rm -r /etc/nginx/sites-enabled/zz-slipway* /var/lib/slipway/front; nginx -t; systemctl reload nginx', { input: front })
    await app.until(`curl -s -H 'Host: nobody.example.net' http://127.0.0.1/ | grep 'No app of this host'`)
    await settled()
    const load = app.load({ kept: 0 })
    const run = succeeded(await setUp(host, app.repository))
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(run.outputs['changed']).toBe('true')
    expect(await version()).toBe('v4')
    const plain = before.filter((answer) => !answer.includes('https'))
    expect((await theirs()).filter((answer) => !answer.includes('https'))).toEqual(plain)
    expect(await host.shell('ls /etc/nginx/conf.d/slipway.conf 2>&1 || true')).toMatch(/No such file/)
    expect(succeeded(await setUp(host, app.repository)).outputs['changed']).toBe('false')
  })
})

describe('a site that answers for all names because it is the first', () => {
  it.each([
    ['of its folder', '/etc/nginx/sites-enabled/theirs', 'listen 80;'],
    ['of nginx, in another folder', '/etc/nginx/conf.d/theirs.conf', 'listen 80; server_name first.example.org;'],
    ['at an address of its own', '/etc/nginx/sites-enabled/theirs', 'listen ADDRESS:80;'],
  ])('%s stays so', async (_, path, words) => {
    await host.shell(`rm -f ${site} /etc/nginx/conf.d/theirs.conf; cat >${path}; nginx -t; systemctl reload nginx`,
      { input: `server { ${words.replace('ADDRESS', host.address)} location / { return 200 '{"version": "theirs", ${said}}'; } }` })
    succeeded(await setUp(host, app.repository))
    const names = ['nobody.example.net', host.address]
    await app.until(`curl -s -H 'Host: nobody.example.net' http://${host.address}/ | grep theirs`)
    await settled()
    expect(await Promise.all(names.map((name) => version(name)))).toEqual(['theirs', 'theirs'])
    expect(await version()).toBe('v4')
    expect(await host.shell(`grep -c . ${listed}`)).not.toBe('0')
    expect(succeeded(await setUp(host, app.repository)).outputs['changed']).toBe('false')
  })

  it('is named when nginx reads it after the front, and nothing is changed', async () => {
    await host.shell(`rm -f ${site} /etc/nginx/conf.d/theirs.conf; cp -p /etc/nginx/nginx.conf /root/nginx.conf
      sed -i 's|^\\(\\s*\\)include /etc/nginx/sites-enabled/\\*;|&\\n\\1server { listen 80; server_name last.example.org; return 200 last; }|' /etc/nginx/nginx.conf; nginx -t; systemctl reload nginx`)
    const text = await host.shell(`cat ${listed}`)
    const run = await setUp(host, app.repository)
    expect(errorsOf(run)).toMatch(/nginx\.conf:\d+ answers on port 80 what names nobody, for it is the first one there[^]*listen 80 default_server/)
    expect(await host.shell(`cat ${listed}; nginx -t 2>&1`)).toContain(text)
    expect(await version()).toBe('v4')
    await host.shell('cp -p /root/nginx.conf /etc/nginx/nginx.conf; systemctl reload nginx')
  })
})

describe('Debian\'s own default site', () => {
  const install = `ln -sf ../sites-available/default /etc/nginx/sites-enabled/default; nginx -t; systemctl reload nginx`

  it('as it came is nobody\'s: the front takes all names, and an app may do without one', async () => {
    await host.shell(install)
    succeeded(await setUp(host, app.repository))
    await app.until(`curl -s -H 'Host: nobody.example.net' http://127.0.0.1/ | grep 'No app of this host'`)
    await settled()
    const other = await TinyApp.on(host, 'bare', { config: { domain: undefined } })
    succeeded(await other.push())
    expect([await version(host.address), await version()]).toEqual(['v1', 'v4'])
    // It has what names nobody, whoever comes later.
    await host.shell(`echo 'server { listen 80 default_server; return 200 late; }' >/etc/nginx/conf.d/late.conf; rm /etc/nginx/sites-enabled/default; nginx -t; systemctl reload nginx`)
    succeeded(await setUp(host, app.repository))
    await settled()
    expect(await version(host.address)).toBe('v1')
    await host.shell('rm /etc/nginx/conf.d/late.conf')
    await other.release({ tag: 'v2', config: { domain: other.domain } })
    succeeded(await other.push())
    other[Symbol.dispose]()
  })

  it('with pages of somebody is theirs', async () => {
    await host.shell(`${install}; echo '{"version": "page"}' >/var/www/html/index.html`)
    succeeded(await setUp(host, app.repository))
    await app.until(`curl -s -H 'Host: nobody.example.net' http://127.0.0.1/ | grep page`)
    await settled()
    expect([await version(host.address), await version()]).toEqual(['page', 'v4'])
  })
})
