import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { isLocal, openLocal } from '../../../src/image/local'
import type { ImageContent, ImageSource } from '../../../src/image/source'
import { digestOf, ociArchive, tar, type File } from './archives'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'slipway-local-')) })
afterEach(() => rmSync(folder, { recursive: true }))

const arm = { os: 'linux', architecture: 'arm64' }
const amd = { os: 'linux', architecture: 'amd64' }
const root = tar([{ name: 'etc/hostname', data: Buffer.from('shop') }])
const above = tar([{ name: 'app', data: Buffer.alloc(100_000, 'app') }])

const open = (reference: string): Promise<ImageSource> => openLocal(reference, { env: { PATH: `${folder}:${process.env['PATH']}` }, cwd: folder, temporary: folder })
const written = (data: Buffer, name = 'image.tar'): string => {
  writeFileSync(join(folder, name), data)
  return `oci-archive:${name}`
}

async function layersOf({ layers }: ImageContent): Promise<readonly string[]> {
  return await Promise.all(layers.map(async (layer) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of layer.open()) chunks.push(chunk)
    const data = Buffer.concat(chunks)
    if (layer.size !== null) expect(layer.size).toBe(data.length)
    expect(digestOf(data)).toBe(layer.diffId)
    return layer.diffId
  }))
}

// Each of them was once read for ever, or ended the run with a stack.
describe('an archive that was made to mislead', () => {
  const sized = (size: string): Buffer => {
    const made = tar([{ name: 'a' }])
    made.write(size, 124, 12, 'latin1')
    made.write('        ', 148)
    made.write(`${made.subarray(0, 512).reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
    return made
  }
  const layout = (index: unknown): Buffer => tar([{ name: 'index.json', data: Buffer.from(JSON.stringify(index)) }])
  const twice = (depth: number): readonly [File[], string] => {
    const [files, inner] = depth === 0 ? [[], ''] as const : twice(depth - 1)
    const data = Buffer.from(JSON.stringify(depth === 0 ? { manifests: [] } : { manifests: [{ digest: inner }, { digest: inner }] }))
    return [[...files, { name: `blobs/${digestOf(data).replace(':', '/')}`, data }], digestOf(data)]
  }
  const [bomb, top] = twice(30)

  it.each([
    ['a size below nothing', sized('-1000\0'), 'no tar'], ['a size that is no number', sized('x\0'), 'no tar'],
    ['a digest that is none', layout({ manifests: [{ digest: {} }] }), 'named by no digest'], ['a digest that leads elsewhere', layout({ manifests: [{ digest: 'a:../../b' }] }), 'named by no digest'],
    ['an index that names one twice, thirty levels deep', tar([...bomb, { name: 'index.json', data: Buffer.from(JSON.stringify({ manifests: [{ digest: top }] })) }]), 'more than 1000 manifests'],
  ])('%s', async (_title, data, why) => {
    await expect((async () => {
      await using source = await open(written(data))
      await source.image(amd)
    })()).rejects.toMatchObject({ code: 'image-archive-broken', what: expect.stringContaining(why) })
  })
})

describe('an OCI archive', () => {
  it.each(['none', 'gzip', 'zstd'] as const)('gives plain layers (%s)', async (compression) => {
    await using source = await open(written(ociArchive([{ architecture: 'amd64', layers: [root, above], compression }])))
    const image = await source.image(amd)
    expect(await layersOf(image)).toEqual([digestOf(root), digestOf(above)])
    // To be read again.
    expect(await layersOf(image)).toEqual([digestOf(root), digestOf(above)])
    expect(JSON.parse(image.config.toString('utf8'))).toMatchObject({ architecture: 'amd64' })
  })

  it('of several platforms gives the host\'s, and its name and digest for all', async () => {
    const both = [{ architecture: 'amd64', layers: [root] }, { architecture: 'arm64', layers: [root, above] }]
    await using source = await open(written(ociArchive(both, 'docker.io/library/shop:1.0')))
    expect(source.reference).toMatch(/^docker\.io\/library\/shop@sha256:[0-9a-f]{64}$/)
    expect((await source.image(arm)).layers).toHaveLength(2)
    expect((await source.image(amd)).layers).toHaveLength(1)
    await expect(source.image({ os: 'linux', architecture: 's390x' })).rejects.toMatchObject({
      code: 'platform-missing', why: expect.stringContaining('linux/amd64, linux/arm64'), cure: expect.stringContaining('--platform linux/s390x'),
    })
  })

  it('is called by its file where it has no name', async () => {
    await using source = await open(written(ociArchive([{ architecture: 'amd64', layers: [root] }]), 'Shop_1.oci'))
    expect(source.reference).toMatch(/^shop-1@sha256:/)
  })

  it.each<[string, Buffer, RegExp]>([
    ['no tar', Buffer.from('hello'.repeat(200)), /no tar/],
    ['compressed', gzipSync(ociArchive([{ architecture: 'amd64', layers: [root] }])), /no tar/],
    ['without an index', tar([{ name: 'oci-layout', data: Buffer.from('{}') }]), /index\.json is not in it/],
    ['cut short', ociArchive([{ architecture: 'amd64', layers: [root, above], compression: 'none' }]).subarray(0, 4096), /index\.json is not in it/],
  ])('that is broken is refused: %s', async (_what, data, why) => {
    await expect(open(written(data))).rejects.toMatchObject({ code: 'image-archive-broken', what: expect.stringMatching(why) })
  })

  it('with another configuration than its digest is refused', async () => {
    const data = ociArchive([{ architecture: 'amd64', layers: [root], config: { User: 'ada' } }])
    data.write('eve', data.indexOf('"ada"') + 1)
    await using source = await open(written(data))
    await expect(source.image(amd)).rejects.toMatchObject({ code: 'image-archive-broken', what: expect.stringContaining('another digest') })
  })

  it('that is not there', async () => {
    await expect(open('oci-archive:none.tar')).rejects.toMatchObject({ code: 'image-archive-missing', cure: expect.stringContaining('docker buildx build') })
  })
})

describe('an image of docker\'s', () => {
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [root, above, root].map((layer) => digestOf(layer)) } }))
  const id = digestOf(config)
  const saved: readonly File[] = [
    { name: `${id.slice(7)}.json`, data: config },
    { name: 'a/', type: '5' }, { name: 'a/layer.tar', data: root }, { name: 'b/layer.tar', data: above }, { name: 'c/layer.tar', type: '2', link: '../a/layer.tar' },
    { name: 'manifest.json', data: Buffer.from(JSON.stringify([{ Config: `${id.slice(7)}.json`, RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'] }])) },
  ]

  /** A docker that knows one image, and notes what it is asked. */
  function docker(archive: Buffer, save = 'cat archive'): void {
    mkdirSync(join(folder, 'state'))
    writeFileSync(join(folder, 'archive'), archive)
    writeFileSync(join(folder, 'docker'), `#!/bin/sh
cd '${folder}' || exit 1
echo "$*" >>asked
case $* in
  'image inspect --format {{.Id}} notes:1'|'image inspect --format {{.Id}} r.example.com:5000/ada/notes:1') echo '${id}' ;;
  'image save ${id}') ${save} ;;
  'version '*) echo '26.1.5 linux/amd64' ;;
  *) echo 'Error: No such image' >&2; exit 1 ;;
esac
`)
    chmodSync(join(folder, 'docker'), 0o755)
  }

  it('is saved when it is asked for, by its id, and once', async () => {
    docker(tar(saved))
    await using source = await open('docker-daemon:notes:1')
    expect(source.reference).toBe(`notes@${id}`)
    const before = readdirSync(folder)
    expect(await layersOf(await source.image(amd))).toEqual([root, above, root].map((layer) => digestOf(layer)))
    expect((await source.image(amd)).config).toEqual(config)
    expect(readdirSync(folder)).toEqual(before)
    expect(readFileSync(join(folder, 'asked'), 'utf8').match(/image save/g)).toHaveLength(1)
  })

  it('of a registry with a port keeps its name', async () => {
    docker(tar(saved))
    await using source = await open('docker-daemon:r.example.com:5000/ada/notes:1')
    expect(source.reference).toBe(`r.example.com:5000/ada/notes@${id}`)
  })

  it('that is not there', async () => {
    docker(tar(saved))
    await expect(open('docker-daemon:other:1')).rejects.toMatchObject({ code: 'image-missing', what: expect.stringContaining('other:1') })
  })

  it('that cannot be saved', async () => {
    docker(tar(saved), 'echo "no space left on device" >&2; exit 1')
    await using source = await open('docker-daemon:notes:1')
    await expect(source.image(amd)).rejects.toMatchObject({ code: 'image-not-saved', why: expect.stringContaining('no space') })
  })
})

it('knows its references', async () => {
  expect(['docker-daemon:a', 'oci-archive:a', 'a:1', 'registry.example.com/docker-daemon:1'].map((one) => isLocal(one))).toEqual([true, true, false, false])
  await expect(open('notes:1')).rejects.toMatchObject({ code: 'image-reference-unknown' })
})
