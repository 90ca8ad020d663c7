import { Failure, nearest, type Position } from '../../errors'
import type { Findings } from '../findings'
import { shown, type Entry, type Mapping, type Node } from '../tree'
import type { ComposeBuild, ComposeSecret, ComposeSsh } from './builds'
import { interpolationOf, substituted, wanting, type Lookup } from './interpolation'
import { inRepository, isRemote } from './paths'
import { itemsOf, textOf, type ServiceDraft, type Written } from './service'

const keys = [
  'context', 'dockerfile', 'dockerfile_inline', 'target', 'args', 'platforms', 'secrets', 'ssh', 'cache_from', 'cache_to', 'labels', 'additional_contexts',
] as const
type Key = (typeof keys)[number]

// Said by the inputs, or of no weight for what comes out.
const left: readonly string[] = ['tags', 'pull', 'no_cache', 'provenance', 'sbom']
const unread: readonly string[] = ['network', 'extra_hosts', 'shm_size', 'ulimits', 'privileged', 'isolation', 'entitlements', 'no_cache_filter']

/** A value with its variables replaced. */
interface Text {
  readonly text: string
  readonly at: Position | undefined
  readonly folder: string
}

/** Reads the `build` of services; what is wrong goes to the findings. */
export class BuildReading {
  readonly #secrets: ReadonlyMap<string, Written>
  readonly #findings: Findings
  readonly #lookupIn: (scope: Written['scope']) => Lookup
  readonly #empty = new Set<string>()
  readonly #notes: string[] = []

  constructor(secrets: ReadonlyMap<string, Written>, findings: Findings, lookupIn: (scope: Written['scope']) => Lookup) {
    this.#secrets = secrets
    this.#findings = findings
    this.#lookupIn = lookupIn
  }

  get notes(): readonly string[] {
    const names = [...this.#empty].sort().map((name) => `\`${name}\``)
    return names.length === 0 ? this.#notes
      : [...this.#notes, `Builds of the Compose file name ${names.join(', ')}, which ${names.length === 1 ? 'has' : 'have'} no value and no default: nothing stands there.`]
  }

  build(service: string, { at, written }: ServiceDraft): ComposeBuild {
    const parts = written.build.map((part) => this.#mapping(service, part))
    const all = (key: Key): readonly Written[] => parts.reduce<readonly Written[]>((found, { mapping, part }) => {
      const node = mapping.entries.get(key)?.value
      if (node === undefined) return found
      const tag = part.document.tagged(node)
      return tag === 'reset' ? [] : [...tag === 'override' ? [] : found, { ...part, node }]
    }, [])
    const last = (key: Key): Text | null => this.#last(all(key))
    const context = last('context')
    const folder = context === null ? parts.at(-1)?.part.folder ?? '.' : this.#context(context)
    const dockerfile = last('dockerfile')
    const platforms = this.#list(all('platforms'))
    return {
      service, at, ...this.#image(written.image.at(-1)), context: folder, contextAt: context?.at ?? at,
      dockerfile: dockerfile === null ? null : this.#inRepository(dockerfile, folder, 'The Dockerfile'), inline: last('dockerfile_inline')?.text ?? null,
      target: last('target')?.text ?? null,
      args: this.#pairs(all('args'), true), labels: this.#pairs(all('labels'), false),
      platforms: unique(platforms.length > 0 ? platforms : this.#list(written.platform.slice(-1))),
      secrets: all('secrets').flatMap((part) => itemsOf(part.node).flatMap((node) => this.#secret(node, part))),
      ssh: all('ssh').flatMap((part) => this.#ssh(part)),
      cacheFrom: unique(this.#list(all('cache_from'))), cacheTo: unique(this.#list(all('cache_to'))),
      contexts: Object.assign({}, ...all('additional_contexts').map((part) => this.#contexts(part))) as Record<string, string>,
    }
  }

  #mapping(service: string, part: Written): { readonly mapping: Mapping; readonly part: Written } {
    const { node } = part
    if (node.kind === 'mapping') {
      for (const entry of node.entries.values()) this.#known(service, entry)
      return { mapping: node, part }
    }
    if (node.kind === 'list') this.#wrong(node.at, `\`build\` of \`${service}\` is a list.`, 'Write the folder, or a mapping with `context`.')
    const entries: readonly [string, Entry][] = node.kind === 'scalar' ? [['context', { key: 'context', at: node.at, value: node }]] : []
    return { mapping: { kind: 'mapping', entries: new Map(entries), at: node.at }, part }
  }

  #known(service: string, { key, at }: Entry): void {
    if ((keys as readonly string[]).includes(key) || left.includes(key) || key.startsWith('x-')) return
    if (unread.includes(key)) {
      this.#notes.push(`\`build.${key}\` of \`${service}\` is not followed here.`)
      return
    }
    const near = nearest(key, keys)
    this.#wrong(at, `There is no \`build.${key}\`, which \`${service}\` has.`, near === undefined ? 'Take it away.' : `Did you mean \`${near}\`?`)
  }

  /** To build, the name alone is needed: a tag may want variables that nobody has yet. */
  #image(part: Written | undefined): Pick<ComposeBuild, 'image' | 'imageAt'> {
    if (part?.node.kind !== 'scalar' || part.node.text === '') return { image: null, imageAt: undefined }
    const { node } = part
    const whole = this.#replaced(nameIn(node.text) ?? node.text, node, part)
    return { image: nameIn(whole) ?? whole, imageAt: node.at }
  }

  #context(found: Text): string {
    const { text, at } = found
    if (!isRemote(text) && !/\.git(#|$)/.test(text)) return this.#inRepository({ ...found, text: text === '' ? '.' : text }, found.folder, 'The context')
    this.#wrong(at, `The context ${shown(text)} is somewhere else.`, 'Check it out by a step, below `working-directory`, and name that folder.', 'context-outside')
    return '.'
  }

  #inRepository({ text, at }: Text, folder: string, called: string): string {
    const path = inRepository(folder, text)
    if (path !== null) return path
    this.#wrong(at, `${called} ${shown(text)} is outside of the repository's folder that is built.`,
      'Name something below `working-directory`; for what is above it, set `working-directory` to the folder above.', 'context-outside')
    return '.'
  }

  /** `NAME: value` or `NAME=value`, the later before the earlier. An argument by its name alone is a variable's; without a value it is none. */
  #pairs(parts: readonly Written[], ofVariables: boolean): Readonly<Record<string, string>> {
    const pairs: Record<string, string> = {}
    for (const part of parts) {
      for (const { name, value } of named(part.node)) {
        const otherwise = ofVariables ? this.#lookupIn(part.scope)(name) : ''
        const text = value === null ? otherwise : this.#replaced(value.text, value.node, part)
        if (text !== undefined) pairs[name] = text
      }
    }
    return pairs
  }

  #secret(node: Node, part: Written): readonly ComposeSecret[] {
    const said = (key: string): string => this.#field(node, key, part)
    const source = node.kind === 'scalar' ? this.#replaced(node.text, node, part) : said('source')
    const id = said('target') || source
    const declared = this.#secrets.get(source)
    const of = (key: string): string => declared === undefined ? '' : this.#field(declared.node, key, declared)
    const [variable, file] = [of('environment'), of('file')]
    if (variable !== '') return [{ id, from: 'env', source: variable, at: node.at }]
    // Not of the commit: a step before may have written it, anywhere.
    if (file !== '') return [{ id, from: 'file', source: beside(declared?.folder ?? '.', file), at: node.at }]
    this.#findings.add(unknownSecret(source, declared !== undefined, node.at))
    return []
  }

  #ssh(part: Written): readonly ComposeSsh[] {
    return named(part.node).map(({ name, value, at }) => {
      const path = value === null ? '' : this.#replaced(value.text, value.node, part)
      return { id: name, at, path: path === '' ? null : beside(part.folder, path) }
    })
  }

  #contexts(part: Written): Readonly<Record<string, string>> {
    return Object.fromEntries(named(part.node).map(({ name, value, at }) => {
      const text = value === null ? '' : this.#replaced(value.text, value.node, part)
      if (/^(docker-image|oci-layout):\/\//.test(text)) return [name, text]
      if (!text.startsWith('service:')) return [name, this.#context({ text, at, folder: part.folder })]
      this.#wrong(at, `The context \`${name}\` is the image of another service.`, 'Make both of one Dockerfile: a stage of it can be named by `target`.')
      return [name, '.']
    }))
  }

  #field(node: Node, key: string, part: Written): string {
    const value = node.kind === 'mapping' ? node.entries.get(key)?.value : undefined
    return value === undefined ? '' : this.#replaced(textOf(value), value, part)
  }

  #last(parts: readonly Written[]): Text | null {
    const part = parts.at(-1)
    if (part === undefined || textOf(part.node) === '') return null
    return { text: this.#replaced(textOf(part.node), part.node, part), at: part.node.at, folder: part.folder }
  }

  #list(parts: readonly Written[]): readonly Text[] {
    return parts.flatMap((part) => itemsOf(part.node).map((item) =>
      ({ text: this.#replaced(textOf(item), item, part), at: item.at, folder: part.folder }))).filter(({ text }) => text !== '')
  }

  #replaced(text: string, node: Node, { scope, document }: Written): string {
    const lookup = this.#lookupIn(scope)
    for (const { kind, reference: { name, argument, text: written } } of wanting(interpolationOf(text).references, lookup)) {
      if (kind === 'empty') this.#empty.add(name)
      else this.#findings.add(missingVariable(name, argument, node.kind === 'scalar' ? document.locate(node, written) : node.at))
    }
    return substituted(text, lookup)
  }

  #wrong(at: Position | undefined, what: string, cure: string, code = 'compose-build'): void {
    this.#findings.add(new Failure({ code, at, what, cure }))
  }
}

const unique = (texts: readonly Text[]): readonly string[] => [...new Set(texts.map(({ text }) => text))]

/** A path beside the Compose file, or one that leads anywhere. */
const beside = (folder: string, path: string): string => /^[/~]/.test(path) || folder === '.' ? path : `${folder}/${path}`

interface Pair {
  readonly name: string
  /** Null: the name alone. */
  readonly value: { readonly text: string; readonly node: Node } | null
  readonly at: Position | undefined
}

/** A mapping, or a list of `NAME=value`. */
function named(node: Node): readonly Pair[] {
  if (node.kind === 'mapping') {
    return [...node.entries].map(([name, { value, at }]) =>
      ({ name, at, value: value.kind === 'scalar' && value.value !== null ? { text: value.text, node: value } : null }))
  }
  return itemsOf(node).flatMap((item): readonly Pair[] => {
    const text = textOf(item)
    const equals = text.indexOf('=')
    if (text === '') return []
    return [equals < 0 ? { name: text, value: null, at: item.at }
      : { name: text.slice(0, equals), value: { text: text.slice(equals + 1), node: item }, at: item.at }]
  })
}

/** What stands before the tag and the digest; null when there is neither. Colons inside of variables do not count. */
function nameIn(reference: string): string | null {
  let depth = 0
  let end: number | null = null
  for (let at = 0; at < reference.length; at++) {
    const character = reference[at]
    if (reference.startsWith('${', at)) depth++
    else if (character === '}' && depth > 0) depth--
    if (depth > 0) continue
    if (character === '@') return reference.slice(0, end ?? at)
    if (character === '/') end = null
    else if (character === ':') end = at
  }
  return end === null ? null : reference.slice(0, end)
}

function missingVariable(name: string, said: string, at: Position | undefined): Failure {
  return new Failure({
    code: 'compose-variable-missing', at,
    what: `${name} has no value, and the Compose file requires one for a build${said === '' ? '' : `: ${shown(said, '')}`}.`,
    why: 'Neither the step\'s `env:` nor a committed .env has it.',
    cure: `Add to the step:\nenv:\n  ${name}: …`,
  })
}

function unknownSecret(source: string, declared: boolean, at: Position | undefined): Failure {
  const name = source || 'token'
  return new Failure({
    code: 'build-secret', at,
    what: `The secret \`${source}\` of the build is ${declared ? 'neither of a variable nor of a file' : 'not declared'}.`,
    cure: `Declare it at the top level: \`secrets: { ${name}: { environment: ${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')} } }\`.`,
  })
}
