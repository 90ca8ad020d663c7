import { Failure } from '../errors'
import { dateParts, DATES, isDate } from './calendar'
import type { DatePart } from './calendar'

/** What a version's number stands for. `MICRO` is the last of a calendar version, as `PATCH` is of a semantic one. */
export type Part = DatePart | 'MAJOR' | 'MINOR' | 'PATCH' | 'MICRO'

/** How versions of a line are written and counted on. Their order is that of their numbers, from the left. */
export interface Scheme {
  /** As it is declared: `semver`, `YYYY.0M.MICRO`. */
  readonly name: string
  readonly parts: readonly Part[]
  /** What stands between the parts; one less than there are parts. */
  readonly between: readonly string[]
}

export interface Version {
  readonly numbers: readonly number[]
  /** `['rc', '1']` of `1.3.0-rc.1`; empty: a stable version. */
  readonly pre: readonly string[]
}

/** A version and the way its tag wrote it. */
export interface Written extends Version {
  readonly v: boolean
}

export const semver: Scheme = { name: 'semver', parts: ['MAJOR', 'MINOR', 'PATCH'], between: ['.', '.'] }

const words = ['MINOR', 'MICRO', ...DATES]
const known = 'YYYY, YY, 0Y, MM, 0M, WW, 0W, DD, 0D, MINOR and MICRO'

/**
 * A scheme as people declare it: empty or `semver`, or the terms of calver.org with `.`, `-` or `_` between them. Throws a `Failure`
 * (`version-scheme`) for what has no order: dates go from the year down, and counters come last.
 */
export function readScheme(text: string): Scheme {
  if (text === '' || text.toLowerCase() === 'semver') return semver
  const pieces = text.split(/([._-])/)
  const parts = pieces.filter((_, index) => index % 2 === 0)
  const unknown = parts.find((part) => !words.includes(part))
  const why = unknown === undefined ? disorder(parts.filter((part) => part !== 'MINOR' && part !== 'MICRO'), parts)
    : `It has ${JSON.stringify(unknown.slice(0, 40))}, and the terms are ${known}.`
  if (why === null) return { name: text, parts: parts as Part[], between: pieces.filter((_, index) => index % 2 === 1) }
  throw new Failure({
    code: 'version-scheme',
    what: `\`version-scheme: ${text.slice(0, 80)}\` is no scheme of versions.`,
    why,
    cure: 'Set `version-scheme: semver`, or one such as `YYYY.0M.MICRO`, `YY.MM.DD.MICRO` or `YYYY.MINOR.MICRO`.',
  })
}

function disorder(dates: readonly string[], parts: readonly string[]): string | null {
  const [year = '', ...rest] = dates.map((part) => part.at(-1))
  if (year !== 'Y' || !['', 'M', 'MD', 'W'].includes(rest.join(''))) {
    return 'The year comes first, then nothing, a month, a month and a day, or a week: otherwise a later version would not be a higher one.'
  }
  const counters = parts.slice(dates.length).join('.')
  if (counters === 'MICRO' || counters === 'MINOR.MICRO') return null
  return 'It ends in `MICRO`, or in `MINOR` and `MICRO`: otherwise there could be only one version a date.'
}

/** Reads versions of this scheme, with or without a `v`; null for what is none, such as `1.4`, `nightly`, `1.0.0+5`. */
export function readerOf({ parts, between }: Scheme): (text: string) => Written | null {
  const number = (part: Part): string => part.startsWith('0') ? '(\\d{2})' : '(0|[1-9]\\d{0,14})'
  const core = parts.map((part, index) => number(part) + (between[index] ?? '').replace('.', '\\.')).join('')
  const pattern = new RegExp(`^(v?)${core}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`)
  return (text) => {
    const [whole, v, ...found] = pattern.exec(text) ?? []
    if (whole === undefined || !parts.every((part, index) => isDate(part, found[index] ?? ''))) return null
    const pre = found[parts.length]?.split('.') ?? []
    if (pre.some((identifier) => /^0\d+$/.test(identifier))) return null
    return { numbers: parts.map((_, index) => Number(found[index])), pre, v: v !== '' }
  }
}

/** Without a `v`. */
export function writeVersion({ parts, between }: Scheme, { numbers, pre }: Version): string {
  const core = parts.map((part, index) => `${String(numbers[index]).padStart(part.startsWith('0') ? 2 : 1, '0')}${between[index] ?? ''}`)
  return core.join('') + (pre.length === 0 ? '' : `-${pre.join('.')}`)
}

/**
 * The order of Semantic Versioning 2: numbers from the left, a pre-release before its version, pre-releases by their identifiers. It also
 * is that of calendar versions, whose parts go from the year down.
 */
export function compareVersions(a: Version, b: Version): number {
  return compareNumbers(a.numbers, b.numbers) || comparePre(a.pre, b.pre)
}

export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const difference = number - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0)
  for (const [index, one] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (one === other) continue
    const [numeric, otherNumeric] = [/^\d+$/.test(one), /^\d+$/.test(other)]
    if (numeric !== otherNumeric) return numeric ? -1 : 1
    // Without leading zeros the longer number is the higher one, however long it is.
    return numeric && one.length !== other.length ? one.length - other.length : one < other ? -1 : 1
  }
  return a.length - b.length
}

/** The numbers that this moment's first version has: today's date, counters at 0. Null for parts that no date decides. */
export function dated({ parts }: Scheme, now: Date): readonly (number | null)[] {
  const week = parts.some((part) => part.endsWith('W'))
  return parts.map((part) => dateParts(part, now, week))
}
