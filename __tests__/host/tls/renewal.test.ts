import { askSecurely, authority, type Authority } from '../harness/authority'
import { succeeded } from '../harness/deploy'
import { freshHost, type Host } from '../harness/hosts'
import { TinyApp } from '../harness/tiny-app'

let host: Host
let ca: Authority
let app: TinyApp
let first: string
beforeAll(async () => {
  // Time for a release or two, and an end that a test can wait for.
  ca = await authority(60)
  host = await freshHost('tls-renewal')
  app = await TinyApp.on(host, 'renew', { config: { tls: 'acme' } }, { inputs: ca.inputs })
  await ca.name(app.domain, host.address)
  succeeded(await app.push())
  first = await shown()
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => { app?.[Symbol.dispose]() })

const shown = async (): Promise<string> => (await askSecurely(host, app.domain, '/', ca.root)).fingerprint
/** Lets the timer's unit run again and again until a shell condition holds: it renews when two thirds of the life are over. */
const renewUntil = (condition: string): Promise<void> =>
  app.until(`systemctl reset-failed slipway-tls.service; systemctl start slipway-tls.service; ${condition}`, 90)
const record = (): string => `$(grep -lF '"${app.name}"' /var/lib/slipway/tls/issued/*.json)`

describe('certificates of what serves', () => {
  it('are looked after by a timer, from the setup on', async () => {
    expect(await host.shell('systemctl is-enabled slipway-tls.timer; systemctl is-active slipway-tls.timer')).toBe('enabled\nactive')
    expect(await host.shell('systemctl show slipway-tls.timer -p NextElapseUSecRealtime --value')).not.toBe('')
  })

  it('are left alone while they are young', async () => {
    const before = await shown()
    await host.shell('systemctl start slipway-tls.service')
    expect(await host.shell('journalctl -u slipway-tls.service -o cat')).toMatch(/nothing to do, \d+% of its life is left/)
    expect(await shown()).toBe(before)
  })

  it('are renewed in time, and nobody notices: kept connections neither', async () => {
    const before = await shown()
    const load = app.load({ port: 443, tls: { servername: app.domain, ca: ca.root } })
    await renewUntil(`grep '"past": \\["' ${record()}`)
    const { failed, failures } = await load.stop()
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] })
    expect(await shown()).not.toBe(before)
    expect(await app.history()).toHaveLength(3)
    // The one before is gone, and its key with it.
    expect(await host.shell(`grep -o '"pem": "[^"]*"' ${record()} | cut -d'"' -f4; ls /var/lib/slipway/tls/store`)).toMatch(/^(\w+)\n\1\.pem$/)
  })

  it('that cannot be renewed are spoken of by every run, with the words of the authority and the day', async () => {
    await ca.name(app.domain)
    await renewUntil('systemctl is-failed slipway-tls.service')
    const told = /::warning .*the certificate of .* ends on \d{4}-\d\d-\d\d, and could not be renewed on .*: No certificate for .*(DNS|resolve|A\/AAAA|record)/i
    const status = await app.status()
    expect(status.code).toBe(0)
    expect(status.log).toMatch(told)
    expect(status.summary).toMatch(/could not be renewed/)
    // What is left of it is long enough for a release that people wait for.
    await app.release({ tag: 'v2' })
    const run = succeeded(await app.push())
    expect(run.log).toMatch(/could not be renewed, and ends on/)
    expect(run.log).toMatch(told)
  })

  it('come with the next run once the cause is away, even if there is nothing else to do', async () => {
    await ca.name(app.domain, host.address)
    const before = await shown().catch(() => 'expired')
    const run = succeeded(await app.push())
    expect(run.outputs['status']).toBe('unchanged')
    expect(run.log).not.toMatch(/could not be renewed/)
    expect(await shown()).not.toBe(before)
  })

  it('stay as they were renewed when the release before comes back, and nobody notices', async () => {
    const before = await shown()
    const load = app.load({ port: 443, tls: { servername: app.domain, ca: ca.root } })
    succeeded(await app.rollback())
    const { failed, failures, versions } = await load.stop()
    expect({ failed, failures, versions: Object.keys(versions) }).toEqual({ failed: 0, failures: [], versions: ['v2', 'v1'] })
    // It may have been due again meanwhile; what the first release began with has expired long since.
    expect([before, await shown()]).not.toContain(first)
  })
})
