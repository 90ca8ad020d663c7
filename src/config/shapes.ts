import { Failure, nearest } from '../errors'
import type { Findings } from './findings'
import type { Format, JsonSchema, Problem } from './format'
import { called, scalar, shown, type Mapping, type Node } from './tree'

/** Where reading has come to. */
export interface Walk {
  /** `services.api.start`; empty at the top. */
  readonly place: string
  /** In an overlay null removes a key. */
  readonly overlay: boolean
  readonly findings: Findings
}

/** One description, three uses: it reads nodes, reporting all that is wrong; it publishes a JSON Schema; it documents. */
export interface Shape<T> {
  /** As it stands after `key: ` in YAML. */
  readonly example: string
  /** `a duration`. */
  readonly says: string
  /** The keys inside, for the reference; undefined for plain values. */
  readonly keys?: Keys
  read(node: Node, walk: Walk): T | undefined
  json(overlay: boolean): JsonSchema
}

export interface Key<T> {
  readonly shape: Shape<T>
  readonly about: string
  /** The default in words, for the reference. */
  readonly fallback: string
  /** Names that people know from elsewhere for the same thing. */
  readonly alias: readonly string[]
}

export type Keys = Readonly<Record<string, Key<unknown>>>
export type Read<K extends Keys> = { readonly [P in keyof K]?: K[P] extends Key<infer T> ? T : never }

export function key<T>(shape: Shape<T>, about: string, fallback = '', alias: readonly string[] = []): Key<T> {
  return { shape, about, fallback, alias }
}

export function fault(node: Node, walk: Walk, problem: Problem, example: string): undefined {
  const last = walk.place.split('.').at(-1) ?? ''
  const line = last.endsWith(']') ? `- ${example}` : `${shown(last, '')}: ${example}`
  walk.findings.add(new Failure({
    code: problem.code ?? 'config-value',
    what: `${walk.place === '' ? 'The file' : shown(walk.place, '`')} ${problem.what}.`,
    why: problem.why,
    cure: problem.cure ?? `Write, for example, \`${line}\`.`,
    at: node.at
  }))
  return undefined
}

const mistyped = (node: Node, walk: Walk, shape: { says: string; example: string }): undefined => node.kind === 'scalar'
  && node.value === null
  ? nothing(node, walk, shape)
  : fault(node, walk, { code: 'config-wrong-type', what: `must be ${shape.says}, not ${called(node)}` }, shape.example)

const nothing = (node: Node, walk: Walk, shape: { says: string; example: string }): undefined =>
  fault(node, walk, { code: 'config-empty', what: 'is empty',
    cure: `Write ${shape.says}, for example \`${shape.example}\`, or remove the key.` }, '')

/** A plain value. */
export function value<T>(format: Format<T>): Shape<T> {
  return {
    example: format.example,
    says: format.says,
    json: () => format.json,
    read(node, walk) {
      if (node.kind !== 'scalar' || node.value === null) return mistyped(node, walk, format)
      const reading = format.read(node)
      return 'value' in reading ? reading.value : fault(node, walk, reading.problem, format.example)
    }
  }
}

/** A list without repetitions; with `single` one value may stand for a list of one; `filled`: it may not be empty. */
export function list<T>(of: Shape<T>, { single = false, repeats = false, filled = false } = {}): Shape<readonly T[]> {
  const says = `a list, each ${of.says.replace(/^an? /, '')}`
  const example = `[${of.example}]`
  return {
    example,
    says,
    json(overlay) {
      const items = of.json(overlay)
      const many = {
        type: filled ? 'array' : ['array', 'null'], items, ...(repeats ? {} : { uniqueItems: true }), ...(filled ? { minItems: 1 } : {})
      }
      return single ? { anyOf: [many, items] } : many
    },
    read(node, walk) {
      const empty = node.kind === 'list' ? node.items.length === 0 : node.kind === 'scalar' && node.value === null
      if (empty) return filled ? nothing(node, walk, { says, example }) : []
      if (node.kind !== 'list' && !(single && (node.kind === 'scalar' || of.keys !== undefined))) {
        return mistyped(node, walk, { says, example })
      }
      if (node.kind !== 'list') {
        const only = of.read(node, walk)
        return only === undefined ? undefined : [only]
      }
      const seen: T[] = []
      for (const [index, item] of node.items.entries()) {
        const here = { ...walk, place: `${walk.place}[${index}]` }
        const read = of.read(item, here)
        if (read === undefined) continue
        if (!repeats && seen.includes(read)) {
          fault(item, here,
            { code: 'config-repeated', what: `is ${shown(String(read))} a second time`, cure: 'Remove one of the two.' }, '')
        } else {
          seen.push(read)
        }
      }
      return seen
    }
  }
}

/** A mapping with names of the user's choice. */
export function map<T>(names: Format<string>, of: Shape<T>, { nulls = false } = {}): Shape<ReadonlyMap<string, T>> {
  const example = `{ ${names.example}: ${of.example} }`
  const says = 'a mapping'
  return {
    example,
    says,
    ...(of.keys === undefined ? {} : { keys: of.keys }),
    json(overlay) {
      const inner = of.json(overlay || nulls)
      return {
        type: ['object', 'null'],
        propertyNames: { type: 'string', pattern: names.json['pattern'], maxLength: names.json['maxLength'] },
        additionalProperties: overlay ? orNull(inner) : inner
      }
    },
    read(node, walk) {
      if (node.kind === 'scalar' && node.value === null) return new Map()
      if (node.kind !== 'mapping') return mistyped(node, walk, { says, example })
      const read = new Map<string, T>()
      for (const entry of node.entries.values()) {
        const here = { ...walk, place: join(walk.place, entry.key), overlay: walk.overlay || nulls }
        const name = names.read(scalar(entry.key, entry.at))
        if ('problem' in name) fault(scalar(entry.key, entry.at), here, name.problem, of.example)
        if (walk.overlay && entry.value.kind === 'scalar' && entry.value.value === null) continue
        const inner = of.read(entry.value, here)
        if (inner !== undefined && 'value' in name) read.set(name.value, inner)
      }
      return read
    }
  }
}

/** A mapping with keys that we know. `elsewhere` says of a key that is none of them where it belongs. */
export function group<K extends Keys>(keys: K, example: string,
  elsewhere: (name: string) => string | undefined = () => undefined): Shape<Read<K>> {
  const says = 'a mapping'
  return {
    example,
    says,
    keys,
    json(overlay) {
      const properties = Object.entries(keys).map(([name, { shape, about }]) => {
        const inner = shape.json(overlay)
        return [name, { description: about, ...(overlay ? orNull(inner) : inner) }]
      })
      return { type: ['object', 'null'], additionalProperties: false, properties: Object.fromEntries(properties) as JsonSchema }
    },
    read(node, walk) {
      if (node.kind === 'scalar' && node.value === null) return {}
      if (node.kind !== 'mapping') return mistyped(node, walk, { says, example })
      const read: Record<string, unknown> = {}
      for (const entry of node.entries.values()) {
        const known = Object.hasOwn(keys, entry.key) ? keys[entry.key] : undefined
        if (known === undefined) {
          unknownKey(entry.key, node, walk, keys, elsewhere)
          continue
        }
        if (walk.overlay && entry.value.kind === 'scalar' && entry.value.value === null) continue
        const inner = known.shape.read(entry.value, { ...walk, place: join(walk.place, entry.key) })
        if (inner !== undefined) read[entry.key] = inner
      }
      return read as Read<K>
    }
  }
}

/** A group that says nothing without this key. */
export function needing<T, R>(name: string, of: Shape<T>, make: (value: T) => R | undefined): Shape<R> {
  return {
    ...of,
    json: (overlay) => ({ ...of.json(overlay), required: [name] }),
    read(node, walk) {
      const read = of.read(node, walk)
      if (read === undefined) return undefined
      const made = make(read)
      const written = node.kind === 'mapping' ? [...node.entries.keys()] : []
      // One that is written and wrong, or misspelt, has been reported.
      if (made !== undefined || written.some((key) => key === name || !Object.hasOwn(of.keys ?? {}, key))) return made
      return fault(node, walk, { code: 'config-incomplete', what: `has no \`${name}\`` }, of.example)
    }
  }
}

/** Either a plain value or a mapping. */
export function either<A, B>(plain: Shape<A>, long: Shape<B>): Shape<A | B> {
  return {
    example: plain.example,
    says: plain.says,
    ...(long.keys === undefined ? {} : { keys: long.keys }),
    json: (overlay) => ({ anyOf: [plain.json(overlay), { ...long.json(overlay), type: 'object' }] }),
    read: (node, walk) => node.kind === 'mapping' ? long.read(node, walk) : plain.read(node, walk)
  }
}

function unknownKey(name: string, node: Mapping, walk: Walk, keys: Keys, elsewhere: (name: string) => string | undefined): void {
  const plural = Object.keys(keys).find((known) => known === `${name}s` || name === `${known}s`)
  const alias = plural ?? Object.keys(keys).find((known) => keys[known]?.alias.includes(name))
  const near = alias ?? nearest(name, Object.keys(keys))
  const place = alias === undefined ? elsewhere(name) : undefined
  const cure = place ?? (near ? `Did you mean \`${near}\`?` : `Known here: ${Object.keys(keys).join(', ')}.`)
  const at = node.entries.get(name)?.at
  walk.findings.add(new Failure({
    code: 'config-unknown-key', at, what: `${shown(join(walk.place, name), '`')} is not a key that Slipway knows.`, cure
  }))
}

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] })
const join = (place: string, name: string): string => place === '' ? name : `${place}.${name}`
