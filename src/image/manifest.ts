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
  readonly platform?: Platform
}

interface Platform {
  readonly os?: string
  readonly architecture?: string
  readonly variant?: string
}

interface Parsed {
  readonly manifests?: readonly Descriptor[]
  readonly config?: Descriptor
  readonly layers?: readonly Descriptor[]
}

interface Config extends Platform {
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null }
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[]
}

/** What stands under a tag or a digest; null when nothing does. */
export async function standingOf(registry: Registry, reference: string): Promise<Standing | null> {
  const manifest = await registry.manifest(reference)
  return manifest === null ? null : await standing(registry, manifest)
}

async function standing(registry: Registry, manifest: Manifest): Promise<Standing> {
  const top = JSON.parse(manifest.bytes.toString('utf8')) as Parsed
  const images = (top.manifests ?? []).filter(({ platform }) => platform?.os !== 'unknown')
  const [first] = images
  const chosen = first === undefined ? manifest : await registry.manifest(first.digest)
  const { config, layers = [] } = chosen === null ? {} : JSON.parse(chosen.bytes.toString('utf8')) as Parsed
  const detail = config === undefined ? {} : JSON.parse((await registry.blob(config.digest)).toString('utf8')) as Config
  const labels = detail.config?.Labels ?? {}
  return {
    manifest,
    digests: first === undefined ? { [platformText(detail)]: manifest.digest }
      : Object.fromEntries(images.map(({ digest, platform = {} }) => [platformText(platform), digest])),
    revision: labels[revisionLabel] ?? null,
    inputs: labels[inputsLabel] ?? null,
    layers: withHistory(layers, detail),
  }
}

const platformText = ({ os = 'unknown', architecture = 'unknown', variant = '' }: Platform): string =>
  [os, architecture, ...(variant === '' ? [] : [variant])].join('/')

function withHistory(layers: readonly Descriptor[], { history = [] }: Config): readonly Layer[] {
  const made = history.filter(({ empty_layer: empty }) => empty !== true)
  const by = (index: number): string => made.length === layers.length ? instruction(made[index]?.created_by ?? '') : ''
  return layers.map(({ digest, size }, index) => ({ digest, bytes: size, by: by(index) }))
}

/** `RUN |1 A=1 /bin/sh -c npm ci # buildkit` → `RUN npm ci`. */
export function instruction(by: string): string {
  return by.replace(/\s*# buildkit$/, '')
    .replace(/^RUN \|\d+ .*?(?=\/bin\/sh -c )/s, 'RUN ')
    .replace(/^(RUN )?\/bin\/sh -c (?:#\(nop\) )?\s*/, (_, run: string | undefined) => run ?? '')
    .replace(/\s+/g, ' ').trim()
}
