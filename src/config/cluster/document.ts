import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node as YamlNode, type Pair, type YAMLMap } from 'yaml'
import { Failure, type Position } from '../../errors'
import type { Findings } from '../findings'
import { shown, type Entry, type Mapping, type Node } from '../tree'
import { explained, isPlain } from '../yaml'

const MOST_CHARACTERS = 1024 * 1024
const MOST_NODES = 50_000
const DEEPEST = 64

/**
 * Reads a file of values, or JSON, into nodes with positions: aliases and merge keys (`<<`) are written out, as Helm does. What Helm
 * would pass over in silence (a key that is there twice, a second document, a tag of one's own) is wrong. It goes to `findings`, and null
 * comes out when nothing can be made of the text. No message quotes a value: it may be a secret.
 */
export function readValuesDocument(text: string, file: string, findings: Findings): Mapping | null {
  const top = { file, line: 1, column: 1 }
  const refuse = (what: string, cure: string, at: Position = top, why = ''): null => {
    findings.add(new Failure({ code: 'values-syntax', at, what, why, cure }))
    return null
  }
  if (text.length > MOST_CHARACTERS) {
    return refuse(`${file} has more than ${MOST_CHARACTERS} characters.`, 'Move what is large into a file of the chart.', top, 'Helm keeps all values in one Secret, which holds 1 MiB.')
  }
  const lines = new LineCounter()
  const documents = parsed(text, lines)
  if (documents === null) return refuse(`${file} is nested too deep.`, 'Write it flatter.')
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  let sound = true
  for (const { errors: [error], warnings: [warning] } of documents) {
    // What follows is mostly a consequence of the first.
    const first = error ?? warning
    if (first === undefined) continue
    sound = false
    if (first.code === 'TAG_RESOLVE_FAILED') refuse(...foreignTag, at(first.pos[0]))
    else refuse(...explained(first.code, first.message.replace(QUOTED, '')), at(first.pos[0]))
  }
  const [first, second] = documents
  if (second !== undefined) {
    refuse(`${file} holds several YAML documents.`, 'Make a file of each and name them in order, or remove the `---` and what follows it.', at(second.range[0]), 'Helm would read the first, and leave out the others without a word.')
  }
  const contents = first?.contents as YamlNode | null | undefined
  if (!sound) return null
  if (contents === null || contents === undefined || (isScalar(contents) && contents.value === null)) return { kind: 'mapping', entries: new Map(), at: top }
  const reader = new Reader(first as Document.Parsed, at, refuse)
  const root = reader.node(contents, 0, top)
  if (reader.tooMuch) return refuse(`${file} is nested too deep, or has too many values once its aliases are written out.`, 'Write it flatter, with fewer aliases (`*name`).')
  if (root === null || root.kind === 'mapping') return root
  return refuse(`${file} is ${root.kind === 'list' ? 'a list' : 'a plain value'}, not a mapping.`, 'Write keys and values, for example `replicaCount: 2`.', root.at)
}

/** Where the parser begins to quote what it has read. */
const QUOTED = /(: ["|>]| \\).*$/s

const foreignTag = ['A value begins with `!`, a tag that says nothing about values for a chart.', 'If the `!` belongs to a text, put the text in single quotes.'] as const

function parsed(text: string, lines: LineCounter): readonly Document.Parsed[] | null {
  try {
    // Where JSON is, a tab can only be space between values, and YAML wants none there.
    return [...parseAllDocuments(isJson(text) ? text.replaceAll('\t', ' ') : text, {
      lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false, version: '1.2',
    })] as Document.Parsed[]
  } catch (error) {
    // The parser recurses; a text of brackets exhausts its stack.
    if (error instanceof RangeError) return null
    throw error
  }
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

type Refuse = (what: string, cure: string, at?: Position, why?: string) => null

class Reader {
  readonly #document: Document.Parsed
  readonly #at: (offset: number) => Position
  readonly #refuse: Refuse
  tooMuch = false
  #nodes = 0

  constructor(document: Document.Parsed, at: (offset: number) => Position, refuse: Refuse) {
    this.#document = document
    this.#at = at
    this.#refuse = refuse
  }

  /** Null: it was refused, or there is too much. */
  node(source: YamlNode, depth: number, fallback: Position): Node | null {
    if (depth > DEEPEST || ++this.#nodes > MOST_NODES) this.tooMuch = true
    if (this.tooMuch) return null
    const at = source.range ? this.#at(source.range[0]) : fallback
    if (isAlias(source)) {
      const target = source.resolve(this.#document)
      if (target !== undefined) return this.node(target, depth + 1, at)
      return this.#refuse('A value begins with `*`, an alias, and no anchor of that name comes before it.', 'If the `*` belongs to a text, put the text in single quotes; else set the anchor (`&name`) first.', at)
    }
    if (isMap(source)) return this.#mapping(source, depth, at)
    if (isSeq(source)) {
      const items = source.items.map((item) => this.node(item as YamlNode, depth + 1, at))
      return { kind: 'list', items: items.filter((item) => item !== null), at }
    }
    if (!isScalar(source)) return null
    const { value, source: written = '' } = source
    const known = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' || value === null ? value : undefined
    if (known === undefined) return this.#refuse(...foreignTag, at)
    return { kind: 'scalar', value: known, text: typeof known === 'string' ? known : written, ...(isPlain(source) ? { plain: true } as const : {}), at }
  }

  #mapping(source: YAMLMap, depth: number, at: Position): Mapping {
    const entries = new Map<string, Entry>()
    const merged: Node[] = []
    for (const pair of source.items as Pair<YamlNode, YamlNode | null>[]) {
      const place = pair.key.range ? this.#at(pair.key.range[0]) : at
      const name = isAlias(pair.key) ? pair.key.resolve(this.#document) : pair.key
      if (!isScalar(name)) {
        this.#refuse('A key is not a plain word.', 'Write `key: value`; put a value that begins with `{`, `[` or `*` in quotes.', place)
        continue
      }
      const key = typeof name.value === 'string' ? name.value : name.source ?? String(name.value)
      const value = pair.value === null ? { kind: 'scalar', value: null, text: '', at: place } as const : this.node(pair.value, depth + 1, place)
      if (value === null) continue
      const before = entries.get(key)
      if (key === '<<' && isPlain(name)) merged.push(...value.kind === 'list' ? value.items : [value])
      else if (before !== undefined) this.#refuse(`The key ${shown(key, '`')} is here a second time; it is on line ${before.at?.line ?? '?'} already.`, 'Remove one of the two.', place, 'Only one of them can hold.')
      else entries.set(key, { key, at: place, value })
    }
    // What is written goes before what is merged, wherever it stands, and of several the first.
    for (const from of merged) {
      if (from.kind !== 'mapping') this.#refuse('A merge key (`<<`) has something else than a mapping.', 'Write `<<: *name`, where `&name` stands at a mapping.', from.at)
      else for (const [key, entry] of from.entries) if (!entries.has(key)) entries.set(key, entry)
    }
    return { kind: 'mapping', entries, at }
  }
}
