import { request, type IncomingHttpHeaders } from 'node:http'
import { setUp, succeeded } from './harness/deploy'
import type { Host } from './harness/hosts'
import { appsHost, errorsOf, TinyApp } from './harness/tiny-app'

type Headers = Readonly<Record<string, string>>
interface Told { readonly headers: Headers }

let host: Host
let app: TinyApp
/** As the host sees the machine that runs the tests. */
let here: string
beforeAll(async () => {
  host = await appsHost()
  app = await TinyApp.on(host, 'behind')
  succeeded(await app.push())
  here = (await told())['x-forwarded-for'] ?? ''
}, 300_000)
afterAll(() => { app?.[Symbol.dispose]() })

function ask(path: string, headers: Headers, name = app.domain): Promise<{ readonly headers: IncomingHttpHeaders; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: host.address, port: 80, path, headers: { host: name, ...headers }, agent: false, timeout: 120_000 }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
      response.on('end', () => { resolve({ headers: response.headers, body }) })
    }).on('error', reject).end()
  })
}
/** What the app is told of its client. */
const ofClient = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /forwarded|real-ip/.test(name)))
const told = async (headers: Headers = {}): Promise<Headers> => ofClient((JSON.parse((await ask('/headers', headers)).body) as Told).headers)
/** The front's processes: none is the same after a reload. */
const front = (): Promise<string> => host.shell('pgrep -P $(systemctl show nginx -p MainPID --value) | sort')

const said = {
  'x-forwarded-for': '198.51.100.6, 203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'www.example.com',
  'x-forwarded-port': '443', 'x-real-ip': '198.51.100.6', forwarded: 'for=198.51.100.6', 'x-forwarded-user': 'root',
  'slipway-forwarded-for': '198.51.100.6', 'slipway-forwarded-proto': 'https', 'slipway-forwarded-host': 'www.example.com',
}
const seen = (): Headers => ({ 'x-forwarded-for': here, 'x-real-ip': here, 'x-forwarded-proto': 'http', 'x-forwarded-host': app.domain })

describe('who asks', () => {
  it('is who has connected, whatever he says of himself', async () => {
    expect(here).toMatch(/^10\.231\.\d+\.\d+$/)
    expect(await told()).toEqual(seen())
    expect(await told(said)).toEqual(seen())
  })

  it('is who a trusted proxy says, from the release on that trusts it, and the front is not touched for that', async () => {
    const before = await front()
    await app.release({ tag: 'v2', config: { 'trusted-proxies': [`${here}/32`, '192.0.2.0/24'], hsts: '30d', aliases: [`www.${app.domain}`] } })
    succeeded(await setUp(host, app.repository))
    succeeded(await app.push())
    expect(await told(said)).toEqual({
      'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'www.example.com',
      'x-forwarded-port': '443', forwarded: 'for=198.51.100.6', 'x-forwarded-user': 'root',
    })
    expect(await told({ 'x-forwarded-for': '203.0.113.9, 192.0.2.7' })).toMatchObject({ 'x-forwarded-for': '203.0.113.9' })
    expect(await told()).toEqual(seen())
    expect(await front()).toBe(before)
  })

  it('is told to stay with https, and is redirected by it, when the proxy says that he came by it', async () => {
    const https = { 'x-forwarded-proto': 'https' }
    expect((await ask('/', https)).headers['strict-transport-security']).toBe(`max-age=${30 * 86_400}`)
    expect((await ask('/', {})).headers['strict-transport-security']).toBeUndefined()
    expect((await ask('/x', https, `www.${app.domain}`)).headers.location).toBe(`https://${app.domain}/x`)
    expect((await ask('/x', {}, `www.${app.domain}`)).headers.location).toBe(`http://${app.domain}/x`)
  })

  it('is who has connected when that is another than the proxy, whatever he says', async () => {
    const headers = Object.entries(said).map(([name, value]) => `-H '${name}: ${value}'`).join(' ')
    const body = await host.shell(`curl -s ${headers} -H 'Host: ${app.domain}' http://127.0.0.1/headers`)
    expect(ofClient((JSON.parse(body) as Told).headers)).toEqual({ ...seen(), 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' })
  })

  it('is who has connected again after a rollback', async () => {
    succeeded(await app.rollback())
    expect(await told(said)).toEqual(seen())
  })

  it('is who has connected behind a front of an earlier version too, where no proxy is trusted before setup-vm has brought a newer one', async () => {
    const conf = '/etc/nginx/sites-enabled/zz-slipway.conf'
    await host.shell(`sed -i '/Slipway-Forwarded/d' ${conf}; nginx -t; systemctl reload nginx`)
    await app.until(`! pgrep -x -a nginx | grep 'shutting down'`)
    expect(await told({ 'slipway-forwarded-for': '198.51.100.6', 'slipway-forwarded-proto': 'https', 'slipway-forwarded-host': 'www.example.com' })).toEqual(seen())
    const run = await app.push()
    expect(errorsOf(run)).toMatch(/zz-slipway\.conf is of an earlier version of Slipway[^]*Run setup-vm/)
    expect(await told(said)).toEqual(seen())
    expect(succeeded(await setUp(host, app.repository)).outputs['changed']).toBe('true')
    succeeded(await app.push())
    expect(await told(said)).toMatchObject({ 'x-forwarded-for': '203.0.113.9', 'x-forwarded-user': 'root' })
  })
})
