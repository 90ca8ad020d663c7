import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cacheFile, find } from '@actions/tool-cache'
import { Failure } from '../../errors'
import { download, reason } from './download'

export interface ToolArchive {
  readonly name: string
  readonly version: string
  /** Below a mirror's base URL, and in its SHASUMS256.txt. */
  readonly path: string
  readonly url: string
  /** Hex, of the archive at `url`; null: only a mirror has it. */
  readonly sha256: string | null
}

export interface Mirror {
  readonly url: string
  /** Hex, of the mirror's SHASUMS256.txt. */
  readonly checksum: string
}

export interface VerifiedArchive {
  /** On the runner, until the provider is disposed of. */
  readonly file: string
  readonly sha256: string
}

type Progress = (text: string) => void

export interface ToolProviderOptions {
  readonly mirror?: Mirror | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds before each attempt that follows a failed one. */
  readonly waits?: readonly number[] | undefined
}

/**
 * Brings archives of tools to the runner: from its tool cache, from upstream, or from a mirror. Whatever the way, the bytes
 * are hashed before they are handed out, also those of the cache, which someone may have changed since.
 */
export class ToolProvider implements AsyncDisposable {
  readonly #mirror: Mirror | undefined
  readonly #signal: AbortSignal | undefined
  readonly #waits: readonly number[] | undefined
  readonly #given = new Map<string, Promise<VerifiedArchive>>()
  #folder: Promise<string> | undefined
  #sums: Promise<ReadonlyMap<string, string>> | undefined

  constructor(options: ToolProviderOptions = {}) {
    this.#mirror = options.mirror
    this.#signal = options.signal
    this.#waits = options.waits
  }

  /**
   * Throws a `Failure`: `tool-download`, `tool-checksum`, `mirror-checksum`, `mirror-lacks`. The same archive is fetched once,
   * and who asks first hears how it goes: `uv 0.12.5: HTTP 503: waiting 10 s before trying again`.
   */
  provide(archive: ToolArchive, progress: Progress = () => undefined): Promise<VerifiedArchive> {
    let given = this.#given.get(archive.path)
    if (given === undefined) {
      given = this.#fetch(archive, (text) => progress(`${archive.name} ${archive.version}: ${text}`))
      this.#given.set(archive.path, given)
    }
    return given
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#given.values()])
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true })
  }

  /** The paths that the mirror's SHASUMS256.txt lists; null without a mirror. Throws like `provide`. */
  async listed(progress: Progress = () => undefined): Promise<readonly string[] | null> {
    if (this.#mirror === undefined) return null
    this.#sums ??= this.#mirrorSums(this.#mirror, progress)
    return [...(await this.#sums).keys()]
  }

  async #fetch(archive: ToolArchive, progress: Progress): Promise<VerifiedArchive> {
    const { url, sha256 }: Pick<ToolArchive, 'url' | 'sha256'> = this.#mirror === undefined ? archive : await this.#atMirror(this.#mirror, archive, progress)
    if (sha256 === null) throw new Error(`no checksum is pinned for ${archive.path}`)
    const cached = await fromCache(archive, sha256)
    if (cached !== undefined) return { file: cached, sha256 }
    const file = await this.#download(url, archive.path.replaceAll('/', '-'), progress)
    const found = await sha256Of(file)
    if (found !== sha256) {
      await rm(file, { force: true })
      throw checksumDiffers(archive, url, sha256, found)
    }
    await toCache(file, archive, sha256)
    return { file, sha256 }
  }

  async #atMirror(mirror: Mirror, archive: ToolArchive, progress: Progress): Promise<{ url: string; sha256: string }> {
    this.#sums ??= this.#mirrorSums(mirror, progress)
    const sha256 = (await this.#sums).get(archive.path)
    if (sha256 === undefined) {
      throw new Failure({
        code: 'mirror-lacks',
        what: `The mirror ${mirror.url} does not list ${archive.path}.`,
        why: `This version of Slipway installs ${archive.name} ${archive.version}.`,
        cure: `Put that file and its line in SHASUMS256.txt on the mirror, and set mirror-checksum to the file's new SHA-256.`,
      })
    }
    return { url: below(mirror.url, archive.path), sha256 }
  }

  async #mirrorSums(mirror: Mirror, progress: Progress): Promise<ReadonlyMap<string, string>> {
    const url = below(mirror.url, 'SHASUMS256.txt')
    const file = await this.#download(url, 'SHASUMS256.txt', progress)
    const found = await sha256Of(file)
    if (found !== mirror.checksum.toLowerCase()) {
      throw new Failure({
        code: 'mirror-checksum',
        what: `${url} is not the file that mirror-checksum names: its SHA-256 is ${found}.`,
        why: 'Nothing unverified runs on a host.',
        cure: `If the mirror was changed on purpose, compare the file with its source and set mirror-checksum: ${found}`,
      })
    }
    return parseSums(await readFile(file, 'utf8'))
  }

  async #download(url: string, name: string, progress: Progress): Promise<string> {
    this.#folder ??= mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'slipway-tools-'))
    const destination = join(await this.#folder, name)
    this.#signal?.throwIfAborted()
    try {
      await download(url, destination, { signal: this.#signal, progress, waits: this.#waits })
      return destination
    } catch (error) {
      this.#signal?.throwIfAborted()
      throw new Failure({
        code: 'tool-download',
        what: `${url} could not be downloaded: ${reason(error)}.`,
        why: 'The runner fetches tools and hands them to the hosts over SSH.',
        cure: 'Run the job again; if this runner may not reach that address, name a mirror by the inputs mirror and mirror-checksum.',
        cause: error,
      })
    }
  }
}

/** Lines of `<sha256>  <path>`, as sha256sum writes them; other lines are passed over. */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const [, sum, path] = /^([0-9a-fA-F]{64}) [ *](?:\.\/)?(\S.*)$/.exec(line) ?? []
    if (sum !== undefined && path !== undefined) sums.set(path, sum.toLowerCase())
  }
  return sums
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** In the cache, other bytes are another architecture: a mirror's archive never stands in for upstream's. */
const key = (sha256: string): string => `linux-${sha256.slice(0, 12)}`
const cachedName = 'archive.tar.gz'

async function fromCache(archive: ToolArchive, sha256: string): Promise<string | undefined> {
  if (!process.env['RUNNER_TOOL_CACHE']) return undefined
  const folder = find(`slipway-${archive.name}`, archive.version, key(sha256))
  if (folder === '') return undefined
  const file = join(folder, cachedName)
  try {
    await access(file)
  } catch {
    return undefined
  }
  return (await sha256Of(file)) === sha256 ? file : undefined
}

/** A cache that cannot be written is no reason to fail: the archive is here. */
async function toCache(file: string, archive: ToolArchive, sha256: string): Promise<void> {
  if (!process.env['RUNNER_TOOL_CACHE'] || !process.env['RUNNER_TEMP']) return
  await cacheFile(file, cachedName, `slipway-${archive.name}`, archive.version, key(sha256)).catch(() => undefined)
}

function checksumDiffers(archive: ToolArchive, url: string, expected: string, found: string): Failure {
  return new Failure({
    code: 'tool-checksum',
    what: `${url} is not what it should be: its SHA-256 is ${found}, expected ${expected}.`,
    why: `${archive.name} ${archive.version} would run as root on the hosts; nothing unverified does.`,
    cure: 'Run the job again. If it stays so, something between the runner and that address changes the file: find out what.',
  })
}

const below = (base: string, path: string): string => `${base.replace(/\/+$/, '')}/${path}`
