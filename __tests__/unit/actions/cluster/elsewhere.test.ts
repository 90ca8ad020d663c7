import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chartAccess, type ChartLogin } from '../../../../src/actions/cluster/chart-access'
import { dependenciesOf } from '../../../../src/actions/cluster/dependencies'
import type { RepositoryFiles } from '../../../../src/config'

function filesOf(texts: Readonly<Record<string, string>>): RepositoryFiles {
  const paths = Object.keys(texts)
  return {
    read: async (path) => texts[path] ?? null,
    exists: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
    list: (folder) => [...new Set(paths.filter((one) => one.startsWith(`${folder}/`)).map((one) => one.slice(folder.length + 1).split('/')[0] ?? ''))],
  }
}

const chart = (...repositories: readonly string[]): string => `apiVersion: v2\nname: shop\ndependencies:\n${repositories.map((repository, index) => `- { name: d${index}, version: ^1, repository: '${repository}' }\n`).join('')}`
/** An empty lock stands for one that says what the chart lists. */
const locked = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, text === '' && path.endsWith('.lock') ? texts[path.replace(/lock$/, 'yaml')] ?? '' : text]))
const found = (texts: Readonly<Record<string, string>>) => dependenciesOf(filesOf(locked(texts)), 'deploy/chart')
const refusedWith = async (texts: Readonly<Record<string, string>>): Promise<string> => await found(texts).then((value) => JSON.stringify(value), (error: unknown) => (error as Error).message)

describe('what a chart depends on', () => {
  it.each<[string, Record<string, string>]>([
    ['on nothing', { 'deploy/chart/Chart.yaml': 'apiVersion: v2\nname: shop\n' }],
    ['on what is in charts/, as a folder and packed', { 'deploy/chart/Chart.yaml': chart('https://c.example.com', 'oci://r.example.com/c'), 'deploy/chart/charts/d0/Chart.yaml': '', 'deploy/chart/charts/d1-1.2.3.tgz': '' }],
    ['on what Helm will say cannot be read', { 'deploy/chart/Chart.yaml': 'dependencies: [' }],
  ])('%s: nothing is fetched', async (_, texts) => expect(await found(texts)).toBeNull())

  it('what is not there is fetched, and another chart whose name begins so does not stand for it', async () => {
    expect(await found({
      'deploy/chart/Chart.yaml': chart('https://c.example.com/', 'oci://r.example.com/c', 'file://../base', 'https://c.example.com'), 'deploy/chart/Chart.lock': '', 'deploy/base/Chart.yaml': '',
      'deploy/chart/charts/d0-more-1.2.3.tgz': '',
    })).toEqual({ missing: ['d0', 'd1', 'd2', 'd3'], local: [{ name: 'd2', folder: 'deploy/base' }], places: ['https://c.example.com', 'oci://r.example.com/c'] })
  })

  it('as soon as one is not there Helm has to know where all of them are', async () => {
    const texts = {
      'deploy/chart/Chart.yaml': chart('https://a.example.com', 'https://b.example.com', 'file://../base', ''), 'deploy/chart/Chart.lock': '', 'deploy/base/Chart.yaml': '',
      'deploy/chart/charts/d0-1.0.0.tgz': '', 'deploy/chart/charts/d2-1.0.0.tgz': '', 'deploy/chart/charts/d3/Chart.yaml': '',
    }
    expect(await found(texts)).toEqual({ missing: ['d1'], local: [{ name: 'd2', folder: 'deploy/base' }], places: ['https://a.example.com', 'https://b.example.com'] })
    expect(await refusedWith({ ...texts, 'deploy/chart/Chart.yaml': chart('@a', 'https://b.example.com') })).toMatch(/`d0` comes from `@a`, which is no URL/)
    const { 'deploy/chart/charts/d3/Chart.yaml': _, ...unpacked } = texts
    expect(await refusedWith({ ...unpacked, 'deploy/chart/charts/d3-1.0.0.tgz': '' })).toMatch(/`d3` names no repository and is packed in charts\//)
  })

  it('a folder that is packed has to have all that it depends on itself', async () => {
    const texts = { 'deploy/chart/Chart.yaml': chart('file://../base'), 'deploy/chart/Chart.lock': '', 'deploy/base/Chart.yaml': chart('https://c.example.com', 'oci://r.example.com/c') }
    const whole = { ...texts, 'deploy/base/charts/d0-1.0.0.tgz': '', 'deploy/base/charts/d1/Chart.yaml': '' }
    await expect(found({ ...texts, 'deploy/base/charts/d1/Chart.yaml': '' })).rejects.toMatchObject({
      code: 'dependency-missing', at: { file: 'deploy/base/Chart.yaml', line: 3 }, what: expect.stringContaining('`deploy/base`, which the release\'s chart depends on, needs `d0`,'),
      cure: 'Type `helm dependency update deploy/base`, and commit deploy/base/charts.',
    })
    expect(await found(whole)).toMatchObject({ missing: ['d0'], local: [{ folder: 'deploy/base' }], places: [] })
    // Packed in charts/ already, it is not packed again.
    expect(await found({ ...texts, 'deploy/chart/charts/d0-1.0.0.tgz': '' })).toBeNull()
  })

  it.each<[string, string]>([
    ['from elsewhere', chart('oci://evil.example.com/c')], ['beside those', chart('https://c.example.com', 'file://../../..')], ['none', 'dependencies: []'],
  ])('a lock that has them otherwise (%s) is refused, for Helm goes by it', async (_, lock) => {
    expect(await refusedWith({ 'deploy/chart/Chart.yaml': chart('https://c.example.com'), 'deploy/chart/Chart.lock': lock })).toMatch(/Chart\.lock has other charts, or has them from elsewhere/)
  })

  it('a folder of the runner is none of the commit', async () => {
    expect(await refusedWith({ 'deploy/chart/Chart.yaml': chart('file:///base'), 'deploy/chart/Chart.lock': '', 'deploy/chart/base/Chart.yaml': '' })).toMatch(/has no chart/)
  })

  it('charts of Helm 2\'s time have them elsewhere', async () => {
    expect(await found({ 'deploy/chart/Chart.yaml': 'apiVersion: v1', 'deploy/chart/requirements.yaml': chart('https://c.example.com'), 'deploy/chart/requirements.lock': '' })).toMatchObject({ places: ['https://c.example.com'] })
  })

  it.each([
    ['', /`d0` is in charts\/ neither as a folder nor as an archive/],
    ['file://../gone', /said to be in `deploy\/gone`, where this commit has no chart/],
    ['file://../../../outside', /said to be in `\.\.\/outside`/],
    ['@stable', /comes from `@stable`, which is no URL/],
    ['http://c.example.com', /which is not encrypted/],
    ['https://ada:secret@c.example.com', /with a user in it/],
  ])('from %s: refused', async (repository, said) => {
    const message = await refusedWith({ 'deploy/chart/Chart.yaml': chart(repository), 'deploy/chart/Chart.lock': '' })
    expect(message).toMatch(said)
    expect(message).not.toContain('secret@')
  })

  it('without a lock: refused, with the line', async () => {
    await expect(found({ 'deploy/chart/Chart.yaml': chart('https://c.example.com') })).rejects.toMatchObject({ code: 'dependency-unlocked', at: { file: 'deploy/chart/Chart.yaml', line: 3 }, cure: expect.stringContaining('helm dependency update deploy/chart') })
  })
})

describe('who asks for charts', () => {
  let folder = ''
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-access-')) })
  afterEach(() => rmSync(folder, { recursive: true }))
  const nobody: ChartLogin = { registry: null, registryUsername: null, registryPassword: null }
  const ada: ChartLogin = { ...nobody, registryUsername: 'ada', registryPassword: 'swordfish' }
  const access = (places: readonly string[], login = ada) => chartAccess(places, login, { HOME: folder, HELM_CONFIG_HOME: folder })
  const places = ['https://c.example.com/stable', 'oci://r.example.com:5000/c']

  it('the one host that there is gets the password, a repository and a registry alike', async () => {
    expect((await access(['https://c.example.com/stable'])).repositories).toMatchObject([{ url: 'https://c.example.com/stable', username: 'ada', password: 'swordfish' }])
    expect(JSON.parse((await access(['oci://r.example.com:5000/c'])).registryConfig ?? '')).toMatchObject({ auths: { 'r.example.com:5000': { auth: Buffer.from('ada:swordfish').toString('base64') } } })
  })

  it('of several hosts the one that is named, and no other', async () => {
    const { repositories, registryConfig } = await access(places, { ...ada, registry: 'r.example.com:5000' })
    expect(repositories).toMatchObject([{ username: '', password: '' }])
    expect(registryConfig).toContain('r.example.com:5000')
    await expect(access(places)).rejects.toMatchObject({ code: 'registry-login', cure: expect.stringContaining('`registry: c.example.com`') })
    await expect(access(places, { ...ada, registry: 'c.example.com.evil.example' })).rejects.toMatchObject({ code: 'registry-login' })
    await expect(access([])).rejects.toMatchObject({ code: 'registry-login', what: expect.stringContaining('all in this commit') })
  })

  it.each(['docker.io', 'registry-1.docker.io', 'index.docker.io'])('Docker Hub by its name %s is asked with what Helm looks for there', async (host) => {
    for (const registry of [null, 'docker.io', 'registry-1.docker.io']) {
      const { registryConfig } = await access([`oci://${host}/ada/c`], { ...ada, registry })
      expect(Object.keys((JSON.parse(registryConfig ?? '') as { auths: object }).auths)).toEqual(['https://index.docker.io/v1/'])
    }
    await expect(access([`oci://${host}.evil.example/c`], { ...ada, registry: host })).rejects.toMatchObject({ code: 'registry-login' })
  })

  it('else whom an earlier step has logged in, at that repository alone', async () => {
    writeFileSync(join(folder, 'repositories.yaml'), 'repositories:\n- { name: x, url: https://c.example.com/stable/, username: bob, password: two, insecure_skip_tls_verify: true }\n')
    const { repositories, registryConfig } = await access(['https://c.example.com/stable', 'https://c.example.com/other'], nobody)
    expect(repositories).toMatchObject([{ username: 'bob', password: 'two' }, { username: '', password: '' }])
    expect(JSON.stringify(repositories)).not.toContain('insecure')
    expect(registryConfig).toBeNull()
  })

  it('what it has left and nobody can read is told, and not asked without', async () => {
    writeFileSync(join(folder, 'repositories.yaml'), 'repositories: [')
    await expect(access(['https://c.example.com'], nobody)).rejects.toMatchObject({ code: 'registry-login', what: expect.stringContaining('repositories.yaml') })
  })
})
