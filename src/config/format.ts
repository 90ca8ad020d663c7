import { called, codePoint, shown, type Scalar } from './tree'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What is wrong with one value: `what` goes on after the key's name, as in "`keep` must be …". */
export interface Problem {
  readonly code?: string | undefined
  readonly what: string
  readonly why?: string | undefined
  /** Without one, the example is shown. */
  readonly cure?: string | undefined
}

export type Reading<T> = { readonly value: T } | { readonly problem: Problem }

/** How one plain value is written, for the reader of the file, for the published schema and for messages alike. */
export interface Format<T> {
  /** `a duration`: goes on after "must be". */
  readonly says: string
  /** As it stands in YAML, quotes included. */
  readonly example: string
  readonly json: JsonSchema
  read(scalar: Scalar): Reading<T>
}

export const bad = (what: string, cure?: string, why?: string, code?: string): { problem: Problem } => ({
  problem: { what, cure, why, code }
})

export function wrongType(says: string, scalar: Scalar, cure?: string): { problem: Problem } {
  return bad(`must be ${says}, not ${called(scalar)}`, cure, undefined, 'config-wrong-type')
}

interface TextOptions<T> {
  readonly says: string
  readonly example: string
  /** All of the text; also in the published schema. */
  readonly pattern: RegExp
  readonly longest?: number
  /** Says what is wrong in a more helpful way than the pattern can; called first. */
  readonly check?: (text: string) => { readonly problem: Problem } | undefined
  readonly make: (text: string) => T
}

/** A format whose values are text in YAML; control characters are refused in all of them. */
export function textFormat<T>({ says, example, pattern, longest = 255, check, make }: TextOptions<T>): Format<T> {
  return {
    says,
    example,
    json: { type: 'string', pattern: pattern.source, maxLength: longest },
    read(scalar) {
      if (typeof scalar.value !== 'string') {
        return wrongType(says, scalar, pattern.test(scalar.text) ? `Write it in quotes: '${scalar.text}'.` : undefined)
      }
      const text = scalar.value
      const fault = unprintable(text) ?? tooLong(text, longest) ?? check?.(text)
      if (fault !== undefined) return fault
      return pattern.test(text) ? { value: make(text) } : bad(`must be ${says}, not ${shown(text)}`)
    }
  }
}

/** Text as it stands. */
export const text = (options: Omit<TextOptions<string>, 'make'>): Format<string> =>
  textFormat({ ...options, make: (value) => value })

/** Values end up in files that a host reads line by line, as root: nothing that ends a line or hides gets through. */
export function unprintable(value: string): { problem: Problem } | undefined {
  if (/[\r\n\u0085\u2028\u2029]/.test(value)) {
    return bad('holds a line break', 'Write it on one line; `>-` folds several lines into one, and ends without a line break.',
      'It must be one line.', 'config-line-break')
  }
  const hidden = /[\p{Cc}\p{Cs}\ufeff\u202a-\u202e\u2066-\u2069]/u.exec(value)
  if (hidden === null) return undefined
  return bad(`holds the control character ${codePoint(hidden[0])}`, 'Remove it.',
    'Such characters are invisible, and can end or hide a line.', 'config-control-character')
}

function tooLong(value: string, longest: number): { problem: Problem } | undefined {
  if (value.length <= longest) return undefined
  return bad(`has ${value.length} characters, more than ${longest}`,
    'Make it shorter; put what is long into a file of the repository.')
}

/** A whole number within bounds. */
export function count(least: number, most: number, example: string): Format<number> {
  const says = `a whole number from ${least} to ${most}`
  return {
    says, example, json: { type: 'integer', minimum: least, maximum: most },
    read(scalar) {
      const { value } = scalar
      if (typeof value !== 'number') {
        const numeric = typeof value === 'string' && /^\d+$/.test(value)
        return wrongType(says, scalar, numeric ? `Remove the quotes: ${value}.` : undefined)
      }
      return Number.isInteger(value) && value >= least && value <= most ? { value }
        : bad(`must be ${says}, not ${shown(scalar.text, '')}`)
    }
  }
}

/** Words that other formats, and YAML 1.1, read as booleans. */
const NO = ['no', 'n', 'off', '0', 'false']
const YES = ['yes', 'y', 'on', '1', 'true']

export const flag: Format<boolean> = {
  says: 'true or false', example: 'false', json: { type: 'boolean' },
  read(scalar) {
    if (typeof scalar.value === 'boolean') return { value: scalar.value }
    const word = scalar.text.toLowerCase()
    const meant = NO.includes(word) ? 'false' : YES.includes(word) ? 'true' : undefined
    return wrongType('true or false', scalar, meant && `Write \`${meant}\`, without quotes.`)
  }
}
