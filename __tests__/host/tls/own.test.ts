import { askSecurely, authority, redirectOf, type Authority } from '../harness/authority'
import type { ActionRun } from '../harness/action'
import { setUp, succeeded } from '../harness/deploy'
import { freshHost, type Host } from '../harness/hosts'
import { OwnAuthority, type OwnCertificate } from '../harness/own-authority'
import { errorsOf, TinyApp } from '../harness/tiny-app'
import type { Load } from '../../../rig/load.mjs'

const tls = { certificate: 'TLS_CERTIFICATE', key: 'TLS_KEY' }
let host: Host
let ca: Authority
let company: OwnAuthority
let app: TinyApp
let first: OwnCertificate
let second: OwnCertificate
beforeAll(async () => {
  ca = await authority()
  host = await freshHost('tls-own')
  company = await OwnAuthority.make()
  app = await TinyApp.on(host, 'own', { config: { tls: 'acme' } }, { inputs: ca.inputs })
  await ca.name(app.domain, host.address)
  succeeded(await app.push())
  first = await company.issue([app.domain])
  second = await company.issue([app.domain])
}, 300_000)
afterEach(() => app?.rest())
afterAll(() => {
  app?.[Symbol.dispose]()
  company?.[Symbol.dispose]()
})

const env = ({ certificate, key }: { certificate: string; key: string }): { env: Record<string, string> } =>
  ({ env: { TLS_CERTIFICATE: certificate, TLS_KEY: key } })
const shown = async (name = app.domain): Promise<string> => (await askSecurely(host, name, '/', company.root)).fingerprint
const secureLoad = (): Load => app.load({ port: 443, tls: { servername: app.domain, ca: [ca.root, company.root] } })
const unhurt = async (load: Load): Promise<void> => {
  const { failed, failures, ok } = await load.stop()
  expect({ failed, failures, some: ok > 0 }).toEqual({ failed: 0, failures: [], some: true })
}
/** SHA-256 of each certificate that is to be had from the host's files. */
const stored = (): Promise<string> => host.shell('for file in /var/lib/slipway/tls/store/*; do openssl x509 -noout -fingerprint -sha256 -in "$file" '
  + '| cut -d= -f2; done; stat -c "%U %G %a" /var/lib/slipway/tls/store/* | sort -u')

describe('a certificate of one\'s own', () => {
  it('takes the place of what an authority gave, under load', async () => {
    await app.release({ tag: 'v2', config: { tls } })
    const load = secureLoad()
    const run = succeeded(await app.push(env(first)))
    await unhurt(load)
    expect(shownText(run)).not.toContain(first.key.split('\n')[1])
    expect(await shown()).toBe(await fingerprint(first))
    expect(await redirectOf(host, app.domain)).toBe(`308 https://${app.domain}/`)
  })

  it('is changed by its secrets alone: the same release, under load', async () => {
    const load = secureLoad()
    const run = succeeded(await app.push(env(second)))
    await unhurt(load)
    expect(run.outputs).toMatchObject({ status: 'deployed', version: 'v2' })
    expect(await shown()).toBe(await fingerprint(second))
    expect((await stored()).split('\n')).toEqual(expect.arrayContaining([await fingerprint(second), 'root www-data 640']))
    // The one before is retired, and its key is gone with it.
    expect(await stored()).not.toContain(await fingerprint(first))
    expect((await app.push(env(second))).outputs['status']).toBe('unchanged')
  })

  it('comes back with the activation that had it when the next one is not proven, under load', async () => {
    const load = secureLoad()
    await app.release({ tag: 'v3', behaviour: { publicHealth: 503 } })
    const run = await app.push(env(await company.issue([app.domain])))
    await unhurt(load)
    expect(run.code).toBe(1)
    expect(errorsOf(run)).toContain(`GET https://${app.domain}/healthz answered 503 after the switch`)
    expect(await shown()).toBe(await fingerprint(second))
  })

  it('goes with a rollback to a release that had another: the authority\'s, still there, under load', async () => {
    const load = secureLoad()
    succeeded(await app.rollback('v1'))
    await unhurt(load)
    expect((await askSecurely(host, app.domain, '/', ca.root)).status).toBe(200)
    expect(await stored()).not.toContain(await fingerprint(second))
  })

  it('is refused when anything is wrong with it, all at once, and nothing is touched', async () => {
    const before = await app.state()
    const refused = async (given: { certificate: string; key: string }): Promise<string> => {
      const run = await app.push(env(given))
      expect(run.code).toBe(1)
      expect(await app.state()).toBe(before)
      for (const line of given.key.split('\n').slice(1, 3)) expect(shownText(run)).not.toContain(line)
      return errorsOf(run)
    }
    await app.release({ tag: 'v4', behaviour: {} })
    const past = await company.issue(['elsewhere.example.com'], -3)
    const said = await refused({ certificate: past.certificate, key: second.key })
    expect(said).toMatch(/key does not belong to the certificate.*has expired on \d{4}-\d\d-\d\d.*does not cover .*elsewhere\.example\.com/)
    expect(said).toMatch(/gh secret set TLS_CERTIFICATE < fullchain\.pem/)
    expect(await refused({ certificate: second.parts.toReversed().join(''), key: second.key })).toMatch(/number 2 in the file, and has to be the first/)
    expect(await refused({ certificate: second.key, key: second.certificate })).toMatch(/TLS_CERTIFICATE holds no certificate.*TLS_KEY holds no private key/)
    expect(await refused({ certificate: 'nonsense', key: 'nonsense' })).toMatch(/TLS_CERTIFICATE holds no certificate/)
    const gap = `${second.parts[0]}${company.root}`
    expect(await refused({ certificate: gap, key: second.key })).toMatch(/number 2 in the file is not who signed number 1/)
  })

  it('for a wildcard serves every name one label below it, except one that another app has', async () => {
    const apart = `apart.${app.domain}`
    const names = [app.domain, `*.${app.domain}`]
    await app.release({ tag: 'v5', behaviour: {}, config: { domain: names } })
    const soon = await company.issue(names, 20)
    const run = succeeded(await app.push(env(soon)))
    expect(run.log).toMatch(/certificate ends in (19|20) days/)
    expect(run.log).toMatch(/::warning .*the certificate of .* ends on .*: give a newer one as the secret TLS_CERTIFICATE/)
    expect(await shown(`any.${app.domain}`)).toBe(await fingerprint(soon))
    await expect(askSecurely(host, `a.b.${app.domain}`, '/', company.root)).rejects.toThrow()
    expect(await redirectOf(host, `any.${app.domain}`, '/x')).toBe(`308 https://any.${app.domain}/x`)

    using other = await TinyApp.on(host, 'exact', { config: { domain: apart, tls } }, { inputs: ca.inputs })
    const its = await company.issue([apart])
    succeeded(await other.push(env(its)))
    expect(await shown(apart)).toBe(await fingerprint(its))
    const told = async (name: string): Promise<unknown> => (JSON.parse((await askSecurely(host, name, '/', company.root)).body) as { version: string }).version
    expect([await told(apart), await told(`any.${app.domain}`)]).toEqual(['v1', 'v5'])
  })
})

describe('a site of somebody else on 443', () => {
  it('keeps its names, its certificate, and those who name nobody', async () => {
    const its = await company.issue(['legacy.example.org'])
    await host.shell(`cat >/etc/ssl/legacy.pem`, { input: its.certificate + its.key })
    await host.shell(`cat >/etc/nginx/sites-enabled/legacy; nginx -s reload`, { input:
      'server { listen 443 ssl; server_name legacy.example.org; ssl_certificate /etc/ssl/legacy.pem; ssl_certificate_key /etc/ssl/legacy.pem; '
      + 'return 200 legacy; }\n' })
    try {
      succeeded(await setUp(host, app.repository, { inputs: ca.inputs }))
      await app.release({ tag: 'v6' })
      succeeded(await app.push(env(await company.issue([app.domain, `*.${app.domain}`]))))
      expect((await askSecurely(host, 'legacy.example.org', '/', company.root)).body).toBe('legacy')
      expect(await host.shell('openssl s_client -connect 127.0.0.1:443 -noservername </dev/null 2>/dev/null | openssl x509 -noout -subject'))
        .toContain('legacy.example.org')
      expect((await askSecurely(host, app.domain, '/', company.root)).status).toBe(200)

      await app.release({ tag: 'v7', config: { domain: [app.domain, 'legacy.example.org'] } })
      const run = await app.push(env(await company.issue([app.domain, 'legacy.example.org'])))
      expect(run.code).toBe(1)
      expect(errorsOf(run)).toMatch(/The domain legacy\.example\.org belongs to a site .*: \/etc\/nginx\/sites-enabled\/legacy/)
    } finally {
      await host.shell('rm -f /etc/nginx/sites-enabled/legacy; nginx -s reload')
    }
  })
})

async function fingerprint({ certificate }: OwnCertificate): Promise<string> {
  const { X509Certificate } = await import('node:crypto')
  return new X509Certificate(certificate).fingerprint256
}

const shownText = (run: ActionRun): string => run.log.replace(/^::add-mask::.*$/gm, '') + run.summary + JSON.stringify(run.outputs)
