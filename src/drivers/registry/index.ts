import { createHash } from 'node:crypto'
import { patiently, RegistryError, usualWaits } from './attempts'
import { authorize, parseChallenge, type Credentials } from './authorization'
import { exchange, retryAfter, saidOf, type Answer } from './exchange'
import { registryFailure, type Doing } from './failures'
import { apiOf, type ImageName } from './name'

export { credentialKeys, parseImageName, type ImageName } from './name'
export type { Credentials } from './authorization'

/** A manifest or an index, as its bytes: its digest is theirs. */
export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface RegistryOptions {
  readonly image: ImageName
  /** Null: nobody is known there, and what everybody may see is asked for. */
  readonly credentials: Credentials | null
  /** Will something be pushed? It is asked for at once, so that a missing right shows before the build. */
  readonly pushes: boolean
  readonly signal?: AbortSignal | undefined
  readonly progress?: ((text: string) => void) | undefined
  readonly waits?: readonly number[] | undefined
}

const accepted = [
  'application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

const mostPages = 200

/**
 * One repository of a registry: its tags and manifests. Layers are BuildKit's or the Engine's to push. What may pass is tried
 * again; what remains throws a `Failure` (`registry-*`).
 */
export class Registry {
  readonly #options: RegistryOptions
  readonly #base: string
  #authorization: string | null = null

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#base = `${apiOf(options.image)}/v2/${options.image.path}`
  }

  /** All tags; none when there is no such repository yet. */
  async tags(): Promise<readonly string[]> {
    const found: string[] = []
    let url: string | null = `${this.#base}/tags/list?n=1000`
    for (let page = 0; url !== null && page < mostPages; page++) {
      const answer: Answer | null = await this.#ask('list its tags', 'GET', url)
      if (answer === null) return []
      const tags = tagsIn(answer.body)
      if (tags === null) throw this.#failure('list its tags', new RegistryError(0, 'what came is no list of tags'))
      found.push(...tags)
      url = next(answer.headers['link'], url)
    }
    return found
  }

  /** By tag or digest; null when there is none. What comes back is what was asked for, or is refused. */
  async manifest(reference: string): Promise<Manifest | null> {
    const answer = await this.#ask(`read ${reference}`, 'GET', `${this.#base}/manifests/${reference}`, { accept: accepted })
    if (answer === null) return null
    const digest = digestOf(answer.body)
    if (reference.startsWith('sha256:') && reference !== digest) {
      throw this.#failure(`read ${reference}`, new RegistryError(0, `what came is ${digest}`))
    }
    return { digest, mediaType: answer.headers['content-type'] ?? '', bytes: answer.body }
  }

  /** A small one, such as a configuration. */
  async blob(digest: string): Promise<Buffer> {
    const doing = `read ${digest.slice(0, 19)}`
    const answer = await this.#ask(doing, 'GET', `${this.#base}/blobs/${digest}`)
    if (answer === null) throw this.#failure(doing, new RegistryError(404, 'it is part of a manifest there'))
    if (digestOf(answer.body) !== digest) throw this.#failure(doing, new RegistryError(0, `what came is ${digestOf(answer.body)}`))
    return answer.body
  }

  /** Lets a tag stand for a manifest whose parts are there. May be done twice. */
  async tag(name: string, { mediaType, bytes, digest }: Manifest): Promise<void> {
    const doing = `move ${name}`
    const answer = await this.#ask(doing, 'PUT', `${this.#base}/manifests/${name}`, { 'content-type': mediaType }, bytes)
    const stored = answer?.headers['docker-content-digest']
    if (answer === null) throw this.#failure(doing, new RegistryError(404, ''))
    if (stored !== undefined && stored !== digest) {
      throw this.#failure(doing, new RegistryError(0, `it stored ${String(stored)} in the place of ${digest}`))
    }
  }

  /** Takes a tag away, and nothing else; false where the registry does not do that. */
  async untag(name: string): Promise<boolean> {
    try {
      return await this.#ask(`take ${name} away`, 'DELETE', `${this.#base}/manifests/${name}`) !== null
    } catch {
      return false
    }
  }

  /** Null: HTTP 404. */
  async #ask(
    doing: Doing, verb: string, url: string, headers: Readonly<Record<string, string>> = {}, body: Buffer | null = null,
  ): Promise<Answer | null> {
    const { signal, progress = (): void => {}, waits = usualWaits } = this.#options
    try {
      const attempt = async (): Promise<Answer | null> => await this.#attempt(verb, url, headers, body)
      return await patiently(`${this.#options.image.registry}: ${doing}`, attempt, { signal, progress, waits })
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof RegistryError) throw this.#failure(doing, error)
      throw error
    }
  }

  async #attempt(verb: string, url: string, headers: Readonly<Record<string, string>>, body: Buffer | null): Promise<Answer | null> {
    const send = (): Promise<Answer> => exchange(
      verb, url, this.#authorization === null ? headers : { ...headers, authorization: this.#authorization }, body, this.#options.signal,
    )
    let answer = await send()
    // Tokens last for minutes, and a build may take longer than that.
    if (answer.status === 401 && await this.#authorize(answer)) answer = await send()
    if (answer.status === 404) return null
    if (answer.status >= 200 && answer.status < 300) return answer
    throw new RegistryError(answer.status, saidOf(answer.body), retryAfter(answer.headers['retry-after'], Date.now()))
  }

  async #authorize({ headers }: Answer): Promise<boolean> {
    const challenge = parseChallenge(headers['www-authenticate'])
    if (challenge === null) return false
    const { image, pushes, credentials, signal } = this.#options
    this.#authorization = await authorize(challenge, `repository:${image.path}:${pushes ? 'pull,push' : 'pull'}`, credentials, signal)
    return this.#authorization !== null
  }

  #failure(doing: Doing, error: RegistryError): Error {
    return registryFailure(this.#options.image, doing, error, this.#options.credentials !== null)
  }
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Null: it is none. */
function tagsIn(body: Buffer): readonly string[] | null {
  try {
    const { tags } = JSON.parse(body.toString('utf8')) as { readonly tags?: unknown }
    // A repository whose last tag went says null.
    return tags === null || tags === undefined ? [] : Array.isArray(tags) && tags.every((tag): tag is string => typeof tag === 'string') ? tags : null
  } catch {
    return null
  }
}

/** The address of the next page, which must be at the same registry: credentials go there. */
function next(link: string | string[] | undefined, from: string): string | null {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec([link ?? ''].flat().join(',')) ?? []
  if (target === undefined) return null
  const url = URL.parse(target, from)
  return url?.origin === new URL(from).origin ? url.href : null
}
