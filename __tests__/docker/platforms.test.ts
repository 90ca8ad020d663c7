import { refused } from '../host/bad-input/refusal'
import { imageRepository, runnerConfig, type ImageRepository, type RunnerConfig } from './harness/image-repository'
import { startBuildKit, startRegistry, type RunningBuildKit, type RunningRegistry } from './harness/programs'

let registry: RunningRegistry
let buildkit: RunningBuildKit
let config: RunnerConfig
const repositories: ImageRepository[] = []

/** Nothing of it runs, so no emulator is needed. */
const copied = 'FROM scratch\nARG TARGETARCH\nCOPY app /app\nENV MADE_FOR=$TARGETARCH\n'

beforeAll(async () => {
  [registry, buildkit] = await Promise.all([startRegistry(), startBuildKit()])
  config = await runnerConfig(buildkit.address)
})
afterAll(async () => {
  await Promise.all([registry.stop(), buildkit.stop(), config.remove()])
  for (const repository of repositories) repository.remove()
})

async function repositoryOf(name: string, dockerfile: string): Promise<ImageRepository> {
  const repository = await imageRepository(`${registry.address}/${name}`, config.env, { Dockerfile: dockerfile })
  repositories.push(repository)
  return repository
}

interface Index {
  readonly mediaType: string
  readonly manifests?: readonly { readonly digest: string; readonly platform: { readonly os: string; readonly architecture: string } }[]
}

async function manifest(name: string, reference: string): Promise<Index> {
  const accept = ['oci.image.index.v1', 'docker.distribution.manifest.list.v2', 'oci.image.manifest.v1', 'docker.distribution.manifest.v2'].map((type) => `application/vnd.${type}+json`).join(', ')
  return await (await fetch(`http://${registry.address}/v2/${name}/manifests/${reference}`, { headers: { accept } })).json() as Index
}

const parsed = (text: string | undefined): Record<string, string> => JSON.parse(text ?? '{}') as Record<string, string>

describe('several platforms', () => {
  it('are an index under the tags, and a digest each as outputs; the same commit is not built again', async () => {
    const repository = await repositoryOf('ada/several', copied)
    await repository.git('tag', 'v1.0.0')
    const inputs = { platforms: 'linux/amd64\nlinux/s390x' }
    const run = await repository.run({ inputs })
    if (run.code !== 0) throw new Error(run.log)
    const { manifests = [] } = await manifest('ada/several', '1.0.0')
    const digests = Object.fromEntries(manifests.map(({ digest, platform: { os, architecture } }) => [`${os}/${architecture}`, digest]))
    expect(Object.keys(digests).toSorted()).toEqual(['linux/amd64', 'linux/s390x'])
    expect(parsed(run.outputs['digests'])).toEqual(digests)
    expect(Object.values(digests)).not.toContain(run.outputs['digest'])
    // Whoever runs it takes what is for him: the index.
    expect(parsed(run.outputs['images'])).toEqual({ shop: run.outputs['image'] })
    expect((await repository.run({ inputs })).outputs['status']).toBe('unchanged')
    // A platform more is another image.
    expect((await repository.run({ inputs: { platforms: 'linux/amd64\nlinux/s390x\nlinux/arm64' } })).log).toContain('::group::build')
  })

  it('whose programs cannot run here are refused before the build, at the line that would run them', async () => {
    const repository = await repositoryOf('ada/foreign', 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "true"]\n')
    const run = await repository.run({ inputs: { platforms: 'linux/amd64, linux/s390x' } })
    expect(refused(run, 'platform-not-emulated', 'does not build for linux/s390x', 'docker/setup-qemu-action').properties).toMatchObject({ file: 'Dockerfile', line: '3' })
    expect(run.log).not.toContain('::group::build')
  })
})

describe('provenance', () => {
  it('makes an index that differs each time; what services are told to run is the platform, which does not', async () => {
    const repository = await repositoryOf('ada/provenance', copied)
    const name = (count: number): string => `${registry.address}/ada/provenance-${count}`
    const inputs = { provenance: 'min', sbom: 'false' }
    const first = await repository.run({ inputs: { ...inputs, image: name(1) } })
    const second = await repository.run({ inputs: { ...inputs, image: name(2) } })
    for (const run of [first, second]) if (run.code !== 0) throw new Error(run.log)
    expect((await manifest('ada/provenance-1', first.outputs['digest'] ?? '')).manifests).toHaveLength(2)
    const [platform = ''] = Object.values(parsed(first.outputs['digests']))
    expect(second.outputs['digest']).not.toBe(first.outputs['digest'])
    expect(parsed(first.outputs['images'])).toEqual({ shop: `${name(1)}@${platform}` })
    expect(parsed(second.outputs['images'])).toEqual({ shop: `${name(2)}@${platform}` })
    expect((await manifest('ada/provenance-1', platform)).mediaType).toContain('manifest')
  })
})
