import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment } from '../../src/drivers/docker'
import { Failure } from '../../src/errors'
import { openLocal } from '../../src/image/local'
import type { ImageContent, ImageSource } from '../../src/image/source'
import { bringImages } from '../../src/targets/host/layers/transfer'
import { must, run } from '../host/harness/command'
import { freshHost, type Host, type HostOptions } from '../host/harness/hosts'
import { throughProxy } from '../host/harness/through-proxy'
import { digestOf, ociArchive, tar, type PlatformImage } from '../unit/image/archives'
import { BigImage, noise } from './harness/big-image'
import { runnerConfig } from './harness/image-repository'
import { busybox, startBuildKit } from './harness/programs'
import { registryForHosts } from './harness/registry-for-hosts'
import { bring, prepare, session } from './harness/transfer'

const MB = 1_000_000
const folder = mkdtempSync(join(tmpdir(), 'slipway-archives-'))
let base: string
let architecture: string

beforeAll(async () => {
  const { loopback } = await registryForHosts()
  base = `${loopback}/library/debian:bookworm-slim`
  await must('docker', ['pull', '--quiet', base])
  architecture = await must('docker', ['version', '--format', '{{.Server.Arch}}'])
  await buildx()
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes `buildx.tar`: of two platforms, with what Buildx adds by itself. */
async function buildx(): Promise<void> {
  const buildkit = await startBuildKit()
  const config = await runnerConfig(buildkit.address)
  try {
    const context = join(folder, 'context')
    mkdirSync(context)
    writeFileSync(join(context, 'busybox'), await busybox(), { mode: 0o755 })
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY busybox /busybox\nARG TARGETARCH\nENV FOR=$TARGETARCH\nENTRYPOINT ["/busybox", "echo"]\n')
    await must('docker', ['buildx', 'build', '--quiet', '--platform', 'linux/amd64,linux/arm64', '--provenance', 'mode=min',
      '--output', `type=oci,dest=${join(folder, 'buildx.tar')},name=registry.example.com/ada/notes:1.0`, context], { env: { ...process.env, ...config.env } })
  } finally {
    await config.remove()
    await buildkit.stop()
  }
}

function archive(name: string, images: readonly PlatformImage[], called?: string): string {
  writeFileSync(join(folder, name), ociArchive(images, called))
  return `oci-archive:${join(folder, name)}`
}

const open = async (reference: string): Promise<ImageSource> =>
  await openLocal(reference, { env: environment(process.env, {}), cwd: folder, temporary: folder })

/** A layer that no host has, big enough that a transfer can be broken off within it. */
const fresh = (seed: string): Buffer => tar([{ name: 'noise', data: noise(seed, 60 * MB) }])

/** The source with another content of its images. */
const altered = (source: ImageSource, change: (content: ImageContent) => ImageContent): ImageSource =>
  ({ ...source, image: async (platform) => change(await source.image(platform)) })

const kinds: [string, HostOptions][] = [
  ['the classic store', { image: 'docker' }],
  ['containerd\'s store', { image: 'docker', suite: 'trixie', engine: 'containerd' }],
]

describe.each(kinds)('a host without a registry, %s', (kind, options) => {
  const label = kind.includes('classic') ? 'layers-classic' : 'layers-containerd'
  let host: Host
  let big: BigImage

  beforeAll(async () => {
    big = new BigImage(base)
    host = await freshHost(label, options)
    await prepare(host)
    await host.shell('docker pull --quiet debian:bookworm-slim')
  }, 600_000)
  afterAll(async () => {
    await host.remove()
    await big[Symbol.asyncDispose]()
  })

  const on = (reference: string, ...command: string[]): Promise<string> =>
    host.shell(`docker run --rm --network none ${tagOf(reference)} ${command.join(' ')}`)
  /** What all images take, and which there are; when what was broken off is cleaned up. */
  async function stands(): Promise<{ readonly images: string; readonly kilobytes: number }> {
    const images = await host.shell('docker image ls --all --no-trunc --format "{{.Repository}}:{{.Tag}} {{.ID}}" | sort')
    return { images, kilobytes: Number(await host.shell('du -skc /var/lib/docker /var/lib/containerd | tail -n 1 | cut -f 1')) }
  }
  async function standsAs(before: Awaited<ReturnType<typeof stands>>): Promise<void> {
    const until = Date.now() + 60_000
    for (;;) {
      const { images, kilobytes } = await stands()
      expect(images).toBe(before.images)
      // containerd keeps what it had of a blob that was broken off until it cleans up by itself, which is hours later: docs/compose.md says so.
      if (options.engine === 'containerd') break
      if (kilobytes < before.kilobytes + 2000) break
      if (Date.now() > until) throw new Error(`${kilobytes - before.kilobytes} kB of it stay`)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    // No folder of the Engine's, and no file that a program still holds.
    expect(await host.shell('ls -A /var/lib/docker/tmp 2>/dev/null || true')).toBe('')
  }

  describe('moves what the host lacks', () => {
    it('at first: not the base, which it has from a registry', async () => {
      const reference = await big.build('1')
      expect(await big.size('1')).toBeGreaterThan(200 * MB)
      const { images, sent } = await bring(host, { web: reference, worker: reference })
      expect(sent).toBeGreaterThan(122 * MB)
      expect(sent).toBeLessThan(125 * MB)
      expect(images['worker']).toEqual(images['web'])
      const { reference: pinned, id } = images['web']!
      expect(pinned).toBe(`${big.name}@${await must('docker', ['image', 'inspect', '--format', '{{.Id}}', `${big.name}:1`])}`)
      expect(await host.shell(`docker image inspect --format '{{.Id}}' ${tagOf(pinned)}`)).toBe(id)
      expect(await on(pinned, 'sha256sum', '/top', '/data/large')).toBe(
        [['/top', noise('top', 2 * MB)], ['/data/large', noise('large', 60 * MB)]].map(([name, data]) => `${digestOf(data as Buffer).slice(7)}  ${name as string}`).join('\n'))
      // It is whole: listed, and others could get it from here.
      expect(await host.shell('docker image ls --format "{{.Repository}}"')).toContain('slipway-transfer/')
      expect(Number(await host.shell(`docker image save ${tagOf(pinned)} | wc -c`))).toBeGreaterThan(150 * MB)
    })

    it('nothing, when it is there', async () => {
      const { images, sent } = await bring(host, { web: `docker-daemon:${big.name}:1` })
      expect(images['web']?.id).toMatch(/^sha256:/)
      expect(sent).toBeLessThan(1000)
    })

    it.each<[string, () => void]>([
      ['a small layer changed', () => big.write('top', noise('another top', 2 * MB))],
      ['of the big layer one file in a hundred, and all times', () => big.changeFiles()],
      ['the inside of a large file', () => big.changeInside()],
    ])('5 MB at most, when of 200 MB a hundredth changed: %s', async (what, change) => {
      change()
      const reference = await big.build(what.replaceAll(/[^a-z]+/g, '-'))
      const { images, sent, seconds } = await bring(host, { web: reference })
      process.stderr.write(`${kind}: ${what}: ${sent} bytes, ${seconds.toFixed(1)} s\n`)
      expect(sent).toBeLessThan(5 * MB)
      const read = ['sh', '-c', '"cat /top /data/* | sha256sum"']
      const here = await must('docker', ['run', '--rm', '--network', 'none', reference.replace('docker-daemon:', ''), 'sh', '-c', 'cat /top /data/* | sha256sum'])
      expect(await on(images['web']!.reference, ...read)).toBe(here)
    })

    it.each(['none', 'gzip', 'zstd'] as const)('from an OCI archive, of its platform (layers: %s)', async (compression) => {
      const root = tar([{ name: compression, data: noise(compression, 100_000) }])
      const other = architecture === 'amd64' ? 'arm64' : 'amd64'
      const reference = archive(`${compression}.tar`, [
        { architecture: other, layers: [tar([{ name: 'wrong' }])], compression },
        { architecture, layers: [root, tar([{ name: 'above' }]), root], compression, config: { Labels: { which: 'mine' } } },
      ], `registry.example.com:5000/Notes/${compression}:1.0`)
      const { images } = await bring(host, { web: reference })
      expect(images['web']?.reference).toMatch(new RegExp(`^registry.example.com:5000/Notes/${compression}@sha256:`))
      const said = await host.shell(`docker image inspect --format '{{.Config.Labels.which}} {{.Architecture}} {{len .RootFS.Layers}}' `
        + `slipway-transfer/layers/registry-example-com-5000/notes/${compression}:${images['web']!.reference.split(':').at(-1)!.slice(0, 12)}`)
      expect(said).toBe(`mine ${architecture} 3`)
    })

    it('from what Buildx wrote', async () => {
      const { images } = await bring(host, { web: 'oci-archive:buildx.tar' }, folder)
      const { reference } = images['web']!
      expect(reference).toMatch(/^registry\.example\.com\/ada\/notes@sha256:/)
      const tag = `slipway-transfer/layers/registry-example-com/ada/notes:${reference.split(':').at(-1)!.slice(0, 12)}`
      expect(await host.shell(`docker run --rm --network none ${tag} it runs`)).toBe('it runs')
      expect(await host.shell(`docker image inspect --format '{{.Config.Env}}' ${tag}`)).toContain(`FOR=${architecture}`)
    })

    it('from what the Engine of another store saved', async () => {
      await host.shell('docker image save --output /root/saved.tar debian:bookworm-slim && docker image rm debian:bookworm-slim')
      if (options.engine !== 'containerd') return
      await must('docker', ['cp', `slipway-rig-${host.name}:/root/saved.tar`, join(folder, 'saved.tar')])
      const { images } = await bring(host, { web: 'oci-archive:saved.tar' }, folder)
      expect(await on(images['web']!.reference, 'cat', '/etc/debian_version')).toMatch(/^12\./)
    })
  })

  describe('says what is wrong, and nothing of it stays', () => {
    let before: Awaited<ReturnType<typeof stands>>
    beforeAll(async () => { before = await stands() })

    const failing = async (source: ImageSource, progress: (text: string) => void = () => {}): Promise<Failure> => {
      await using talk = await session(host)
      const failed: unknown = await bringImages(talk.conversation, { web: source }, host.line, progress).catch((error: unknown) => error)
      if (!(failed instanceof Failure)) throw failed instanceof Error ? failed : new Error('it did not fail')
      // The session goes on.
      expect(await talk.conversation.ask('inspect', { staging: false })).toMatchObject({ app: 'layers' })
      return failed
    }

    it('a layer whose bytes are not its digest', async () => {
      await using source = await open(archive('fresh.tar', [{ architecture, layers: [fresh('corrupt')], compression: 'none' }]))
      const corrupt = altered(source, (content) => ({
        ...content, layers: content.layers.map((layer) => ({
          ...layer, open: async function* () {
            for await (const chunk of layer.open()) yield chunk.map((byte, index) => index === 1000 ? byte ^ 1 : byte)
          },
        })),
      }))
      expect(await failing(corrupt)).toMatchObject({ code: 'layer-corrupt', target: host.line })
      await standsAs(before)
    })

    it('the wrong platform, before anything travels', async () => {
      const other = architecture === 'amd64' ? 'arm64' : 'amd64'
      await using only = await open(archive('foreign.tar', [{ architecture: other, layers: [fresh('foreign')] }]))
      expect(await failing(only)).toMatchObject({ code: 'wrong-architecture', what: expect.stringContaining(`linux/${other}`) })
      await using two = await open(archive('foreign-two.tar', ['s390x', other].map((one) => ({ architecture: one, layers: [tar([])] }))))
      await using talk = await session(host)
      await expect(bringImages(talk.conversation, { web: two }, host.line, () => {})).rejects.toMatchObject({ code: 'platform-missing', target: host.line })
      expect(talk.connection.counters().bytesSent).toBeLessThan(20_000)
      await standsAs(before)
    })

    it.each<[string, 'cut' | 'silence']>([['a cut connection', 'cut'], ['a runner that is gone without a word', 'silence']])('%s in mid-layer', async (_name, how) => {
      await using source = await open(archive(`${how}.tar`, [{ architecture, layers: [fresh(how)], compression: 'none' }]))
      await using proxied = await throughProxy(host)
      const talk = await session({ ...host, address: '127.0.0.1', port: proxied.proxy.port, knownHosts: proxied.host.knownHosts })
      const failed = bringImages(talk.conversation, { web: source }, host.line, () => proxied.proxy[how]()).catch((error: unknown) => error)
      expect(await failed).toMatchObject({ code: expect.stringMatching(/^(connection|host)-/) })
      await talk[Symbol.asyncDispose]()
      await standsAs(before)
      // Nobody holds the lock, and what was begun is done.
      const again = await session(host)
      const images = await bringImages(again.conversation, { web: source }, host.line, () => {})
      await again[Symbol.asyncDispose]()
      await host.shell(`docker image rm ${tagOf(images['web']!.reference)}`)
    })

    // Of containerd's store it was not found out what it says when it becomes full.
    if (options.engine !== 'containerd') it('a full disk: before anything travels, or when it becomes full', async () => {
      const store = '/var/lib/docker'
      const units = 'docker.socket docker.service containerd.service'
      const mounted = (size: string): Promise<string> =>
        host.shell(`systemctl stop ${units}; mount -t tmpfs -o size=${size} none ${store}; systemctl reset-failed docker.service; systemctl start containerd docker`)
      const unmounted = (): Promise<string> => host.shell(`systemctl stop ${units}; umount ${store}; systemctl reset-failed docker.service; systemctl start containerd docker`)
      await using source = await open(archive('full.tar', [{ architecture, layers: [fresh('full')], compression: 'none' }]))
      await mounted('120m')
      expect(await failing(source)).toMatchObject({ code: 'disk-too-small', what: expect.stringContaining(store) })
      await unmounted()
      await mounted('200m')
      let filling: Promise<unknown> | undefined
      const failed = await failing(source, () => { filling ??= run('docker', ['exec', `slipway-rig-${host.name}`, 'dd', 'if=/dev/zero', `of=${store}/full`, 'bs=1M']) })
      await filling
      expect(failed).toMatchObject({ code: 'disk-full', cure: expect.stringContaining('df -h') })
      await host.shell(`rm ${store}/full`)
      expect(await host.shell('docker image ls --all --quiet')).toBe('')
      await unmounted()
    })
  })
})

function tagOf(reference: string): string {
  const [, name = '', digest = ''] = /^(.*)@sha256:(.*)$/.exec(reference) ?? []
  return `slipway-transfer/layers/${name.toLowerCase().replaceAll(/[^a-z0-9/]+/g, '-')}:${digest.slice(0, 12)}`
}
