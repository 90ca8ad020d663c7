import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActionOptions } from '../host/harness/action'
import { must } from '../host/harness/command'
import { succeeded } from '../host/harness/deploy'
import { ClusterApp } from './harness/cluster-app'
import { chartServer, type ChartServer } from './harness/chart-server'
import { freshNamespace, type Namespace } from './harness/cluster'
import { helmProgram } from './harness/helm'

const login = { 'registry-username': 'ada', 'registry-password': 'swordfish-of-the-charts' }
const map = (name: string, text: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { text: ${text} }\n`

/** A chart of the repository, and those that it is made of: of a folder beside it, of a repository and of a registry that want a password. */
describe.each([3, 4] as const)('Helm %i', (major) => {
  let folder: string
  let helm: string
  let server: ChartServer
  let namespace: Namespace
  let app: ClusterApp

  /** Packs a chart with one ConfigMap, and publishes it. */
  async function publish(name: string, text: string): Promise<void> {
    const chart = join(folder, name)
    mkdirSync(join(chart, 'templates'), { recursive: true })
    writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`)
    writeFileSync(join(chart, 'templates', 'map.yaml'), map(name, text))
    await must(helm, ['package', chart, '--destination', folder])
    server.publish(join(folder, `${name}-1.0.0.tgz`))
  }

  const up = ({ inputs = {}, env = {}, ...more }: ActionOptions = {}) => app.up({ inputs: { ...login, ...inputs }, env: { SSL_CERT_FILE: server.ca, HOME: folder, ...env }, ...more })
  const text = (name: string): Promise<string> => namespace.kubectl(['get', 'configmap', name, '--output', 'jsonpath={.data.text}'])
  const lists = (): string => `apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- { name: base, version: 1.0.0, repository: 'file://../base' }\n`
    + `- { name: cache, version: 1.0.0, repository: 'https://${server.host}' }\n- { name: mail, version: 1.0.0, repository: 'oci://${server.host}/charts' }\n`

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-elsewhere-'))
    helm = await helmProgram(major)
    server = await chartServer('ada', login['registry-password'])
    await publish('cache', 'one')
    await publish('mail', 'one')
    namespace = await freshNamespace(`elsewhere${major}`)
    app = await ClusterApp.ofChart(namespace, { helm: major })
    const files = { 'chart/Chart.yaml': lists(), 'base/Chart.yaml': 'apiVersion: v2\nname: base\nversion: 1.0.0\n', 'base/templates/map.yaml': map('base', 'one') }
    await app.release('v1.0.0', { files })
    // The lock as somebody makes it who has logged in.
    writeFileSync(join(folder, 'logins.json'), JSON.stringify({ auths: { [server.host]: { auth: Buffer.from(`ada:${login['registry-password']}`).toString('base64') } } }))
    const env = { SSL_CERT_FILE: server.ca, HELM_REGISTRY_CONFIG: join(folder, 'logins.json'), HELM_REPOSITORY_CONFIG: join(folder, 'repositories.yaml'), HELM_REPOSITORY_CACHE: join(folder, 'cache') }
    await must(helm, ['repo', 'add', 'ours', `https://${server.host}`, '--username', 'ada', '--password', login['registry-password']], { env: { ...process.env, ...env } })
    await must(helm, ['dependency', 'update', join(app.repository.path, 'chart')], { env: { ...process.env, ...env } })
    rmSync(join(app.repository.path, 'chart', 'charts'), { recursive: true })
    rmSync(join(folder, 'repositories.yaml'))
  }, 1_200_000)
  afterAll(async () => {
    app?.[Symbol.dispose]()
    await server?.[Symbol.asyncDispose]()
    await namespace?.remove()
    rmSync(folder, { recursive: true })
  })

  it('without a lock nothing is fetched, and it is said what to type', async () => {
    const [before, run] = [server.requests.length, await up()]
    expect(run.code).toBe(1)
    expect(run.log).toMatch(/dependency-unlocked[^]*`base`, `cache`, `mail`[^]*helm dependency update chart/)
    expect(server.requests).toHaveLength(before)
  })

  it('with one it is fetched by the login of the step, which is seen nowhere', async () => {
    await app.repository.commit('the lock', 'v1.1.0')
    const run = succeeded(await up())
    expect([await text('base'), await text('cache'), await text('mail')]).toEqual(['one', 'one', 'one'])
    expect(server.requests.filter((line) => line.endsWith(' 200'))).toEqual(expect.arrayContaining(['GET /index.yaml 200', 'GET /cache-1.0.0.tgz 200']))
    expect(run.log).not.toMatch(/^(?!::add-mask::).*swordfish-of-the-charts/m)
  })

  it('the same again is the same release, though what lies in the repository is packed anew', async () => {
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'unchanged' })
  })

  it('a chart that was published anew under its version is another release, and is not taken for the same', async () => {
    await publish('cache', 'two')
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'deployed', version: 'v1.1.0' })
    expect(await text('cache')).toBe('two')
  })

  it('one that is committed is what runs, whatever is fetched beside it', async () => {
    const charts = join(app.repository.path, 'chart', 'charts')
    mkdirSync(charts)
    copyFileSync(join(folder, 'cache-1.0.0.tgz'), join(charts, 'cache-1.0.0.tgz'))
    await app.repository.commit('one of them', 'v1.1.1')
    await publish('cache', 'three')
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'deployed', version: 'v1.1.1' })
    expect([await text('base'), await text('cache'), await text('mail')]).toEqual(['one', 'two', 'one'])
    await publish('cache', 'four')
    expect(succeeded(await up()).outputs).toMatchObject({ status: 'unchanged' })
    rmSync(charts, { recursive: true })
  })

  it('a folder beside it that lacks what it depends on itself', async () => {
    const base = 'apiVersion: v2\nname: base\nversion: 1.0.0\n'
    await app.release('v1.1.2', { files: { 'base/Chart.yaml': `${base}dependencies:\n- { name: cache, version: 1.0.0, repository: 'https://${server.host}' }\n` } })
    expect((await up()).log).toMatch(/dependency-missing[^]*`base`[^]*needs `cache`[^]*helm dependency update base/)
    await app.release('v1.1.3', { files: { 'base/Chart.yaml': base } })
  })

  it.each(['cache', 'mail'])('%s is gone where it came from', async (name) => {
    server.withdraw(name)
    const { log } = await up()
    expect(log).toMatch(/chart-not-found[^]*Chart\.lock of the chart in `chart`/)
    expect(log).not.toContain('`chart-version`')
    await publish(name, 'one')
  })

  it('a lock that is not of the chart\'s dependencies', async () => {
    await app.release('v1.2.0', { files: { 'chart/Chart.yaml': lists().replace('name: mail, version: 1.0.0', 'name: mail, version: 1.0.1') } })
    expect((await up()).log).toMatch(/dependency-unlocked[^]*Chart\.lock of the chart is not that of its dependencies/)
    await app.release('v1.2.1', { files: { 'chart/Chart.yaml': lists() } })
  })

  it('nobody\'s and a wrong password, and one for another host', async () => {
    expect((await up({ inputs: { 'registry-username': '', 'registry-password': '' } })).log).toMatch(/registry-unauthorized[^]*`registry-username`/)
    expect((await up({ inputs: { 'registry-password': 'wrong-password' } })).log).toMatch(/registry-unauthorized/)
    expect((await up({ inputs: { registry: 'ghcr.io' } })).log).toMatch(new RegExp(`registry-login[^]*registry: ${server.host}`))
  })

  it('whom an earlier step has logged in', async () => {
    const env = { HELM_REGISTRY_CONFIG: join(folder, 'logins.json'), HELM_REPOSITORY_CONFIG: join(folder, 'added.yaml') }
    writeFileSync(env.HELM_REPOSITORY_CONFIG, JSON.stringify({ repositories: [{ name: 'any', url: `https://${server.host}/`, username: 'ada', password: login['registry-password'] }] }))
    succeeded(await up({ inputs: { 'registry-username': '', 'registry-password': '', 'dry-run': 'true' }, env }))
  })

  it('a chart of a repository or a registry that wants a password', async () => {
    await publish('alone', 'one')
    const chart = { 'chart': 'alone', 'chart-repository': `https://${server.host}`, 'chart-version': '1.0.0', 'release-name': 'alone', 'images': '', 'dry-run': 'true' }
    await app.release('v1.3.0', { files: { 'slipway.yml': '{ app: alone, target: cluster }' } })
    expect(succeeded(await up({ inputs: chart })).log).toMatch(/ConfigMap alone: new/)
    expect(succeeded(await up({ inputs: { ...chart, 'chart': `oci://${server.host}/charts/alone:1.0.0`, 'chart-repository': '', 'chart-version': '' } })).log).toMatch(/ConfigMap alone: new/)
    expect((await up({ inputs: { ...chart, 'registry-password': 'wrong-password' } })).log).toMatch(/registry-unauthorized/)
    expect((await up({ inputs: { ...chart, 'chart-version': '9.9.9' } })).log).toMatch(/chart-not-found/)
  })
})
