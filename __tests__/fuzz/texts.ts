import fc, { type Arbitrary } from 'fast-check'

/** What a reader may take for something else than text: commands, options, ways out, names that JavaScript has already. */
export const traps = [
  '', ' ', '\0', '\n', '\r', '\r\n', '\t', '\u001b[31m', '\u2028', '\u202e', '\u0085', '\ud800', '\ufeff', '😀', '%', '%0A::error::x', '"', '\'', '`', '\\', '$', '#', ';', '&', '|', '{', '}', '<', '>', '*', '~', '!', '=', ':', '@', '/',
  '../', '/../../etc/passwd', '..', '.', '/etc/passwd', '.git/config', '-', '--', '-oProxyCommand=touch canary', '--upload-pack=touch canary', '$(touch canary)', '`touch canary`', '; touch canary;', '| touch canary', '\ntouch canary\n', '${IFS}', '$PATH', '%n', '%h',
  '::set-output name=x::y', '\n::set-output name=x::y', '::add-mask::x', '::stop-commands::x', '##[set-output name=x]y', '\n##[group]x', '::error::x', '::endgroup::',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'length', 'then',
  'null', 'true', 'no', '~', '0', '-1', '1e400', 'NaN', 'Infinity', '9007199254740993', '0x10', '1_000', '00', '08', '1.10', '2026-11-28',
  '<script>alert(1)</script>', '<!--', '-->', '](javascript:x)', '![x](http://x.invalid/y)', '@everyone', '&lt;', '```', '~~~', '<details>', '|', 'EOF', 'ghadelimiter_x',
] as const

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789._-/:@ '

/** A short run of characters that names are made of. */
export const word: Arbitrary<string> = fc.string({ unit: fc.constantFrom(...Array.from('abcxyz019-_.')), minLength: 1, maxLength: 12 })

export const trap: Arbitrary<string> = fc.constantFrom(...traps)

/** Any text: plain, of traps, of all Unicode with halves of pairs, or long. */
export const text: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), maxLength: 24 }) },
  { weight: 3, arbitrary: trap },
  { weight: 2, arbitrary: fc.array(fc.oneof(trap, word), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)) },
  { weight: 1, arbitrary: fc.tuple(fc.oneof(word, trap), fc.constantFrom(20, 63, 64, 128, 300, 5000)).map(([piece, times]) => piece.repeat(times).slice(0, 20_000)) },
)

/** Anything that JSON can hold, with keys and texts of the above. */
export const json: Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, depthSize: 'small' },
    text, fc.constantFrom(null, true, false, 0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 1e308), fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.oneof(word, trap), tie('value'), { maxKeys: 4 })),
})).value

type Edit = readonly [kind: 'drop' | 'insert' | 'double' | 'swap' | 'cut' | 'flip', at: number, length: number, text: string]

const edit: Arbitrary<Edit> = fc.tuple(
  fc.constantFrom('drop', 'insert', 'double', 'swap', 'cut', 'flip'), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), text)

/** One of the texts as it is, or with a few things changed in it. */
export function mutated(corpus: readonly string[]): Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: 4 })).map(([text, edits]) => edits.reduce(edited, text))
}

function edited(text: string, [kind, place, length, piece]: Edit): string {
  const at = Math.floor(place * text.length)
  const [before, after] = [text.slice(0, at), text.slice(at)]
  switch (kind) {
    case 'drop': return before + after.slice(length)
    case 'insert': return before + piece + after
    case 'double': return before + after.slice(0, length).repeat(3) + after
    case 'cut': return before
    case 'flip': return before + String.fromCharCode((after.charCodeAt(0) || 0) ^ (1 << length % 8)) + after.slice(1)
    case 'swap': {
      // Lines are what most formats are made of.
      const lines = text.split('\n')
      const one = Math.floor(place * lines.length)
      const other = (one + 1 + length) % lines.length
      ;[lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? '']
      return lines.join('\n')
    }
  }
}

type Step = readonly [at: number, value: unknown]

/** A document with some of its values replaced, keys added and removed: `__proto__` among them, as `JSON.parse` makes it. */
export function altered(corpus: readonly unknown[], values: Arbitrary<unknown> = json): Arbitrary<unknown> {
  return documents(corpus, values, changed)
}

/** The same, of what a program prints that knows its schema: values are replaced by others of their type, and keys of names are added. */
export function refilled(corpus: readonly unknown[], values: Arbitrary<unknown> = json): Arbitrary<unknown> {
  return documents(corpus, values, (document, [at, value]) => {
    const places = placesIn(document)
    const [holder, key] = places[at % (places.length + 1)] ?? []
    if (holder === undefined || key === undefined) return document
    const before = holder[key]
    if (typeof before === typeof value && before !== null && value !== null && typeof value !== 'object') holder[key] = value
    return document
  })
}

function documents(corpus: readonly unknown[], values: Arbitrary<unknown>, change: (document: unknown, step: Step, add: boolean) => unknown): Arbitrary<unknown> {
  const texts = corpus.map((one) => JSON.stringify(one))
  return fc.tuple(fc.constantFrom(...texts), fc.array(fc.tuple(fc.nat(100_000), values), { maxLength: 3 }), fc.boolean())
    .map(([document, steps, add]) => steps.reduce<unknown>((now, step) => change(now, step, add), JSON.parse(document)))
}

function changed(document: unknown, [at, given]: Step, add: boolean): unknown {
  const places = placesIn(document)
  const place = places[at % (places.length + 1)]
  // A copy: what is put into two places would otherwise be put into itself by the second.
  const value = structuredClone(given)
  if (place === undefined) return at % 7 === 0 ? value : document
  const [holder, key] = place
  if (add && at % 3 === 0 && typeof value === 'string' && !Array.isArray(holder)) {
    Object.defineProperty(holder, value, { value: holder[key], enumerable: true, configurable: true, writable: true })
  } else if (at % 5 === 0 && Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (at % 5 === 0) Reflect.deleteProperty(holder, key)
  else holder[key] = value
  return document
}

function placesIn(document: unknown): readonly (readonly [Record<string, unknown>, string])[] {
  const found: (readonly [Record<string, unknown>, string])[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || found.length > 5_000) return
    for (const [key, inner] of Object.entries(value)) {
      found.push([value as Record<string, unknown>, key])
      walk(inner)
    }
  }
  walk(document)
  return found
}
