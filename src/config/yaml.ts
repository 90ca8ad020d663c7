import {
  isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit,
  type Document, type Node as YamlNode, type Pair, type ParsedNode, type Scalar as YamlScalar, type YAMLMap
} from 'yaml'
import { Failure, type Position } from '../errors'
import type { Findings } from './findings'
import { shown, type Entry, type Mapping, type Node, type Scalar } from './tree'

const MOST_CHARACTERS = 256 * 1024
const MOST_NODES = 5_000
const DEEPEST = 32

/**
 * Reads YAML 1.2 (core schema) into nodes with positions. What is wrong goes to `findings`; null when nothing can be made of the
 * text. One document, at most 256 KiB, 5,000 nodes with aliases written out, 32 levels.
 */
export function parseYaml(text: string, file: string, findings: Findings): Mapping | null {
  const top = { file, line: 1, column: 1 }
  if (text.length > MOST_CHARACTERS) {
    findings.add(new Failure({
      code: 'config-too-large', at: top,
      what: `${file} has ${text.length} characters, more than the ${MOST_CHARACTERS} that are read.`,
      cure: 'Move what is not configuration out of it.'
    }))
    return null
  }
  const lines = new LineCounter()
  const documents = parsed(text, lines)
  if (documents === null) {
    findings.add(tooDeep(top))
    return null
  }
  const reader = new Reader(file, lines, findings)
  const sound = documents.map((document) => reader.check(document)).every(Boolean)
  const [first, second] = documents
  if (second !== undefined) {
    findings.add(new Failure({
      code: 'config-several-documents', at: reader.at(second.range[0]), what: `${file} holds several YAML documents.`,
      why: 'It describes one app.', cure: 'Remove the `---` line and what follows it; use `environments` for variants.'
    }))
  }
  if (!sound || first === undefined) return sound ? { kind: 'mapping', entries: new Map(), at: top } : null
  return reader.root(first, top)
}

function parsed(text: string, lines: LineCounter): Document.Parsed[] | null {
  try {
    const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2', merge: false } as const
    return [...parseAllDocuments(text, options)] as Document.Parsed[]
  } catch (error) {
    // The parser recurses; a text of brackets exhausts its stack.
    if (error instanceof RangeError) return null
    throw error
  }
}

const tooDeep = (at: Position): Failure => new Failure({
  code: 'config-too-deep', at, what: `The file is nested more than ${DEEPEST} levels deep.`,
  why: 'An alias may refer to what it stands in.', cure: 'Write it flatter; nothing in slipway.yml needs more than five levels.'
})

class Reader {
  readonly #file: string
  readonly #lines: LineCounter
  readonly #findings: Findings
  #nodes = 0

  constructor(file: string, lines: LineCounter, findings: Findings) {
    this.#file = file
    this.#lines = lines
    this.#findings = findings
  }

  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  /** Reports what the parser found; false when the text is not YAML that we read. */
  check(document: Document.Parsed): boolean {
    const lines = new Set<number>()
    for (const error of [...document.errors, ...document.warnings]) {
      const unclosed = /Missing closing .quote/.test(error.message)
      const at = this.at(unclosed ? opening(document, error.pos[0]) : error.pos[0])
      // What follows on the same line is a consequence.
      if (lines.has(at.line)) continue
      lines.add(at.line)
      const [what, cure] = explain(error.code, error.message)
      this.#findings.add(/call stack/.test(error.message) ? tooDeep(at) : new Failure({ code: 'config-syntax', at, what, cure }))
      // The rest of the file is inside the quotes.
      if (unclosed) break
    }
    const { explicit, version } = document.directives.yaml
    const old = explicit === true && version !== '1.2'
    if (old) {
      this.#findings.add(new Failure({
        code: 'config-syntax', at: this.at(0), what: `The file declares YAML ${version}.`,
        why: 'There `on` and `no` are booleans, and `08` is not what it seems.', cure: 'Remove the %YAML line.'
      }))
    }
    return document.errors.length + document.warnings.length === 0 && !old
  }

  root(document: Document.Parsed, top: Position): Mapping | null {
    const contents: ParsedNode | null = document.contents
    if (contents === null || (isScalar(contents) && contents.value === null)) {
      return { kind: 'mapping', entries: new Map(), at: top }
    }
    const node = this.#node(contents, document, 0, top)
    if (node === null || node.kind === 'mapping') return node
    this.#findings.add(new Failure({
      code: 'config-wrong-type', at: node.at,
      what: `${this.#file} is ${node.kind === 'list' ? 'a list' : 'a plain value'}, not a mapping.`,
      cure: 'Write keys and values, for example `start: node main.js`.'
    }))
    return null
  }

  #node(source: YamlNode, document: Document.Parsed, depth: number, fallback: Position): Node | null {
    const at = source.range ? this.at(source.range[0]) : fallback
    if (depth > DEEPEST) return this.#refuse(tooDeep(at))
    if (++this.#nodes === MOST_NODES + 1) {
      return this.#refuse(new Failure({
        code: 'config-too-large', at, what: `The file has more than ${MOST_NODES} values once its aliases are written out.`,
        cure: 'Use fewer aliases (`*name`).'
      }))
    }
    if (this.#nodes > MOST_NODES) return null
    if (isAlias(source)) {
      const target = source.resolve(document)
      if (target) return this.#node(target, document, depth + 1, at)
      return this.#refuse(new Failure({
        code: 'config-syntax', at, what: `The alias ${shown(`*${source.source}`, '')} refers to nothing before it.`,
        why: 'A value that begins with `*` is an alias in YAML.', cure: 'Put the value in single quotes, or set the anchor first.'
      }))
    }
    if (isMap(source)) return this.#mapping(source, document, depth, at)
    if (isSeq(source)) {
      const items = source.items.map((item) => this.#node(item as YamlNode, document, depth + 1, at))
      return { kind: 'list', items: items.filter((item) => item !== null), at }
    }
    return isScalar(source) ? scalarOf(source.value, source.source, at, isPlain(source)) : null
  }

  #mapping(source: YAMLMap, document: Document.Parsed, depth: number, at: Position): Mapping {
    const entries = new Map<string, Entry>()
    for (const pair of source.items as Pair<YamlNode, YamlNode | null>[]) {
      const place = pair.key.range ? this.at(pair.key.range[0]) : at
      if (!isScalar(pair.key)) {
        this.#refuse(new Failure({
          code: 'config-syntax', at: place, what: 'A key is not a plain word.',
          cure: 'Write `key: value`; put a value that begins with `{`, `[` or `*` in quotes.'
        }))
        continue
      }
      const key = pair.key.source ?? String(pair.key.value)
      const before = entries.get(key)
      if (before !== undefined) this.#refuse(duplicate(key, place, before.at))
      else if (key === '<<') this.#refuse(merge(place))
      else {
        // An empty value stands nowhere: the key's place is the better one.
        const empty = pair.value === null || (isScalar(pair.value) && pair.value.value === null && !pair.value.source)
        const value = empty ? scalarOf(null, '', place) : this.#node(pair.value as YamlNode, document, depth + 1, place)
        if (value !== null) entries.set(key, { key, at: place, value })
      }
    }
    return { kind: 'mapping', entries, at }
  }

  #refuse(failure: Failure): null {
    this.#findings.add(failure)
    return null
  }
}

function scalarOf(value: unknown, source: string | undefined, at: Position, plain = false): Scalar {
  const known = typeof value === 'number' || typeof value === 'boolean' || value === null ? value : source ?? ''
  return { kind: 'scalar', value: known, text: typeof known === 'string' ? known : source ?? String(known), ...(plain ? { plain } : {}), at }
}

/** Is it for the reader to say what kind of value it is? */
export const isPlain = ({ type, tag }: YamlScalar): boolean => type === 'PLAIN' && tag === undefined

const duplicate = (key: string, at: Position, first: Position | undefined): Failure => new Failure({
  code: 'config-duplicate-key', at,
  what: `The key ${shown(key)} is here a second time; it is on line ${first?.line ?? '?'} already.`,
  why: 'Only one of them can hold.', cure: 'Remove one of the two.'
})

const merge = (at: Position): Failure => new Failure({
  code: 'config-merge-key', at, what: 'Merge keys (`<<`) are not read.', why: 'They are no part of YAML 1.2.',
  cure: 'Write the keys out, or use an alias for a whole value: `env: *env`.'
})

/** Where the quote that is not closed before `end` was opened. */
function opening(document: Document.Parsed, end: number): number {
  let start = end
  visit(document, {
    Scalar(_, { type, range }) {
      if (/^QUOTE/.test(type ?? '') && range && range[0] < end) start = range[0]
    }
  })
  return start
}

const QUOTES = 'Put the whole value in single quotes: `start: \'…\'`.'

/** For a file that has no `start`. */
export function explained(code: string, message: string): readonly [what: string, cure: string] {
  if (code === 'DUPLICATE_KEY') return ['A key is here a second time in the same mapping.', 'Remove one of the two.']
  const [what, cure] = explain(code, message)
  return [what, cure.replace('`start: ', '`key: ')]
}

/** The parser's code as a sentence and what to do about it. */
function explain(code: string, message: string): readonly [what: string, cure: string] {
  switch (code) {
    case 'TAB_AS_INDENT': return ['A line is indented with a tab; YAML wants spaces.', 'Replace the tab by two spaces.']
    case 'BAD_INDENT':
      if (/end with a/.test(message)) return [`Something is missing: ${message}.`, 'Add the closing bracket.']
      return [`The indentation is off: ${message}.`, 'Indent by two spaces a level, the same for keys of one mapping.']
    case 'BLOCK_AS_IMPLICIT_KEY':
      return ['There is a second `: ` on the line, which would begin a mapping in the middle of a value.', QUOTES]
    case 'BAD_SCALAR_START': return ['A value cannot begin with @ or a backtick in YAML.', QUOTES]
    case 'BAD_DQ_ESCAPE': return [`A double-quoted value has a backslash that means nothing: ${message}.`, 'Use single quotes.']
    case 'MISSING_CHAR':
      if (/closing .quote/.test(message)) return ['A quote is opened and never closed.', 'Close it, or remove it.']
      if (/Implicit map keys/.test(message)) return ['A line has a word and no `: ` after it.', 'Write `key: value`.']
      return [`Something is missing: ${message}.`, 'Add the missing bracket, comma or space.']
    case 'TAG_RESOLVE_FAILED':
      return [`A value begins with !, which is a YAML tag: ${message}.`, QUOTES]
    default: return [`This is not YAML: ${message}.`, `Check the line and the one before it. ${QUOTES}`]
  }
}
