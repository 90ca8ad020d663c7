import type { Position } from '../../errors'
import { isNull, type Entry, type Mapping, type Node, type Scalar } from '../tree'
import type { ComposeDocument } from './document'

/** A file that a service names for Compose to read. */
export interface NamedFile {
  readonly path: Scalar
  readonly required: boolean
  /** As it is: neither quotes nor variables mean anything. */
  readonly raw: boolean
  readonly kind: 'env_file' | 'label_file'
  /** The folder from which its path counts. */
  readonly folder: string
  /** Which env files an `include` has for it. */
  readonly scope: ReadonlyMap<string, string>
  readonly document: ComposeDocument
}

/** A value as a file has it. */
export interface Written {
  readonly node: Node
  /** From which its paths count. */
  readonly folder: string
  readonly scope: ReadonlyMap<string, string>
  readonly document: ComposeDocument
}

/** What says how an image is built, and what it is called. */
export type WrittenOfImages = Readonly<Record<'image' | 'build' | 'platform', readonly Written[]>>

/** What of a service matters before Compose has rendered it; as far as it is known from the files read so far. */
export interface ServiceDraft {
  readonly at: Position | undefined
  readonly image: boolean
  readonly build: Position | null
  /** By all files that say something of it, each over the one before. */
  readonly written: WrittenOfImages
  readonly profiles: readonly string[]
  readonly files: readonly NamedFile[]
  /** Variables that are handed on under their own names; null: a later file gives them a value. */
  readonly passed: ReadonlyMap<string, Position | null>
  readonly secrets: readonly string[]
  readonly configs: readonly string[]
  /** Keys that this file takes away or replaces, instead of adding to them. */
  readonly replaced: ReadonlySet<string>
}

export const noService: ServiceDraft = {
  at: undefined, image: false, build: null, written: { image: [], build: [], platform: [] }, profiles: [], files: [], passed: new Map(), secrets: [], configs: [], replaced: new Set(),
}

export function serviceOf(entry: Entry, service: Mapping, document: ComposeDocument, folder: string, scope: ReadonlyMap<string, string>): ServiceDraft {
  const at = (key: string): Entry | undefined => {
    const found = service.entries.get(key)
    return found === undefined || isNull(found.value) || document.tagged(found.value) === 'reset' ? undefined : found
  }
  const named = (key: 'env_file' | 'label_file'): readonly NamedFile[] => itemsOf(at(key)?.value).flatMap((item): readonly NamedFile[] => {
    const path = item.kind === 'mapping' ? item.entries.get('path')?.value : item
    if (path?.kind !== 'scalar' || path.value === null) return []
    const said = (option: string): string => textOf(item.kind === 'mapping' ? item.entries.get(option)?.value : undefined)
    return [{ path, required: said('required') !== 'false', raw: key === 'label_file' || said('format') === 'raw', kind: key, folder, scope, document }]
  })
  const replaced = [...service.entries].filter(([, { value }]) => document.tagged(value) !== null).map(([key]) => key)
  return {
    at: entry.at,
    image: at('image') !== undefined,
    build: at('build')?.at ?? null,
    written: ofImages((key) => {
      const found = at(key)
      return found === undefined ? [] : [{ node: found.value, folder, scope, document }]
    }),
    profiles: itemsOf(at('profiles')?.value).map(textOf).filter(Boolean),
    files: [...named('env_file'), ...named('label_file')],
    passed: passedOf(at('environment')?.value),
    secrets: sourcesOf(at('secrets')?.value),
    configs: sourcesOf(at('configs')?.value),
    replaced: new Set(replaced),
  }
}

/** A service as a later file, or one that extends it, has it. */
export function overlaidService(base: ServiceDraft, over: ServiceDraft): ServiceDraft {
  const keeps = (key: string): boolean => !over.replaced.has(key)
  const both = <T>(key: string, from: readonly T[], more: readonly T[]): readonly T[] => [...keeps(key) ? from : [], ...more]
  return {
    at: base.at ?? over.at,
    image: (keeps('image') && base.image) || over.image,
    build: over.build ?? (keeps('build') ? base.build : null),
    written: ofImages((key) => both(key, base.written[key], over.written[key])),
    profiles: both('profiles', base.profiles, over.profiles),
    files: [...base.files.filter(({ kind }) => keeps(kind)), ...over.files],
    passed: new Map([...keeps('environment') ? base.passed : [], ...over.passed]),
    secrets: both('secrets', base.secrets, over.secrets),
    configs: both('configs', base.configs, over.configs),
    replaced: base.replaced,
  }
}

function ofImages(made: (key: keyof WrittenOfImages) => readonly Written[]): WrittenOfImages {
  return { image: made('image'), build: made('build'), platform: made('platform') }
}

/** Does Compose start it with these profiles? */
export function isActive({ profiles }: ServiceDraft, chosen: readonly string[]): boolean {
  return profiles.length === 0 || profiles.some((profile) => chosen.includes(profile))
}

/** `environment`: `[A, B=c]`, or a mapping in which A has no value. */
function passedOf(value: Node | undefined): ReadonlyMap<string, Position | null> {
  if (value?.kind === 'mapping') {
    return new Map([...value.entries.values()].map(({ key, at, value: given }) => [key, isNull(given) && at !== undefined ? at : null]))
  }
  return new Map(itemsOf(value).map((item) => {
    const [name = '', given] = textOf(item).split(/=([^]*)/)
    return [name, given === undefined && item.at !== undefined ? item.at : null]
  }))
}

function sourcesOf(value: Node | undefined): readonly string[] {
  return itemsOf(value).map((item) => textOf(item.kind === 'mapping' ? item.entries.get('source')?.value : item)).filter(Boolean)
}

/** A list, or one value in place of a list of one. */
export function itemsOf(value: Node | undefined): readonly Node[] {
  if (value === undefined || isNull(value)) return []
  return value.kind === 'list' ? value.items : [value]
}

export const textOf = (value: Node | undefined): string => value?.kind === 'scalar' && value.value !== null ? value.text : ''
