import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../host/harness/command'
import { codes, refused } from '../host/bad-input/refusal'
import type { ActionRun } from '../host/harness/action'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
const repositories: ImageRepository[] = []

beforeAll(async () => {
  [registry, buildkit] = await Promise.all([startRegistry(), startBuildKit()])
  config = await runnerConfig(buildkit.address)
})
afterAll(async () => {
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  for (const repository of repositories) repository.remove()
})

async function repositoryOf(name: string, files: Readonly<Record<string, string | undefined>> = {}): Promise<ImageRepository> {
  const repository = await imageRepository(`${registry.address}/${name}`, config.env, files)
  repositories.push(repository)
  return repository
}

/** What a tag stands for; null: there is none. */
async function digestOf(name: string, tag: string): Promise<string | null> {
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
  const answer = await fetch(`http://${registry.address}/v2/${name}/manifests/${tag}`, { headers: { accept } })
  return answer.status === 404 ? null : answer.headers.get('docker-content-digest')
}

async function tagsOf(name: string): Promise<readonly string[]> {
  const { tags } = await (await fetch(`http://${registry.address}/v2/${name}/tags/list`)).json() as { tags: string[] }
  return tags.toSorted()
}

function pushed(run: ActionRun, status = 'pushed'): ActionRun {
  if (run.code !== 0) throw new Error(run.log)
  expect(run.outputs).toMatchObject({ status, changed: String(status === 'pushed') })
  return run
}

const sha = (commit: string): string => `sha-${commit}`

describe('versions', () => {
  it('move the lines that they are the highest of, and no others', async () => {
    const name = 'ada/lines'
    const repository = await repositoryOf(name)
    const digests: Record<string, string> = {}
    const release = async (tag: string): Promise<ActionRun> => {
      repository.write({ 'app/main.sh': `echo ${tag}\n` })
      const commit = await repository.commit(tag, tag)
      const run = pushed(await repository.run())
      digests[tag] = run.outputs['digest'] ?? ''
      expect(await digestOf(name, sha(commit))).toBe(digests[tag])
      return run
    }
    const first = await release('v1.0.0')
    expect(first.outputs['tags']?.split('\n').slice(1)).toEqual(['1.0.0', '1.0', '1', 'latest'])
    await release('v1.1.0')
    const patch = await release('v1.0.1')
    expect(patch.outputs['tags']?.split('\n').slice(1)).toEqual(['1.0.1', '1.0'])
    expect(patch.summary).toMatch(/\| `latest` \| stays \| 1\.1\.0 is in Git and in the registry \|/)
    await release('v2.0.0-rc.1')
    const standing = Object.fromEntries(await Promise.all(['1.0.0', '1.0.1', '1.0', '1.1.0', '1.1', '1', 'latest', '2.0.0-rc.1'].map(async (tag) => [tag, await digestOf(name, tag)])))
    expect(standing).toEqual({
      '1.0.0': digests['v1.0.0'], '1.0.1': digests['v1.0.1'], '1.0': digests['v1.0.1'], '1.1.0': digests['v1.1.0'], '1.1': digests['v1.1.0'],
      '1': digests['v1.1.0'], 'latest': digests['v1.1.0'], '2.0.0-rc.1': digests['v2.0.0-rc.1'],
    })
    expect(await tagsOf(name)).not.toContain('2')
    expect(patch.summary).toMatch(/against `1\.0\.0`/)
  })

  it('that are there of another commit are not moved, and nothing is built for them', async () => {
    const name = 'ada/taken'
    const repository = await repositoryOf(name)
    await repository.git('tag', 'v1.0.0')
    const { outputs: { digest } } = pushed(await repository.run())
    await repository.commit('another')
    await repository.git('tag', '--force', 'v1.0.0')
    const run = await repository.run()
    refused(run, 'version-tag-taken', '1.0.0 is in the registry already', digest ?? '-', 'version of its own')
    expect(run.log).not.toContain('::group::build')
    expect(await digestOf(name, '1.0.0')).toBe(digest)
  })
})

describe('a commit', () => {
  it('is one digest in two clean builds, whatever the clock and the checkout say', async () => {
    // Layers that a builder has from another commit keep the times of that, so both begin with nothing.
    const [one, other] = await Promise.all([startBuildKit(), startBuildKit()])
    const [fresh, clean] = await Promise.all([runnerConfig(one.address), runnerConfig(other.address)])
    try {
      const repository = await repositoryOf('ada/once')
      const first = pushed(await repository.run({ env: fresh.env }))
      // A checkout of later, and a file that a runner has kept for years.
      await must('find', [repository.path, '-name', '*.sh', '-exec', 'touch', '-d', '2031-01-01', '{}', '+'])
      await must('touch', ['-d', '2001-01-01', join(repository.path, 'busybox')])
      const second = pushed(await repository.run({ inputs: { image: `${registry.address}/ada/twice` }, env: clean.env }))
      expect(second.log).not.toContain('CACHED')
      // Layer by layer, so that a difference shows where it is.
      expect(layersOf(second)).toEqual(layersOf(first))
      expect(second.outputs['digest']).toBe(first.outputs['digest'])
    } finally {
      await Promise.all([one.stop(), other.stop(), fresh.remove(), clean.remove()])
    }
  })

  it('that is there already is not built again and pushes nothing, also under its next name', async () => {
    const name = 'ada/unchanged'
    const repository = await repositoryOf(name)
    const first = pushed(await repository.run())
    expect(first.outputs['tags']?.split('\n')[1]).toBe('main')
    const before = registryFiles()
    const second = pushed(await repository.run(), 'unchanged')
    expect(registryFiles()).toEqual(before)
    expect(second.log).not.toContain('::group::build')
    expect(second.summary).toContain('was in the registry already: nothing was pushed')
    await repository.git('tag', 'v3.0.0')
    const third = pushed(await repository.run())
    expect(third.log).not.toContain('::group::build')
    expect(third.outputs['digest']).toBe(first.outputs['digest'])
    expect(await digestOf(name, 'latest')).toBe(first.outputs['digest'])
  })

  it('is built again when it is asked for otherwise', async () => {
    const repository = await repositoryOf('ada/otherwise', { Dockerfile: 'FROM scratch\nARG A\nCOPY app /app\nENV A=$A\n' })
    const first = pushed(await repository.run({ inputs: { 'build-args': 'A=1' } }))
    pushed(await repository.run({ inputs: { 'build-args': 'A=1' } }), 'unchanged')
    const second = pushed(await repository.run({ inputs: { 'build-args': 'A=2' } }))
    expect(second.outputs['digest']).not.toBe(first.outputs['digest'])
  })

  it('whose version is there does not get another image under that name, however it is built', async () => {
    const name = 'ada/version-otherwise'
    const repository = await repositoryOf(name, { Dockerfile: 'FROM scratch\nARG A\nCOPY app /app\nENV A=$A\n' })
    await repository.git('tag', 'v1.0.0')
    const first = pushed(await repository.run({ inputs: { 'build-args': 'A=1' } }))
    const second = await repository.run({ inputs: { 'build-args': 'A=2' } })
    expect([second.code, codes(second)]).toEqual([1, ['tags-incomplete', 'version-tag-taken']])
    for (const tag of ['1.0.0', '1.0', '1', 'latest']) expect(await digestOf(name, tag)).toBe(first.outputs['digest'])
  })

  it('that comes late does not turn its branch back', async () => {
    const name = 'ada/late'
    const repository = await repositoryOf(name)
    const older = await repository.git('rev-parse', 'HEAD')
    await repository.commit('newer')
    const newer = pushed(await repository.run())
    await repository.git('checkout', '--quiet', older)
    const late = pushed(await repository.run({ ref: 'refs/heads/main' }))
    expect(late.summary).toMatch(/\| `main` \| stays \| it stands at [0-9a-f]{12} already, which comes after this commit/)
    expect(await digestOf(name, 'main')).toBe(newer.outputs['digest'])
  })
})

describe('a pull request', () => {
  it('is built and pushes nothing, and asks no registry', async () => {
    const repository = await repositoryOf('ada/pull')
    const run = await repository.run({
      inputs: { image: '127.0.0.1:9/ada/pull' }, ref: 'refs/pull/7/merge', event: 'pull_request',
    })
    expect([run.code, run.outputs['status'], run.outputs['image'], run.outputs['tags']]).toEqual([0, 'built', '', ''])
    expect(run.log).toContain('built, and not pushed: this run is of a pull request')
  })

  it('is pushed as its number when it is to be', async () => {
    const repository = await repositoryOf('ada/pulled')
    pushed(await repository.run({ inputs: { push: 'true' }, ref: 'refs/pull/7/merge', event: 'pull_request' }))
    expect(await tagsOf('ada/pulled')).toEqual(['pr-7', expect.stringMatching(/^sha-/)])
  })
})

describe('a dry run', () => {
  it('says what would be, and does nothing', async () => {
    const repository = await repositoryOf('ada/dry')
    await repository.git('tag', 'v1.0.0')
    const before = registryFiles()
    const run = await repository.run({ inputs: { 'dry-run': 'true' } })
    expect([run.code, run.outputs['status'], run.outputs['changed']]).toEqual([0, 'planned', 'false'])
    expect(run.summary).toContain('Dockerfile would be built by rig')
    expect(run.summary).toContain('latest would move: 1.0.0 is the highest of all')
    expect(registryFiles()).toEqual(before)
    expect(run.log).not.toContain('::group::build')
  })
})

describe('what is wrong with the Dockerfile', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, string, RegExp | string, number | null]>([
    ['a step that fails', { Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\n\nRUN ["/bin/busybox", "false"]\n' }, 'build-failed', 'exit code: 1', 4],
    ['a word it does not know', { Dockerfile: 'FROM scratch\nCOPPY app /app\n' }, 'dockerfile-invalid', /COPPY/, 2],
    ['a file that is not there', { Dockerfile: 'FROM scratch\n\nCOPY nothing /\n' }, 'copy-missing', '`nothing`', 3],
    ['a file that .dockerignore hides', { '.dockerignore': '# all\n*\n!app\napp/*.sh\n', Dockerfile: 'FROM scratch\nCOPY app/main.sh /\n' },
      'dockerignore-hides', /line 4 of \.dockerignore.*`app\/\*\.sh`/, 2],
    ['none at all', { Dockerfile: undefined }, 'dockerfile-missing', 'nothing to build', null],
    ['two', { Dockerfile: undefined, 'api/Dockerfile': 'FROM scratch\n', 'web/Dockerfile': 'FROM scratch\n' }, 'dockerfile-several', '`api/Dockerfile`, `web/Dockerfile`', null],
  ])('%s', async (_title, files, code, words, line) => {
    const repository = await repositoryOf('ada/wrong')
    repository.write(files)
    await repository.commit('wrong')
    const run = await repository.run()
    const { properties } = refused(run, code, words)
    expect(properties).toMatchObject(line === null ? {} : { file: 'Dockerfile', line: String(line) })
    expect(codes(run)).toEqual([code])
  })
})

const layersOf = (run: ActionRun): unknown => (JSON.parse(run.outputs['report'] ?? '{}') as { layers?: unknown }).layers

/** Path, size and time of all that the registry holds. */
function registryFiles(): readonly string[] {
  return readdirSync(registry.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    return `${path} ${statSync(path).mtimeMs} ${readFileSync(path).length}`
  }).toSorted()
}
