import { refused } from '../host/bad-input/refusal'
import type { ActionRun } from '../host/harness/action'
import { must } from '../host/harness/command'
import { startRegistry, type RunningRegistry } from './harness/programs'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'

let registry: RunningRegistry
let buildx: RunnerConfig
const repositories: ImageRepository[] = []
/** A docker that has no plugin. */
const bare = { DOCKER_CONFIG: '/nonexistent' }

beforeAll(async () => {
  [registry, buildx] = await Promise.all([startRegistry(), runnerConfig()])
})
afterAll(async () => {
  await Promise.all([registry.stop(), buildx.remove()])
  for (const repository of repositories) repository.remove()
})

async function repositoryOf(name: string, env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Promise<ImageRepository> {
  const repository = await imageRepository(`${registry.address}/${name}`, env, files)
  repositories.push(repository)
  return repository
}

const warnings = (run: ActionRun): string => run.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message).join('\n')

describe.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
  ['the Engine\'s own BuildKit', () => buildx.env, /The builder is the Docker Engine's own \(BuildKit 0\.\d+\): without caches elsewhere/],
  ['an Engine without Buildx', () => bare, /Buildx is not there, so the Docker Engine \d+\.\S+ builds: without secrets/],
])('%s', (title, env, missing) => {
  const name = title.includes('Buildx') ? 'ada/plain' : 'ada/own'

  it('builds, pushes and moves tags, and says what is missing', async () => {
    const repository = await repositoryOf(name, env())
    await repository.git('tag', 'v1.0.0')
    const run = await repository.run()
    if (run.code !== 0) throw new Error(run.log)
    expect(run.outputs).toMatchObject({ status: 'pushed', changed: 'true', image: expect.stringMatching(new RegExp(`^${registry.address}/${name}@sha256:[0-9a-f]{64}$`)) })
    expect(run.outputs['tags']?.split('\n').slice(1)).toEqual(['1.0.0', '1.0', '1', 'latest'])
    expect(warnings(run)).toMatch(missing)
    expect(warnings(run)).toContain('two builds of a commit have two digests')
    expect(run.summary).toMatch(missing)
    // Nothing of it stays in the Engine.
    expect(await must('docker', ['image', 'ls', '--quiet', `${registry.address}/${name}`])).toBe('')
    const again = await repository.run()
    expect([again.outputs['status'], again.outputs['digest']]).toEqual(['unchanged', run.outputs['digest']])
  })

  it('names the line that fails', async () => {
    const repository = await repositoryOf(name, env(), { Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\n\n# why\nRUN ["/bin/busybox", \\\n  "false"]\n' })
    const { properties } = refused(await repository.run(), 'build-failed', /exit code:? ?1|non-zero code: 1/)
    expect(properties).toMatchObject({ file: 'Dockerfile', line: '5' })
  })

  it('names what is copied and not there', async () => {
    const repository = await repositoryOf(name, env(), { Dockerfile: 'FROM scratch\nCOPY nothing /x\n' })
    expect(refused(await repository.run(), 'copy-missing', '`nothing`').properties).toMatchObject({ file: 'Dockerfile', line: '2' })
  })

  it('refuses what it cannot do before it builds', async () => {
    const repository = await repositoryOf(name, env())
    const run = await repository.run({ inputs: { platforms: 'linux/amd64\nlinux/arm64', provenance: 'min', 'cache-to': 'type=local,dest=/x' } })
    refused(run, 'builder-cannot', 'several `platforms`, `cache-to`, `provenance`', 'docker/setup-buildx-action')
    expect(run.log).not.toMatch(/#1 |Step 1/)
  })

  it('loads the image into the Engine when asked to', async () => {
    const repository = await repositoryOf(`${name}-loaded`, env())
    const run = await repository.run({ inputs: { load: 'true', push: 'false' } })
    if (run.code !== 0) throw new Error(run.log)
    const commit = await repository.git('rev-parse', 'HEAD')
    const tag = `${registry.address}/${name}-loaded:sha-${commit}`
    expect(await must('docker', ['run', '--rm', '--network', 'none', tag])).toBe('hello')
    await must('docker', ['image', 'rm', tag])
  })

  it('loads what is in the registry already without building it', async () => {
    const repository = await repositoryOf(`${name}-pulled`, env())
    const tag = `${registry.address}/${name}-pulled:sha-${await repository.git('rev-parse', 'HEAD')}`
    expect((await repository.run()).outputs['status']).toBe('pushed')
    const run = await repository.run({ inputs: { load: 'true' } })
    expect([run.code, run.outputs['status']]).toEqual([0, 'unchanged'])
    expect(await must('docker', ['run', '--rm', '--network', 'none', tag])).toBe('hello')
    await must('docker', ['image', 'rm', tag])
  })
})

describe('no builder', () => {
  it('no Engine answers', async () => {
    const repository = await repositoryOf('ada/none', { ...bare, DOCKER_HOST: 'unix:///nonexistent.sock' })
    refused(await repository.run(), 'engine-unreachable', 'No Docker Engine answers', 'systemctl start docker')
  })

  it('there is no docker', async () => {
    const repository = await repositoryOf('ada/none', { ...bare })
    const git = await must('sh', ['-c', 'dirname "$(command -v git)"'])
    const folder = await must('mktemp', ['-d'])
    await must('ln', ['-s', `${git}/git`, `${folder}/git`])
    refused(await repository.run({ env: { PATH: folder } }), 'docker-missing', 'not on this runner', 'apt-get install docker.io')
    await must('rm', ['-r', folder])
  })
})
