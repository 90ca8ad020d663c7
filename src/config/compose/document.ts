import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node as YamlNode, type Pair, type YAMLMap } from 'yaml'
import { Failure, type Position } from '../../errors'
import type { Findings } from '../findings'
import type { Entry, Mapping, Node, Scalar } from '../tree'
import { explained } from '../yaml'

const MOST_CHARACTERS = 1024 * 1024
const MOST_NODES = 50_000
const DEEPEST = 64

/** A Compose file: nodes that know where they were written, merge keys and aliases written out. */
export interface ComposeDocument {
  readonly file: string
  /** Several documents of a file are laid over each other, as several files are. */
  readonly roots: readonly Mapping[]
  /** Where a piece of a scalar's text stands, be it over several lines. */
  locate(scalar: Scalar, part: string): Position
  /** `!reset`: what was there is gone. `!override`: it is replaced, not merged. */
  tagged(node: Node): 'reset' | 'override' | null
}

/** Reads YAML as Compose does; what is wrong with it goes to `findings`, and null comes out when nothing can be made of it. */
export function readDocument(text: string, file: string, findings: Findings): ComposeDocument | null {
  const top = { file, line: 1, column: 1 }
  const refuse = (what: string, cure: string, at: Position = top): null => {
    findings.add(new Failure({ code: 'compose-syntax', at, what, cure }))
    return null
  }
  if (text.length > MOST_CHARACTERS) return refuse(`${file} has more than ${MOST_CHARACTERS} characters.`, 'Move what is no description of services out of it.')
  const lines = new LineCounter()
  let documents: readonly Document.Parsed[]
  try {
    documents = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: false, version: '1.2' })] as Document.Parsed[]
  } catch (error) {
    if (error instanceof RangeError) return refuse(`${file} is nested too deep.`, 'Write it flatter.')
    throw error
  }
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  let sound = true
  for (const { errors } of documents) {
    // What follows is mostly a consequence of the first.
    const [error] = errors
    if (error === undefined) continue
    sound = false
    const [what, cure] = explained(error.code, error.message)
    refuse(what, cure, at(error.pos[0]))
  }
  if (!sound) return null
  const reader = new Reader(text, at)
  const roots: Mapping[] = []
  for (const document of documents) {
    const contents = document.contents as YamlNode | null
    if (contents === null || (isScalar(contents) && contents.value === null)) continue
    const root = reader.node(contents, document, 0, top)
    const { dangling } = reader
    if (dangling !== null) return refuse(`The alias \`*${dangling.name}\` refers to nothing before it.`, `Set the anchor \`&${dangling.name}\` first.`, dangling.at)
    if (root === null) return refuse(`${file} is nested too deep, or has too many values once its aliases are written out.`, 'Write it flatter, with fewer aliases (`*name`).')
    if (root.kind !== 'mapping') return refuse(`${file} is ${root.kind === 'list' ? 'a list' : 'a plain value'}, not a mapping.`, 'A Compose file begins with `services:`.', root.at)
    roots.push(root)
  }
  return { file, roots, locate: (scalar, part) => reader.locate(scalar, part), tagged: (node) => reader.tagged(node) }
}

class Reader {
  readonly #text: string
  readonly #at: (offset: number) => Position
  readonly #ranges = new WeakMap<Scalar, readonly [number, number]>()
  readonly #tags = new WeakMap<Node, 'reset' | 'override'>()
  /** The first alias without an anchor. */
  dangling: { readonly name: string; readonly at: Position } | null = null
  #nodes = 0

  constructor(text: string, at: (offset: number) => Position) {
    this.#text = text
    this.#at = at
  }

  locate(scalar: Scalar, part: string): Position {
    const [start, end] = this.#ranges.get(scalar) ?? [0, 0]
    const index = this.#text.slice(start, end).indexOf(part)
    return index < 0 ? scalar.at ?? this.#at(start) : this.#at(start + index)
  }

  tagged(node: Node): 'reset' | 'override' | null {
    return this.#tags.get(node) ?? null
  }

  /** Null: too deep, or too much. */
  node(source: YamlNode, document: Document.Parsed, depth: number, fallback: Position): Node | null {
    if (depth > DEEPEST || ++this.#nodes > MOST_NODES) return null
    if (isAlias(source)) {
      const target = source.resolve(document)
      if (target !== undefined) return this.node(target, document, depth + 1, fallback)
      this.dangling ??= { name: source.source, at: source.range ? this.#at(source.range[0]) : fallback }
      return null
    }
    const at = source.range ? this.#at(source.range[0]) : fallback
    const made = isMap(source) ? this.#mapping(source, document, depth, at) : this.#plain(source, document, depth, at)
    const tag = /^!(reset|override)$/.exec(source.tag ?? '')?.[1]
    if (made !== null && tag !== undefined) this.#tags.set(made, tag as 'reset' | 'override')
    return made
  }

  #plain(source: YamlNode, document: Document.Parsed, depth: number, at: Position): Node | null {
    if (isSeq(source)) {
      const items = source.items.map((item) => this.node(item as YamlNode, document, depth + 1, at))
      return items.includes(null) ? null : { kind: 'list', items: items.filter((item) => item !== null), at }
    }
    if (!isScalar(source)) return null
    const { value, source: written } = source
    const known = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' || value === null ? value : written ?? ''
    const scalar: Scalar = { kind: 'scalar', value: known, text: typeof known === 'string' ? known : written ?? String(known), at }
    if (source.range) this.#ranges.set(scalar, [source.range[0], source.range[1]])
    return scalar
  }

  #mapping(source: YAMLMap, document: Document.Parsed, depth: number, at: Position): Mapping | null {
    const entries = new Map<string, Entry>()
    const merged: Node[] = []
    for (const pair of source.items as Pair<YamlNode, YamlNode | null>[]) {
      const place = pair.key.range ? this.#at(pair.key.range[0]) : at
      const key = isScalar(pair.key) ? pair.key.source ?? String(pair.key.value) : pair.key.toString()
      const value = pair.value === null ? { kind: 'scalar', value: null, text: '', at: place } as const : this.node(pair.value, document, depth + 1, place)
      if (value === null) return null
      if (key === '<<') merged.push(...value.kind === 'list' ? value.items : [value])
      else entries.set(key, { key, at: place, value })
    }
    // What is written goes before what is merged, wherever it stands, and of several the first.
    for (const from of merged) {
      if (from.kind !== 'mapping') continue
      for (const [key, entry] of from.entries) if (!entries.has(key)) entries.set(key, entry)
    }
    return { kind: 'mapping', entries, at }
  }
}
