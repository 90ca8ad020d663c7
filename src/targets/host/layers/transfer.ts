import { Readable, pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { Failure } from '../../../errors'
import type { ImageContent, ImageSource, LayerContent, Platform } from '../../../image/source'
import type { Conversation } from '../conversation'
import { outlineOf, sizeOf, travelling, type Outline } from './outline'

/** An image as it is on the host. */
export interface Brought {
  readonly reference: string
  /** What the Engine there calls it. */
  readonly id: string
}

/** Megabytes that travel between two lines of progress. */
const step = 25
/** Compressing must not be slower than the line: this is four times as fast as the default, for some percent more bytes. */
const level = 3
/** Of the host program: the first that takes images. */
const protocol = 3

/**
 * Brings images to a host that has no registry, over the conversation: of each what the Engine there lacks. By name of whoever
 * wants them; two names may share an image. What is asked in which order: transfer.py.
 */
export async function bringImages(conversation: Conversation, sources: Readonly<Record<string, ImageSource>>, target: string,
  progress: (text: string) => void): Promise<Readonly<Record<string, Brought>>> {
  const transfer = new Transfer(conversation, sources, target, progress)
  return await transfer.bring()
}

interface Need {
  readonly keys: readonly string[]
  readonly platform?: unknown
  readonly compare?: unknown
  readonly have?: unknown
}

class Transfer {
  readonly #conversation: Conversation
  readonly #sources: Readonly<Record<string, ImageSource>>
  readonly #target: string
  readonly #progress: (text: string) => void
  readonly #layers = new Map<string, LayerContent>()
  readonly #outlines = new Map<string, Outline>()

  constructor(conversation: Conversation, sources: Readonly<Record<string, ImageSource>>, target: string, progress: (text: string) => void) {
    this.#conversation = conversation
    this.#sources = sources
    this.#target = target
    this.#progress = progress
  }

  async bring(): Promise<Readonly<Record<string, Brought>>> {
    const images = Object.fromEntries(Object.entries(this.#sources).map(([name, { reference }]) => [name, { reference }]))
    this.#conversation.requireProtocol(protocol)
    let answer = await this.#conversation.ask('images', { images })
    for (let need = needed(answer); need !== null; need = needed(answer)) {
      await this.#conversation.content(compressed(await this.#asked(need)))
      answer = await this.#conversation.answer()
    }
    return this.#brought(answer)
  }

  async #asked({ keys, platform, compare, have }: Need): Promise<AsyncIterable<Uint8Array>> {
    if (platform !== undefined) return values(await this.#descriptions(keys, platformOf(platform)))
    if (typeof compare === 'boolean') return values(await this.#divided(keys, compare))
    if (typeof have === 'string') return this.#bytes(keys, Buffer.from(have, 'base64'))
    throw strange(this.#target, have)
  }

  async #descriptions(names: readonly string[], platform: Platform): Promise<readonly (readonly [string, unknown])[]> {
    const said: (readonly [string, unknown])[] = []
    for (const name of names) {
      const image = await this.#image(name, platform)
      for (const layer of image.layers) this.#layers.set(layer.diffId, layer)
      said.push([name, { config: image.config.toString('utf8'), layers: image.layers.map(({ diffId }) => diffId) }])
    }
    return said
  }

  async #image(name: string, platform: Platform): Promise<ImageContent> {
    const source = Object.hasOwn(this.#sources, name) ? this.#sources[name] : undefined
    if (source === undefined) throw strange(this.#target, name)
    return await source.image(platform).catch((error: unknown) => { throw error instanceof Failure ? error.on(this.#target) : error })
  }

  /** Where the host has nothing to compare with, only how big they are. */
  async #divided(keys: readonly string[], compare: boolean): Promise<readonly (readonly [string, unknown])[]> {
    const said: (readonly [string, unknown])[] = []
    for (const key of keys) {
      const layer = this.#layer(key)
      const outline = compare ? await outlineOf(layer.open()) : { size: layer.size ?? await sizeOf(layer.open()), parts: [] }
      this.#outlines.set(key, outline)
      said.push([key, { size: outline.size, parts: outline.parts.flatMap(({ plain, length, digest }) => [plain, length, digest]) }])
    }
    return said
  }

  /** `bits`: for each block, in the order in which they were first named, whether the host has it. */
  async* #bytes(keys: readonly string[], bits: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
    const had = new Set<string>()
    const order = new Set([...this.#outlines.values()].flatMap(({ parts }) => parts.map(({ digest }) => digest)))
    for (const [index, digest] of [...order].entries()) if (((bits[index >> 3] ?? 0) >> (index & 7) & 1) === 1) had.add(digest)
    const sizes = keys.map((key) => sizeTravelling(this.#outline(key), had))
    const all = sizes.reduce((sum, size) => sum + size, 0)
    let sent = 0
    let told = 0
    for (const [index, key] of keys.entries()) {
      yield Buffer.from(`${JSON.stringify({ key, size: sizes[index] })}\n`)
      for await (const chunk of travelling(this.#layer(key).open(), this.#outline(key), (digest) => had.has(digest))) {
        yield chunk
        sent += chunk.length
        if (sent - told < step * 1e6) continue
        told = sent
        this.#progress(`images: ${megabytes(sent)} of ${megabytes(all)} MB`)
      }
    }
  }

  #layer(key: string): LayerContent {
    const layer = this.#layers.get(key)
    if (layer === undefined) throw strange(this.#target, key)
    return layer
  }

  #outline(key: string): Outline {
    const outline = this.#outlines.get(key)
    if (outline === undefined) throw strange(this.#target, key)
    return outline
  }

  #brought(answer: unknown): Readonly<Record<string, Brought>> {
    const images = isRecord(answer) && isRecord(answer['images']) ? answer['images'] : {}
    return Object.fromEntries(Object.entries(this.#sources).map(([name, { reference }]) => {
      const item = Object.hasOwn(images, name) ? images[name] : undefined
      if (!isRecord(item) || item['reference'] !== reference || typeof item['id'] !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(item['id'])) {
        throw strange(this.#target, answer)
      }
      return [name, { reference, id: item['id'] }]
    }))
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6)

const sizeTravelling = ({ size, parts }: Outline, had: ReadonlySet<string>): number =>
  parts.reduce((left, { length, digest }) => had.has(digest) ? left - length : left, size)

/** Each a line with its key and size, then the JSON. */
async function* values(said: readonly (readonly [string, unknown])[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [key, value] of said) {
    const data = Buffer.from(JSON.stringify(value))
    yield Buffer.concat([Buffer.from(`${JSON.stringify({ key, size: data.length })}\n`), data])
  }
}

async function* compressed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip({ level, chunkSize: 128 * 1024 })
  // The error arrives where the stream is read; here it only must not be unhandled.
  pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 4 }), gzip, () => {})
  for await (const chunk of gzip) yield chunk as Uint8Array
}

function needed(answer: unknown): Need | null {
  return isRecord(answer) && answer['type'] === 'need' && Array.isArray(answer['keys']) && answer['keys'].every((key) => typeof key === 'string')
    ? { keys: answer['keys'], platform: answer['platform'], compare: answer['compare'], have: answer['have'] } : null
}

function platformOf(value: unknown): Platform {
  const { os, architecture } = isRecord(value) ? value : {}
  const word = (one: unknown): string => typeof one === 'string' && /^[a-z0-9_]{1,20}$/.test(one) ? one : 'unknown'
  return { os: word(os), architecture: word(architecture) }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

function strange(target: string, value: unknown): Failure {
  return new Failure({
    code: 'host-answers-strangely',
    what: `${target} asks for something of an image that it was not told of.`,
    why: 'Its host program is of another version, or somebody else has changed it.',
    cure: 'Run setup-vm, which installs the program that fits this action. If it stays, look who may log in to that host.',
    target,
    evidence: [{ source: 'what it asked for', text: JSON.stringify(value ?? null).slice(0, 500) }],
  })
}
