import { askSecurely, authority, redirectOf, type Authority } from '../harness/authority'
import { setUp, succeeded } from '../harness/deploy'
import { errorsOf, TinyApp } from '../harness/tiny-app'
import { freshHost, type Host } from '../harness/hosts'
import type { Load } from '../../../rig/load.mjs'

let host: Host
let ca: Authority
let app: TinyApp
beforeAll(async () => {
  ca = await authority()
  host = await freshHost('tls-issued')
  app = await TinyApp.on(host, 'cert')
  succeeded(await app.push())
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const version = async (name = app.domain): Promise<string> => {
  const { status, body } = await askSecurely(host, name, '/', ca.root)
  return status === 200 ? (JSON.parse(body) as { version: string }).version : String(status)
}
const shown = async (name = app.domain): Promise<string> => (await askSecurely(host, name, '/', ca.root)).fingerprint
const secureLoad = (): Load => app.load({ port: 443, tls: { servername: app.domain, ca: ca.root } })
/** The run's own note of what it has in hand has come and gone. */
const timeless = (state: string): string => state.replace(/ \d+\.\d+ /g, ' ')
const names = (): Promise<string> => host.shell('cd /var/lib/slipway/tls/live; ls')

describe('an app that asks an authority for its certificate', () => {
  it('is refused, in words that help, on a host that was set up without', async () => {
    await app.release({ tag: 'v2', config: { tls: 'acme' } })
    const before = await app.ownState()
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toMatch(/not prepared for https[^]*Run setup-vm/)
    expect(await app.ownState()).toBe(before)
    expect(await host.shell('ss -ltnH "sport = :443"')).toBe('')
  })

  it('stays as it is while the authority refuses, and is told in its words', async () => {
    succeeded(await setUp(host, app.repository, { inputs: ca.inputs }))
    await ca.name(app.domain)
    const before = timeless(await app.ownState())
    const run = await app.push()
    expect(run.code).toBe(1)
    expect(run.outputs).toMatchObject({ status: 'failed', changed: 'false' })
    expect(errorsOf(run)).toMatch(new RegExp(`No certificate for ${app.domain}: .*(DNS|resolve|A/AAAA|record)`, 'i'))
    expect(errorsOf(run)).toContain(`dig +short ${app.domain}`)
    expect(timeless(await app.ownState())).toBe(before)
    expect(await app.serves()).toBe('v1 #1')
    expect(await app.remains(2)).toBe('')
    expect(await names()).toBe('')
  })

  it('is reached by plain http until the certificate is there, and then sent to https: no connection suffers', async () => {
    await ca.name(app.domain, host.address)
    const load = app.load({ redirects: true })
    const run = succeeded(await app.push())
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures, versions: Object.keys(versions).sort() }).toEqual({ failed: 0, failures: [], versions: ['redirected', 'v1'] })
    expect(run.outputs['url']).toBe(`https://${app.domain}`)
    expect(run.summary).toContain(`https://${app.domain}`)
    expect(await version()).toBe('v2')
    expect(await redirectOf(host, app.domain, '/a?b=1')).toBe(`308 https://${app.domain}/a?b=1`)
    expect((await askSecurely(host, app.domain, '/', ca.root)).headers['strict-transport-security']).toBeUndefined()
  })

  it('keeps it over the next releases, without asking anybody', async () => {
    await ca.name(app.domain)
    const [certificate, load] = [await shown(), secureLoad()]
    await app.release({ tag: 'v3', config: { hsts: '30d' } })
    succeeded(await app.push())
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures, versions: Object.keys(versions) }).toEqual({ failed: 0, failures: [], versions: ['v2', 'v3'] })
    expect(await shown()).toBe(certificate)
    expect((await askSecurely(host, app.domain, '/', ca.root)).headers['strict-transport-security']).toBe('max-age=2592000')
    const plain = await host.shell(`curl -si -H 'Host: ${app.domain}' http://127.0.0.1/`)
    expect(plain).toMatch(/^HTTP\/1.1 308/)
    expect(plain).not.toMatch(/strict-transport/i)
  })

  it('gets one for more names, some of which are only sent on', async () => {
    const [second, www] = [`second.${app.domain}`, `www.${app.domain}`]
    await Promise.all([app.domain, second, www].map((name) => ca.name(name, host.address)))
    await app.release({ tag: 'v4', config: { domain: [app.domain, second], aliases: [www] } })
    const load = secureLoad()
    succeeded(await app.push())
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] })
    expect([await version(), await version(second)]).toEqual(['v4', 'v4'])
    expect(await shown()).toBe(await shown(second))
    const { status, headers } = await askSecurely(host, www, '/x?y=1', ca.root)
    expect([status, headers['location']]).toEqual([308, `https://${app.domain}/x?y=1`])
    expect(await redirectOf(host, www)).toBe(`308 https://${www}/`)
    expect(await redirectOf(host, second)).toBe(`308 https://${second}/`)
  })

  it('goes back to the names and the certificate of the release before, and leaves no key of the others', async () => {
    const load = secureLoad()
    succeeded(await app.rollback())
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] })
    expect(await version()).toBe('v3')
    await expect(askSecurely(host, `second.${app.domain}`, '/', ca.root)).rejects.toThrow()
    expect(await redirectOf(host, `www.${app.domain}`)).toBe('404')
    expect(await names()).toBe(app.domain)
    expect(await host.shell('ls /var/lib/slipway/tls/store | wc -l')).toBe('1')
    expect(await host.shell('ls /var/lib/slipway/acme/certs /var/lib/slipway/challenges/.well-known/acme-challenge | grep -v : || true')).toBe('')
  })

  it('is asked for it again by a release that is there already, when it is gone', async () => {
    await host.shell('rm /var/lib/slipway/tls/issued/*')
    const status = await app.status()
    expect(status.log).toMatch(/record of the certificate .* is missing: deploy again/)
    await app.release({ tag: 'v5' })
    succeeded(await app.push())
    const before = await shown()
    await host.shell('rm /var/lib/slipway/tls/issued/*')
    const run = succeeded(await app.push())
    expect(run.outputs['status']).toBe('unchanged')
    expect(await version()).toBe('v5')
    expect(await host.shell('ls /var/lib/slipway/tls/issued | wc -l')).toBe('1')
    expect(before).toMatch(/^[0-9A-F:]+$/)
  })

  it('shows its plan: that it would ask, and for what', async () => {
    const more = `more.${app.domain}`
    await app.release({ tag: 'v6', config: { domain: [app.domain, more], aliases: [] } })
    const run = succeeded(await app.push({ inputs: { 'dry-run': 'true' } }))
    expect(run.log).toContain(`ask the certificate authority for ${app.domain}, ${more}`)
    expect(await version()).toBe('v5')
  })

  it('may go back to plain http, and no name is left with a certificate', async () => {
    await app.release({ tag: 'v7', config: { domain: app.domain, tls: 'off', hsts: undefined } })
    const run = succeeded(await app.push())
    expect(run.outputs['url']).toBe(`http://${app.domain}`)
    expect((await app.ask()).told.version).toBe('v7')
    await expect(askSecurely(host, app.domain, '/', ca.root)).rejects.toThrow()
    expect(await names()).toBe('')
  })
})

it('is set up once: a second time changes nothing, and whom to ask stays as it is when nobody says', async () => {
  await app.release({ tag: 'v8', config: { tls: 'acme' } })
  const config = await host.shell('cat /var/lib/slipway/acme/config; stat -c "%U %a" /var/lib/slipway/acme/config')
  expect(config).toContain(`CA='${ca.inputs['tls-directory']}'\nCONTACT_EMAIL='ops@example.com'`)
  expect(config).toMatch(/root 600$/)
  for (const inputs of [ca.inputs, {}]) {
    expect(succeeded(await setUp(host, app.repository, { inputs })).outputs['status']).toBe('unchanged')
  }
  const run = await setUp(host, app.repository, { inputs: { 'tls-directory': "https://ca.example/'$(id)" } })
  expect(errorsOf(run)).toMatch(/tls-directory is not an https URL/)
  expect(await host.shell('cat /var/lib/slipway/acme/config; stat -c "%U %a" /var/lib/slipway/acme/config')).toBe(config)
})

it('is refused for a fleet, before anything is connected to', async () => {
  const run = await app.push({ inputs: { hosts: `${host.line}\nroot@203.0.113.7` } })
  expect(run.code).toBe(1)
  expect(errorsOf(run)).toMatch(/on 2 hosts[^]*tls: \{ certificate: TLS_CERTIFICATE/)
})

it("never says a word of the account's key", async () => {
  const key = await host.shell('cat /var/lib/slipway/acme/accounts/*/account_key.pem | sed -n 2p')
  const run = await app.push()
  expect(run.code).toBe(0)
  expect(run.log).not.toContain(key)
})
