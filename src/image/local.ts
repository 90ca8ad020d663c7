import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { imageId, saveImage } from '../drivers/docker'
import { Failure } from '../errors'
import { Archive } from './archive'
import type { ImageContent, ImageSource, Platform } from './source'

export interface Surroundings {
  /** Of docker; see `environment` of its driver. */
  readonly env: Readonly<Record<string, string>>
  /** Paths are relative to it. */
  readonly cwd: string
  /** Where an image lies while it travels. */
  readonly temporary: string
  readonly signal?: AbortSignal | undefined
}

const schemes = { daemon: 'docker-daemon:', archive: 'oci-archive:' } as const

/** Does the reference name an image that the runner has, and no registry? */
export function isLocal(reference: string): boolean {
  return Object.values(schemes).some((scheme) => reference.startsWith(scheme))
}

/** `docker-daemon:NAME[:TAG]` or `oci-archive:PATH`. Throws a `Failure`. */
export async function openLocal(reference: string, surroundings: Surroundings): Promise<ImageSource> {
  if (reference.startsWith(schemes.daemon)) return await inDaemon(reference.slice(schemes.daemon.length), surroundings)
  if (reference.startsWith(schemes.archive)) return await inArchive(reference.slice(schemes.archive.length), surroundings)
  throw new Failure({
    code: 'image-reference-unknown',
    what: `\`${reference}\` names no image of this runner.`,
    cure: 'Write docker-daemon:NAME:TAG (what `docker image ls` shows) or oci-archive:PATH (a file of `docker buildx build --output type=oci,dest=PATH`).',
  })
}

async function inDaemon(name: string, { env, temporary, signal }: Surroundings): Promise<ImageSource> {
  const id = await imageId(name, { env, signal })
  let saved: Promise<Archive> | undefined
  let close = async (): Promise<void> => {}
  // By its id: the tag may have been moved meanwhile. Once, for all hosts.
  const save = async (): Promise<Archive> => {
    const file = await saveImage(id, temporary, { env, signal })
    close = async () => await file.close()
    return await Archive.of(file, `The image ${name} that docker saved`)
  }
  return {
    reference: `${bare(name)}@${id}`,
    image: async (platform: Platform): Promise<ImageContent> => await (await (saved ??= save())).image(platform),
    [Symbol.asyncDispose]: async () => {
      await saved?.catch(() => {})
      await close()
    },
  }
}

async function inArchive(path: string, { cwd }: Surroundings): Promise<ImageSource> {
  const file = await open(resolve(cwd, path), 'r').catch((error: unknown) => { throw unreadable(path, error) })
  try {
    const archive = await Archive.of(file, path)
    const { digest, name } = await archive.top()
    return {
      reference: `${name === null ? fileName(path) : bare(name)}@${digest}`,
      image: async (platform) => await archive.image(platform),
      [Symbol.asyncDispose]: async () => await file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The name less its tag and digest; the colon of a port is followed by a slash. An image that is named by its id alone has none. */
function bare(name: string): string {
  const less = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
  return /^(sha256:)?[0-9a-f]{12,64}$/.test(name) ? 'image' : less
}

/** What a file is called, as far as it can be the name of an image. */
function fileName(path: string): string {
  const name = basename(path).replace(/\.[A-Za-z]+$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return name === '' ? `image-${createHash('sha256').update(path).digest('hex').slice(0, 8)}` : name
}

function unreadable(path: string, error: unknown): Failure {
  return new Failure({
    code: 'image-archive-missing',
    what: `The archive ${path} cannot be read: ${(error as Error).message}.`,
    cure: 'Write it in an earlier step of the same job: docker buildx build --output type=oci,dest=FILE …; or correct the path in the input `images`.',
    cause: error,
  })
}
