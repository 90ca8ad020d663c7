import { createHash } from 'node:crypto'
import type { BuildRequest } from './request'

export const revisionLabel = 'org.opencontainers.image.revision'
/** What went into the build beside the commit: by it an image of the commit is known to be the one that is wanted. */
export const inputsLabel = 'slipway.inputs'

export interface Origin {
  /** 40 hex. */
  readonly commit: string
  /** Seconds since 1970. */
  readonly committed: number
  /** URL of the repository; empty where it is not known. */
  readonly source: string
  /** `shop`. */
  readonly title: string
}

/**
 * The labels of an image, the user's own before ours. All are the commit's, none the run's or the ref's: the same commit has to
 * give the same digest, whether it was built as `main` or as a version.
 */
export function labelsOf(
  { commit, committed, source, title }: Origin, inputs: string, own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.created': new Date(committed * 1000).toISOString().replace('.000Z', 'Z'),
    'org.opencontainers.image.title': title,
    ...(source === '' ? {} : { 'org.opencontainers.image.source': source }),
    ...own,
    [revisionLabel]: commit,
    [inputsLabel]: inputs,
  }
}

/** Names what decides how a commit is built. Of secrets their names alone: what they are must not be guessed by it. */
export function inputsDigest(
  request: Pick<BuildRequest, 'target' | 'args' | 'secrets' | 'ssh' | 'platforms' | 'provenance' | 'sbom'>,
  places: { readonly context: string; readonly file: string; readonly contexts?: Readonly<Record<string, string>> }, own: Readonly<Record<string, string>>,
): string {
  const { target, args, secrets, ssh, platforms, provenance, sbom } = request
  const { contexts = {} } = places
  const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort()
  const inputs = [
    places.context, places.file, target,
    sorted(args.map(({ name, value }) => `${name}=${value}`)), sorted(secrets.map(({ id }) => id)), sorted(platforms),
    provenance, sbom, sorted(Object.entries(own).map(([key, value]) => `${key}=${value}`)),
    // What came later is there only where it is used: images of before are the ones that are wanted still.
    ...(ssh.length === 0 ? [] : [{ ssh: sorted(ssh.map(({ id }) => id)) }]),
    ...(Object.keys(contexts).length === 0 ? [] : [{ contexts: sorted(Object.entries(contexts).map(([name, place]) => `${name}=${place}`)) }]),
  ]
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)
}
