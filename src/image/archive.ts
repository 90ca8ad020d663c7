import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable, pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Failure } from '../errors'
import type { ImageContent, LayerContent, Platform } from './source'
import { membersOf, read, type Member } from './tar'

/** Of a manifest or a configuration. */
const longest = 16 * 1024 ** 2

const mostManifests = 1_000

interface Descriptor {
  readonly digest: string
  readonly platform?: Partial<Platform>
  readonly annotations?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly manifests?: readonly Descriptor[]
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
}

interface Config extends Partial<Platform> {
  readonly rootfs?: { readonly diff_ids?: readonly string[] }
}

/** One image of the archive: of one platform. */
interface Found {
  readonly config: Buffer
  readonly platform: Partial<Platform>
  readonly layers: readonly Member[]
}

/** An archive with an image: an OCI layout, as Buildx writes it, or what `docker image save` writes. */
export class Archive {
  readonly #file: FileHandle
  readonly #members: ReadonlyMap<string, Member>
  readonly #called: string

  /** `called`: what people know it as. */
  static async of(file: FileHandle, called: string): Promise<Archive> {
    return new Archive(file, await speaking(called, async () => await membersOf(file)), called)
  }

  private constructor(file: FileHandle, members: ReadonlyMap<string, Member>, called: string) {
    this.#file = file
    this.#members = members
    this.#called = called
  }

  /** Digest of what it holds, for all platforms, and the name that is noted beside it; only of an OCI layout. */
  async top(): Promise<{ readonly digest: string; readonly name: string | null }> {
    return await speaking(this.#called, async () => {
      const bytes = await this.#small('index.json')
      const { manifests = [] } = JSON.parse(bytes.toString('utf8')) as Manifest
      const digests = [...new Set(manifests.map(({ digest }) => digest))]
      const [only] = digests
      const names = manifests.flatMap(({ annotations }) => annotations?.['io.containerd.image.name'] ?? [])
      return { digest: digests.length === 1 && only !== undefined ? only : digestOf(bytes), name: names[0] ?? null }
    })
  }

  async image(platform: Platform): Promise<ImageContent> {
    return await speaking(this.#called, async () => {
      const found = this.#members.has('index.json') ? await this.#inLayout(await this.#small('index.json')) : await this.#inSaved()
      const { config, layers } = this.#choose(found, platform)
      const ids = (JSON.parse(config.toString('utf8')) as Config).rootfs?.diff_ids ?? []
      if (ids.length !== layers.length) throw new Error('its configuration names other layers than its manifest')
      return { config, layers: await Promise.all(layers.map(async (member, index) => await this.#layer(ids[index] ?? '', member))) }
    })
  }

  /** Of several the one for the platform. The only one is it in any case: the host says better what is wrong with that. */
  #choose(found: readonly Found[], { os, architecture }: Platform): Found {
    const fitting = found.length > 1 ? found.filter((one) => one.platform.os === os && one.platform.architecture === architecture) : found
    const [first] = fitting
    if (first !== undefined) return first
    const there = [...new Set(found.map((one) => `${one.platform.os}/${one.platform.architecture}`))].join(', ')
    throw new Failure({
      code: 'platform-missing',
      what: `${this.#called} holds no image for ${os}/${architecture}, which the host is.`,
      why: `It holds ${there === '' ? 'none at all' : `those for ${there}`}.`,
      cure: `Build it for the host too: docker buildx build --platform ${os}/${architecture} …`,
    })
  }

  /** `left`: how many more manifests are looked at: an index may name one twice that names one twice, and so on. */
  async #inLayout(index: Buffer, left = { manifests: mostManifests }): Promise<readonly Found[]> {
    const { manifests = [] } = JSON.parse(index.toString('utf8')) as Manifest
    const found: Found[] = []
    for (const { digest, platform } of manifests) {
      if (--left.manifests < 0) throw new Error(`it names more than ${mostManifests} manifests`)
      // An attestation is no image. And the Engine saves an index of which it has one platform.
      if (platform?.os === 'unknown' || !this.#members.has(blob(digest))) continue
      const bytes = await this.#verified(digest)
      const { manifests: inner, config, layers = [] } = JSON.parse(bytes.toString('utf8')) as Manifest
      if (inner !== undefined) {
        found.push(...await this.#inLayout(bytes, left))
      } else if (config !== undefined) {
        const text = await this.#verified(config.digest)
        const said = JSON.parse(text.toString('utf8')) as Config
        found.push({ config: text, platform: platform ?? said, layers: layers.map((layer) => this.#member(blob(layer.digest))) })
      }
    }
    return found
  }

  async #inSaved(): Promise<readonly Found[]> {
    const listed = JSON.parse((await this.#small('manifest.json')).toString('utf8')) as readonly { readonly Config: string; readonly Layers: readonly string[] }[]
    return await Promise.all(listed.map(async ({ Config: path, Layers: layers }) => {
      const config = await this.#small(path)
      return { config, platform: JSON.parse(config.toString('utf8')) as Config, layers: layers.map((layer) => this.#member(layer)) }
    }))
  }

  async #layer(diffId: string, { offset, size }: Member): Promise<LayerContent> {
    const head = (await read(this.#file, offset, Math.min(4, size))).toString('hex')
    const inflate = head.startsWith('1f8b') ? createGunzip : head === '28b52ffd' ? createZstdDecompress : null
    const stored = (): Readable => size === 0 ? Readable.from([])
      : this.#file.createReadStream({ start: offset, end: offset + size - 1, autoClose: false, highWaterMark: 256 * 1024 })
    const open = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      const stream = inflate === null ? stored() : inflate({ chunkSize: 256 * 1024 })
      // The error arrives where the stream is read; here it only must not be unhandled.
      if (inflate !== null) pipeline(stored(), stream as ReturnType<typeof inflate>, () => {})
      for await (const chunk of stream) yield chunk as Uint8Array
    }
    return { diffId, size: inflate === null ? size : null, open: () => open() }
  }

  #member(name: unknown): Member {
    if (typeof name !== 'string') throw new Error('a file in it is named by no text')
    const member = this.#members.get(name)
    if (member === undefined) throw new Error(`${name} is not in it`)
    return member
  }

  async #small(name: unknown): Promise<Buffer> {
    const { offset, size } = this.#member(name)
    if (size > longest) throw new Error(`${String(name)} is too big`)
    return await read(this.#file, offset, size)
  }

  async #verified(digest: string): Promise<Buffer> {
    const bytes = await this.#small(blob(digest))
    if (digestOf(bytes) !== digest) throw new Error(`${blob(digest)} has another digest`)
    return bytes
  }
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function blob(digest: unknown): string {
  if (typeof digest !== 'string' || !/^[a-z0-9]+:[0-9a-f]+$/.test(digest)) throw new Error('something in it is named by no digest')
  return `blobs/${digest.replace(':', '/')}`
}

/** What is wrong with an archive is said of it, whoever finds it. */
async function speaking<T>(called: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure({
      code: 'image-archive-broken',
      what: `${called} is no archive with an image: ${(error as Error).message}.`,
      cure: 'Write it by `docker buildx build --output type=oci,dest=FILE …`, and see that the step before has ended well.',
      cause: error,
    })
  }
}
