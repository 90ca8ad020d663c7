/** The little language of `${NAME}` in Compose files and in the env files beside them. */

/** `:-`, `-`: a default; `:?`, `?`: required; `:+`, `+`: instead of a value; empty: the value, or nothing. */
export type Operator = '' | ':-' | '-' | ':?' | '?' | ':+' | '+'

export interface Reference {
  readonly name: string
  readonly operator: Operator
  /** What follows the operator: a default, a message, a replacement. */
  readonly argument: string
  /** As it is written: `${NAME:-x}`. */
  readonly text: string
  /** Where it begins. */
  readonly index: number
  /** Those in the argument. */
  readonly nested: readonly Reference[]
}

export interface Interpolation {
  readonly references: readonly Reference[]
  /** `${` after which no variable follows: Compose refuses the file. */
  readonly malformed: readonly { readonly text: string; readonly index: number }[]
}

/** The value of a variable; undefined: it is not set. */
export type Lookup = (name: string) => string | undefined

const NAMED = /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|(\{))/g
const BRACED = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^]*))?$/

/** What of a text is to be replaced. `$$` is a dollar; a dollar before anything else stays what it is. */
export function interpolationOf(text: string): Interpolation {
  const references: Reference[] = []
  const malformed: { text: string; index: number }[] = []
  const pattern = new RegExp(NAMED)
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { 1: escaped, 2: named, index } = match
    if (escaped !== undefined) continue
    if (named !== undefined) {
      references.push({ name: named, operator: '', argument: '', text: match[0], index, nested: [] })
      continue
    }
    const end = closing(text, index + 1)
    const braced = end < 0 ? null : BRACED.exec(text.slice(index + 2, end))
    if (braced === null) {
      malformed.push({ text: end < 0 ? text.slice(index) : text.slice(index, end + 1), index })
      continue
    }
    const [, name = '', operator = '', argument = ''] = braced
    const inside = interpolationOf(argument)
    malformed.push(...inside.malformed.map((one) => ({ ...one, index })))
    references.push({ name, operator: operator as Operator, argument, text: text.slice(index, end + 1), index, nested: inside.references })
    pattern.lastIndex = end + 1
  }
  return { references, malformed }
}

/** The brace that closes the one at `open`. Others in between are counted; where that comes to nothing, only those of variables. */
function closing(text: string, open: number): number {
  const search = (opens: (at: number) => boolean): number => {
    let depth = 0
    for (let at = open; at < text.length; at++) {
      if (opens(at)) depth++
      else if (text[at] === '}' && --depth === 0) return at
    }
    return -1
  }
  const counted = search((at) => text[at] === '{')
  return counted >= 0 ? counted : search((at) => text[at] === '{' && (at === open || text[at - 1] === '$'))
}

/** Every variable that a text names, in arguments too. */
export function namesIn(references: readonly Reference[]): readonly string[] {
  return references.flatMap(({ name, nested }) => [name, ...namesIn(nested)])
}

/** What a text comes to. What is required and missing is empty here: `wanting` says that it is. */
export function substituted(text: string, lookup: Lookup): string {
  const { references } = interpolationOf(text)
  const plain = (piece: string): string => piece.replaceAll('$$', '$')
  let result = ''
  let at = 0
  for (const reference of references) {
    result += plain(text.slice(at, reference.index)) + valueOf(reference, lookup)
    at = reference.index + reference.text.length
  }
  return result + plain(text.slice(at))
}

function valueOf({ name, operator, argument }: Reference, lookup: Lookup): string {
  const value = lookup(name)
  const given = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  if (operator.endsWith('+')) return given ? substituted(argument, lookup) : ''
  if (given) return value ?? ''
  return operator.endsWith('-') ? substituted(argument, lookup) : ''
}

/** What a variable that is not set leaves behind. */
export interface Wanting {
  readonly reference: Reference
  /** `required`: Compose refuses the file. `empty`: it takes nothing for it, and says so in a line that nobody reads. */
  readonly kind: 'required' | 'empty'
}

/**
 * Which variables a text lacks. A default that is not used is empty for nobody; but what is required in it Compose asks for all the
 * same, since it fills in arguments before it looks whether they are needed.
 */
export function wanting(references: readonly Reference[], lookup: Lookup): readonly Wanting[] {
  return references.flatMap((reference): readonly Wanting[] => {
    const { operator, nested } = reference
    const value = lookup(reference.name)
    const given = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
    if (operator === '') return given ? [] : [{ reference, kind: 'empty' }]
    const inside = wanting(nested, lookup)
    const used = operator.endsWith('-') ? !given : operator.endsWith('+') && given
    const lacks = used ? inside : inside.filter(({ kind }) => kind === 'required')
    return operator.endsWith('?') && !given ? [{ reference, kind: 'required' }, ...lacks] : lacks
  })
}
