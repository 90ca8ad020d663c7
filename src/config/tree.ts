import type { Position } from '../errors'

/** A YAML document as plain nodes that still know where they were written. Overlays and detection make such nodes, too. */
export type Node = Scalar | List | Mapping

export interface Scalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** What was written, without quotes: `1.10` and `08` stay what they are. */
  readonly text: string
  /** Without quotes, and without a tag that says what it is. */
  readonly plain?: true
  readonly at: Position | undefined
}

export interface List {
  readonly kind: 'list'
  readonly items: readonly Node[]
  readonly at: Position | undefined
}

export interface Mapping {
  readonly kind: 'mapping'
  readonly entries: ReadonlyMap<string, Entry>
  readonly at: Position | undefined
}

export interface Entry {
  readonly key: string
  /** Where the key stands. */
  readonly at: Position | undefined
  readonly value: Node
}

export function scalar(text: string, at: Position | undefined): Scalar {
  return { kind: 'scalar', value: text, text, at }
}

export function mapping(entries: Iterable<Entry>, at: Position | undefined): Mapping {
  return { kind: 'mapping', entries: new Map([...entries].map((entry) => [entry.key, entry])), at }
}

export const isNull = (node: Node): boolean => node.kind === 'scalar' && node.value === null

/** The mapping under a key; undefined when there is none. */
export function mappingAt(parent: Mapping, key: string): Mapping | undefined {
  const value = parent.entries.get(key)?.value
  return value?.kind === 'mapping' ? value : undefined
}

/** The text under a key; undefined when there is none. */
export function textAt(parent: Mapping, key: string): string | undefined {
  const value = parent.entries.get(key)?.value
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined
}

/** A node as a reader would call it: `a list`, `the text "5"`, `the number 5`. */
export function called(node: Node): string {
  if (node.kind === 'list') return 'a list'
  if (node.kind === 'mapping') return 'a mapping'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'string') return `the text ${shown(node.value)}`
  return typeof node.value === 'number' ? `the number ${shown(node.text, '')}` : `the word ${shown(node.text, '')}`
}

/** Text from the file, safe in a message: quoted, escaped, at most 60 characters. */
export function shown(text: string, quote = '"'): string {
  const cut = text.length > 60 ? `${text.slice(0, 57)}…` : text
  const escaped = JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')
  const visible = escaped.replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => codePoint(character))
  return `${quote}${visible}${quote}`
}

/** `U+0007` of a character. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
