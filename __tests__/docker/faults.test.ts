import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'
import { faultProxy, type Asked, type Fault, type FaultProxy } from './harness/fault-proxy'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'
import type { ActionRun } from '../host/harness/action'

let registry: RunningRegistry
let proxy: FaultProxy
let buildkit: RunningBuildKit
let config: RunnerConfig
let repository: ImageRepository
/** Of v1.0.0, where all lines stand before each test. */
let before: ActionRun
let images = 0

beforeAll(async () => {
  [registry, buildkit] = await Promise.all([startRegistry(), startBuildKit()])
  proxy = await faultProxy(registry.address)
  config = await runnerConfig(buildkit.address)
  repository = await imageRepository('127.0.0.1:9/none', config.env, { Dockerfile: 'FROM scratch\nCOPY app /app\n' })
})
afterAll(async () => {
  await Promise.all([registry.stop(), proxy.close(), buildkit.stop(), config.remove()])
  repository.remove()
})

async function standing(name: string): Promise<Readonly<Record<string, string>>> {
  const { tags } = await (await fetch(`http://${registry.address}/v2/${name}/tags/list`)).json() as { tags?: string[] }
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
  return Object.fromEntries(await Promise.all((tags ?? []).map(async (tag) => {
    const { headers } = await fetch(`http://${registry.address}/v2/${name}/manifests/${tag}`, { method: 'HEAD', headers: { accept } })
    return [tag, headers.get('docker-content-digest') ?? '']
  })))
}

/** A repository of images in which 1.0.0 is, and a commit tagged 1.0.1 that is none yet. */
async function prepared(): Promise<string> {
  const name = `ada/faults-${++images}`
  proxy.set(() => null)
  await repository.git('tag', '--delete', ...(await repository.git('tag')).split('\n').filter(Boolean)).catch(() => '')
  repository.write({ 'app/main.sh': `echo ${name} 1.0.0\n` })
  await repository.commit('first', 'v1.0.0')
  before = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
  if (before.code !== 0) throw new Error(before.log)
  repository.write({ 'app/main.sh': `echo ${name} 1.0.1\n` })
  await repository.commit('second', 'v1.0.1')
  return name
}

const lines = ['1.0', '1', 'latest']

/** Healed: all of the set, one digest. Red: none of it moved, and the version is not there by half. */
async function wholeSet(name: string, run: ActionRun): Promise<'healed' | 'red'> {
  const now = await standing(name)
  if (run.code === 0) {
    expect(run.outputs['status']).toBe('pushed')
    for (const tag of ['1.0.1', ...lines]) expect([tag, now[tag]]).toEqual([tag, run.outputs['digest']])
    return 'healed'
  }
  expect(run.outputs['status']).toBe('failed')
  expect(run.annotations.filter(({ level }) => level === 'error').length).toBeGreaterThan(0)
  for (const tag of lines) expect([tag, now[tag]]).toEqual([tag, before.outputs['digest']])
  return 'red'
}

/** Requests of BuildKit, in a push of an image that is not there yet; all others are ours. */
const ofBuildKit = ({ agent }: Asked): boolean => agent.startsWith('buildkit')

describe('a fault at any request of a push', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['cut before it is heard', { kind: 'cut' }],
    ['its answer lost', { kind: 'lost' }],
    ['cut in the middle', { kind: 'half' }],
    ['HTTP 500', { kind: 'status', status: 500 }],
    ['HTTP 503', { kind: 'status', status: 503 }],
    ['HTTP 429', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
    ['late', { kind: 'delay', ms: 1500 }],
  ]

  it.each(faults)('%s: each of ours, the first time it is made, in one run', async (_title, fault) => {
    const name = await prepared()
    const seen = new Set<string>()
    proxy.set((asked) => {
      const key = `${asked.method} ${asked.path}`
      if (ofBuildKit(asked) || seen.has(key)) return null
      seen.add(key)
      return fault
    })
    const run = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
    if (run.code !== 0) throw new Error(run.log)
    expect(await wholeSet(name, run)).toBe('healed')
    // Manifests of four tags and of the commit's are read and written, and more is read besides.
    expect(seen.size).toBeGreaterThan(12)
  })

  it.each(faults)('%s: each of BuildKit\'s, one in a run', async (_title, fault) => {
    const name = await prepared()
    proxy.set(() => null)
    const clean = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
    expect(await wholeSet(name, clean)).toBe('healed')
    // An image that is pushed the second time takes a request less or more, so this goes on until there is none to fail.
    let reached = true
    let number = 0
    while (reached) {
      number++
      let passed = 0
      proxy.set((asked) => ofBuildKit(asked) && ++passed === number ? fault : null)
      const run = await repository.run({ inputs: { image: `${proxy.address}/${name}-${number}` } })
      if (run.code !== 0) throw new Error(`request ${number}, of ${JSON.stringify(proxy.asked.filter(ofBuildKit))}:\n${run.log}`)
      const now = await standing(`${name}-${number}`)
      for (const tag of ['1.0.1', ...lines]) expect([tag, now[tag]]).toEqual([tag, clean.outputs['digest']])
      reached = passed >= number
    }
    expect(number).toBeGreaterThan(6)
  }, 300_000)
})

describe('a fault that stays', () => {
  it.each<[string, (method: string, path: string) => boolean, number]>([
    ['one line may not be moved', (method, path) => method === 'PUT' && path.endsWith('/manifests/latest'), 403],
    ['the version may not be made', (method, path) => method === 'PUT' && path.endsWith('/manifests/1.0.1'), 403],
    ['nothing may be uploaded', (method, path) => method === 'POST' && path.includes('/blobs/uploads/'), 403],
    ['nobody is let in', () => true, 401],
    ['tags are not told', (_method, path) => path.includes('/tags/list'), 403],
  ])('%s: red, and no line has moved', async (_title, matches, status) => {
    const name = await prepared()
    proxy.set(({ method, path }) => matches(method, path) ? { kind: 'status', status } : null)
    const run = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
    expect(await wholeSet(name, run)).toBe('red')
    // And the next run finishes, where that is over.
    proxy.set(() => null)
    expect(await wholeSet(name, await repository.run({ inputs: { image: `${proxy.address}/${name}` } }))).toBe('healed')
  })

  it('an error that does not pass: red after several attempts, said with what stands where, and finished by the next run without building', async () => {
    const name = await prepared()
    proxy.set(({ method, path }) => method === 'PUT' && path.endsWith('/manifests/1') ? { kind: 'status', status: 500 } : null)
    const run = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
    expect(await wholeSet(name, run)).toBe('red')
    const said = run.annotations.find(({ properties }) => properties['title'] === 'tags-incomplete')?.message
    expect(said).toMatch(/1, latest do not stand for it/)
    expect(said).toMatch(/put back: 1\.0\./)
    expect(run.summary).toMatch(/\| `1\.0` \| ↩️ put back/)
    expect(proxy.asked.filter(({ method, path }) => method === 'PUT' && path.endsWith('/manifests/1')).length).toBeGreaterThan(3)
    proxy.set(() => null)
    const next = await repository.run({ inputs: { image: `${proxy.address}/${name}` } })
    expect(await wholeSet(name, next)).toBe('healed')
    expect(next.log).not.toContain('::group::build')
  })

  it('nobody listens: red, said so', async () => {
    const run = await repository.run({ inputs: { image: '127.0.0.1:9/ada/none' } })
    expect([run.code, run.outputs['status']]).toEqual([1, 'failed'])
    expect(run.annotations.at(-1)?.message).toMatch(/could not be asked.*ECONNREFUSED/s)
  })
})
