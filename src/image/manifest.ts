import { Failure } from '../errors'
import type { Manifest, Registry } from '../drivers/registry'
import { revisionLabel, inputsLabel } from './labels'

export interface Layer {
  readonly digest: string
  readonly bytes: number
  /** The instruction that made it; empty where the history does not say. */
  readonly by: string
}

/** An image in the registry as people ask about it. */
export interface Standing {
  readonly manifest: Manifest
  /** By platform: `linux/amd64` → digest. */
  readonly digests: Readonly<Record<string, string>>
  /** Null: somebody else's, without the label. */
  readonly revision: string | null
  readonly inputs: string | null
  /** Of the first platform. */
  readonly layers: readonly Layer[]
}

interface Descriptor {
  readonly digest: string
  readonly size: number
  readonly platform: Platform
}

interface Platform {
  readonly os: string | null
  readonly architecture: string | null
  readonly variant: string | null
}

/** What stands under a tag or a digest; null when nothing does. */
export async function standingOf(registry: Registry, reference: string): Promise<Standing | null> {
  const manifest = await registry.manifest(reference)
  return manifest === null ? null : await standing(registry, manifest)
}

async function standing(registry: Registry, manifest: Manifest): Promise<Standing> {
  const top = objectIn(manifest.bytes, manifest.digest)
  const images = descriptors(top['manifests']).filter(({ platform }) => platform.os !== 'unknown')
  const [first] = images
  const chosen = first === undefined ? manifest : await registry.manifest(first.digest)
  const { config, layers } = chosen === null ? {} : objectIn(chosen.bytes, chosen.digest)
  const [described] = descriptors([config])
  const detail = described === undefined ? {} : objectIn(await registry.blob(described.digest), described.digest)
  const labels = fieldsOf(fieldsOf(detail['config'])['Labels'])
  return {
    manifest,
    digests: first === undefined ? { [platformText(platformOf(detail))]: manifest.digest }
      : Object.fromEntries(images.map(({ digest, platform }) => [platformText(platform), digest])),
    revision: textOf(labels[revisionLabel]),
    inputs: textOf(labels[inputsLabel]),
    layers: withHistory(descriptors(layers), detail['history']),
  }
}

type Fields = Readonly<Record<string, unknown>>

/** A manifest or a configuration: whatever was pushed there, by whomever. Throws a `Failure`: `image-manifest-broken`. */
function objectIn(bytes: Buffer, digest: string): Fields {
  try {
    const said: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof said === 'object' && said !== null) return said as Fields
  } catch {
    // Said below.
  }
  throw new Failure({
    code: 'image-manifest-broken', what: `What the registry has as ${digest.slice(0, 19)} describes no image.`, why: 'It is no object in JSON, and yet has that digest: it was pushed so.',
    cure: 'Remove the tag there, or push an image under it anew.',
  })
}

const fieldsOf = (value: unknown): Fields => typeof value === 'object' && value !== null ? value as Fields : {}
const textOf = (value: unknown): string | null => typeof value === 'string' ? value : null

/** Those of a list that name something by its digest. */
function descriptors(value: unknown): readonly Descriptor[] {
  return (Array.isArray(value) ? value as unknown[] : []).map(fieldsOf).flatMap(({ digest, size, platform }) =>
    typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? [{ digest, size: typeof size === 'number' ? size : 0, platform: platformOf(platform) }] : [])
}

function platformOf(value: unknown): Platform {
  const { os, architecture, variant } = fieldsOf(value)
  return { os: textOf(os), architecture: textOf(architecture), variant: textOf(variant) }
}

const platformText = ({ os, architecture, variant }: Platform): string => [os ?? 'unknown', architecture ?? 'unknown', variant ?? ''].filter((part) => part !== '').join('/')

function withHistory(layers: readonly Descriptor[], history: unknown): readonly Layer[] {
  const made = (Array.isArray(history) ? history as unknown[] : []).map(fieldsOf).filter(({ empty_layer: empty }) => empty !== true)
  const by = (index: number): string => made.length === layers.length ? instruction(textOf(made[index]?.['created_by']) ?? '') : ''
  return layers.map(({ digest, size }, index) => ({ digest, bytes: size, by: by(index) }))
}

/** `RUN |1 A=1 /bin/sh -c npm ci # buildkit` → `RUN npm ci`. */
export function instruction(by: string): string {
  return by.replace(/\s*# buildkit$/, '')
    .replace(/^RUN \|\d+ .*?(?=\/bin\/sh -c )/s, 'RUN ')
    .replace(/^(RUN )?\/bin\/sh -c (?:#\(nop\) )?\s*/, (_, run: string | undefined) => run ?? '')
    .replace(/\s+/g, ' ').trim()
}
