import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codes, refused } from '../host/bad-input/refusal'
import type { ActionOptions, ActionRun } from '../host/harness/action'
import { faultProxy, type FaultProxy } from './harness/fault-proxy'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'

let registry: RunningRegistry
let proxy: FaultProxy
let buildkit: RunningBuildKit
let config: RunnerConfig
const repositories: ImageRepository[] = []
let projects = 0

beforeAll(async () => {
  [registry, buildkit] = await Promise.all([startRegistry(), startBuildKit()])
  proxy = await faultProxy(registry.address)
  config = await runnerConfig(buildkit.address)
})
beforeEach(() => proxy.set(() => null))
afterAll(async () => {
  await Promise.all([registry.stop(), proxy.close(), buildkit.stop(), config.remove()])
  for (const repository of repositories) repository.remove()
})

interface Project {
  readonly repository: ImageRepository
  /** Names in the registry. */
  readonly web: string
  readonly worker: string
  run(options?: ActionOptions): Promise<ActionRun>
}

/** Two services that are built, one that runs the same as one of them, and one of somebody else. */
async function project(files: Readonly<Record<string, string | undefined>> = {}): Promise<Project> {
  const name = `ada/project-${++projects}`
  const compose = `services:
  web:
    image: ${proxy.address}/${name}-web:\${VERSION:?which version}
    build:
      context: web
      args: { VERSION: "\${VERSION}" }
  migrate:
    image: ${proxy.address}/${name}-web:\${VERSION}
    command: [migrate]
  worker:
    image: ${proxy.address}/${name}-worker:\${VERSION}
    build: worker
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: "\${POSTGRES_PASSWORD:?needed where it runs}" }
`
  const repository = await imageRepository('', config.env, {
    'compose.yaml': compose,
    'web/Dockerfile': `FROM scratch\nCOPY main.sh /\nARG VERSION\nENV VERSION=$VERSION\n`, 'web/main.sh': 'echo web\n',
    'worker/Dockerfile': 'FROM scratch\nCOPY main.sh /\n', 'worker/main.sh': 'echo worker\n', ...files,
  })
  repositories.push(repository)
  repository.write({ Dockerfile: undefined })
  await repository.commit('services alone')
  return { repository, web: `${name}-web`, worker: `${name}-worker`, run: async (options = {}) => await repository.run({ ...options, inputs: { image: '', ...options.inputs } }) }
}

const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'

async function tagsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { tags } = await (await fetch(`http://${registry.address}/v2/${name}/tags/list`)).json() as { tags?: string[] | null }
  return Object.fromEntries(await Promise.all((tags ?? []).map(async (tag) => {
    const { headers } = await fetch(`http://${registry.address}/v2/${name}/manifests/${tag}`, { method: 'HEAD', headers: { accept } })
    return [tag, headers.get('docker-content-digest') ?? '']
  })))
}

function good(run: ActionRun, status = 'pushed'): ActionRun {
  if (run.code !== 0) throw new Error(run.log)
  expect(run.outputs).toMatchObject({ status, changed: String(status === 'pushed') })
  return run
}

const imagesOf = (run: ActionRun): Record<string, string> => JSON.parse(run.outputs['images'] ?? '{}') as Record<string, string>
const groups = (run: ActionRun): readonly string[] => [...run.log.matchAll(/^::group::(.*)$/gm)].map(([, title = '']) => title.replace(/ build by .*/, '')).toSorted()

function registryFiles(): readonly string[] {
  return readdirSync(registry.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return `${path} ${statSync(path).mtimeMs} ${readFileSync(path).length}`
  }).toSorted()
}

describe('the services of a Compose file', () => {
  it('that are built are pushed, each image once, under the tags of the version', async () => {
    const { repository, web, worker, run } = await project()
    await repository.git('tag', 'v1.4.2')
    const first = good(await run())
    const [ofWeb, ofWorker] = [await tagsOf(web), await tagsOf(worker)]
    const sha = `sha-${await repository.git('rev-parse', 'HEAD')}`
    for (const tags of [ofWeb, ofWorker]) expect(Object.keys(tags).toSorted()).toEqual(['1', '1.4', '1.4.2', 'latest', sha])
    expect(imagesOf(first)).toEqual({
      web: `${proxy.address}/${web}@${ofWeb['1.4.2']}`, migrate: `${proxy.address}/${web}@${ofWeb['1.4.2']}`, worker: `${proxy.address}/${worker}@${ofWorker['1.4.2']}`,
    })
    expect([first.outputs['image'], first.outputs['digest'], first.outputs['tags']?.split('\n')]).toEqual(['', '', [sha, '1.4.2', '1.4', '1', 'latest']])
    expect(groups(first)).toEqual(['web:', 'worker:'])
    expect(first.summary).toContain('## ✅ 2 images of v1.4.2 are in the registry')
    expect(first.summary).toMatch(/\n### `web, migrate`: ✅ .*\n[^]*\n#### Tags\n[^]*\n### `worker`: ✅ /)
    // The version stands for the variable that nobody gives.
    const { config: { digest } } = await (await fetch(`http://${registry.address}/v2/${web}/manifests/1.4.2`, { headers: { accept } })).json() as { config: { digest: string } }
    expect(await (await fetch(`http://${registry.address}/v2/${web}/blobs/${digest}`)).text()).toContain('VERSION=v1.4.2')
  })

  it('of a commit that is there push nothing; where one image is missing, that alone is built', async () => {
    const { repository, worker, run } = await project()
    const first = good(await run())
    const before = registryFiles()
    const second = good(await run(), 'unchanged')
    expect(registryFiles()).toEqual(before)
    expect(groups(second)).toEqual([])
    expect(second.summary).toContain('2 images')
    expect(second.summary).toContain('were in the registry already: nothing was pushed')
    expect(imagesOf(second)).toEqual(imagesOf(first))
    const tag = `sha-${await repository.git('rev-parse', 'HEAD')}`
    const { status } = await fetch(`http://${registry.address}/v2/${worker}/manifests/${(await tagsOf(worker))[tag]}`, { method: 'DELETE' })
    expect(status).toBe(202)
    const third = good(await run())
    expect(groups(third)).toEqual(['worker:'])
    expect(third.log).toContain('web: unchanged')
    expect(imagesOf(third)).toEqual(imagesOf(first))
  })

  it('without an image of their own are called after the input and the service', async () => {
    const name = `ada/named-${++projects}`
    const { run } = await project({ 'compose.yaml': 'services:\n  web: { build: web }\n  worker: { build: worker }\n' })
    const built = good(await run({ inputs: { image: `${registry.address}/${name}` } }))
    expect(Object.values(imagesOf(built)).map((reference) => reference.split('@')[0])).toEqual([`${registry.address}/${name}-web`, `${registry.address}/${name}-worker`])
  })

  it('of which one is built give the outputs of one', async () => {
    const { web, run } = await project({ 'compose.override.yaml': 'services:\n  worker: { build: !reset null }\n' })
    const built = good(await run())
    expect(built.outputs['image']).toBe(`${proxy.address}/${web}@${built.outputs['digest']}`)
    expect(Object.keys(imagesOf(built)).toSorted()).toEqual(['migrate', 'web'])
  })

  it('are built in a pull request, and nothing is pushed or asked', async () => {
    const { run } = await project()
    proxy.set(() => null)
    const built = await run({ ref: 'refs/pull/7/merge', event: 'pull_request' })
    expect([built.code, built.outputs['status'], built.outputs['images'], groups(built)]).toEqual([0, 'built', '{}', ['web:', 'worker:']])
    expect(proxy.asked).toEqual([])
  })

  it('are told of by a dry run, and by nothing else', async () => {
    const { repository, run } = await project()
    await repository.git('tag', 'v1.0.0')
    const before = registryFiles()
    const planned = good(await run({ inputs: { 'dry-run': 'true' } }), 'planned')
    expect(planned.log).toContain('web, migrate: web/Dockerfile would be built by rig')
    expect(planned.log).toContain('worker: latest would move: 1.0.0 is the highest of all')
    expect(registryFiles()).toEqual(before)
  })

  it('mount secrets that the file declares, by the step\'s variables', async () => {
    const { run } = await project({
      'worker/Dockerfile': 'FROM scratch\nCOPY busybox /bin/busybox\nRUN --mount=type=secret,id=npm ["/bin/busybox", "grep", "-q", "secretOfTheStep", "/run/secrets/npm"]\n',
      'worker/.dockerignore': '', 'compose.override.yaml': 'services: { worker: { build: { context: ., dockerfile: worker/Dockerfile, secrets: [npm] } } }\nsecrets: { npm: { environment: NPM_TOKEN } }\n',
    })
    const lacking = await run({ inputs: {} })
    expect(refused(lacking, 'build-secret-missing', 'the variable NPM_TOKEN is not given').properties).toMatchObject({ file: 'compose.override.yaml', line: '1' })
    const built = good(await run({ env: { NPM_TOKEN: 'secretOfTheStep' } }))
    expect(built.log).toContain('::add-mask::secretOfTheStep')
  })
})

describe('where something is wrong with one of them', () => {
  it('no version is of the others alone, all that is wrong is said at its line, and the next run builds what was missing', async () => {
    const { repository, web, worker, run } = await project({ 'worker/Dockerfile': 'FROM scratch\nCOPY nothing /\n' })
    await repository.git('tag', 'v1.0.0')
    const broken = await run()
    expect([broken.code, broken.outputs['status'], codes(broken)]).toEqual([1, 'failed', ['copy-missing']])
    expect(broken.annotations.find(({ level }) => level === 'error')?.properties).toMatchObject({ file: 'worker/Dockerfile', line: '2' })
    expect(Object.keys(await tagsOf(web))).toEqual([`sha-${await repository.git('rev-parse', 'HEAD')}`])
    expect(await tagsOf(worker)).toEqual({})
    expect(broken.summary).toContain('❌ 2 images of v1.0.0 are not all there: worker failed')
    expect(broken.summary).toMatch(/\| `1\.0\.0` \| ❌ not moved/)
  })

  it('in a pull request all are tried, and what is good is said to be', async () => {
    const { run } = await project({ 'worker/Dockerfile': 'FROM scratch\nCOPY nothing /\n' })
    const broken = await run({ ref: 'refs/pull/7/merge', event: 'pull_request' })
    expect([broken.code, broken.outputs['status'], codes(broken), groups(broken)]).toEqual([1, 'failed', ['copy-missing'], ['web:', 'worker:']])
    expect(broken.summary).toMatch(/### `web, migrate`: ✅ .* was built, and not pushed/)
    expect(broken.summary).toMatch(/### `worker`: ❌ .* was not built/)
  })

  it('a version that another commit has of one image is refused before any is built', async () => {
    const { repository, run } = await project()
    await repository.git('tag', 'v1.0.0')
    good(await run())
    repository.write({ 'compose.yaml': readFileSync(join(repository.path, 'compose.yaml'), 'utf8').replaceAll('-web:', '-site:') })
    await repository.commit('another image for web')
    await repository.git('tag', '--force', 'v1.0.0')
    const taken = await run()
    refused(taken, 'version-tag-taken', '1.0.0 is in the registry already')
    expect(groups(taken)).toEqual([])
  })

  it.each<[string, (path: string) => boolean]>([
    ['a line of the second may not be moved', (path) => path.endsWith('-worker/manifests/latest')],
    ['the version of the second may not be made', (path) => path.endsWith('-worker/manifests/1.0.1')],
    ['a line of the first may not be moved', (path) => path.endsWith('-web/manifests/1')],
    ['nothing of the second may be uploaded', (path) => path.includes('-worker/blobs/uploads')],
  ])('%s: red, all lines stand where they stood; a version of one alone, which this registry does not take away, is told of; the next run finishes', async (_title, matches) => {
    const { repository, web, worker, run } = await project()
    await repository.git('tag', 'v1.0.0')
    good(await run())
    const before = { web: await tagsOf(web), worker: await tagsOf(worker) }
    repository.write({ 'web/main.sh': 'echo web 2\n', 'worker/main.sh': `echo worker 2 ${_title}\n` })
    await repository.commit('second', 'v1.0.1')
    proxy.set(({ method, path }) => method !== 'GET' && method !== 'HEAD' && method !== 'DELETE' && matches(path) ? { kind: 'status', status: 403 } : null)
    const red = await run()
    expect([red.code, red.outputs['status']]).toEqual([1, 'failed'])
    const now = { web: await tagsOf(web), worker: await tagsOf(worker) }
    for (const line of ['1.0', '1', 'latest']) expect([now.web[line], now.worker[line]]).toEqual([before.web[line], before.worker[line]])
    const said = red.annotations.find(({ properties }) => properties['title'] === 'tags-incomplete')?.message ?? ''
    if ('1.0.1' in now.web && !('1.0.1' in now.worker)) {
      expect(said).toMatch(/worker:1\.0\.1/)
      expect(said).toMatch(/These do: .*web:1\.0\.1/)
    } else expect('1.0.1' in now.web).toBe('1.0.1' in now.worker)
    proxy.set(() => null)
    const next = good(await run())
    const after = { web: await tagsOf(web), worker: await tagsOf(worker) }
    const images = imagesOf(next)
    for (const tag of ['1.0.1', '1.0', '1', 'latest']) {
      expect([`${proxy.address}/${web}@${after.web[tag]}`, `${proxy.address}/${worker}@${after.worker[tag]}`]).toEqual([images['web'], images['worker']])
    }
  })

  it('each request of ours failing once heals', async () => {
    const { repository, web, worker, run } = await project()
    await repository.git('tag', 'v1.0.0')
    const seen = new Set<string>()
    proxy.set(({ agent, method, path }) => {
      const key = `${method} ${path}`
      if (agent.startsWith('buildkit') || seen.has(key)) return null
      seen.add(key)
      return { kind: 'cut' }
    })
    const healed = good(await run())
    for (const [service, name] of [['web', web], ['worker', worker]] as const) {
      const tags = await tagsOf(name)
      for (const tag of ['1.0.0', '1.0', '1', 'latest']) expect(`${proxy.address}/${name}@${tags[tag]}`).toBe(imagesOf(healed)[service])
    }
  })
})

describe('the work tree', () => {
  it('that differs from the commit is warned of, and only where a build sees it', async () => {
    const { repository, run } = await project({ 'web/.dockerignore': 'notes.txt\n', 'web/notes.txt': 'a\n' })
    for (const [file, text] of [['web/main.sh', 'echo changed\n'], ['web/notes.txt', 'changed\n'], ['compose.yaml', '']] as const) {
      if (text !== '') writeFileSync(join(repository.path, file), text)
    }
    const built = good(await run())
    const warnings = built.annotations.filter(({ level }) => level === 'warning')
    expect(warnings.map(({ message }) => message)).toEqual(['web: The work tree differs from the commit in `web/main.sh`: what is built is not what its tag says.'])
    expect(built.summary).toContain('The work tree differs from the commit in `web/main.sh`')
  })
})
