import { bad, textFormat, type Format, type Problem } from './format'
import { shown } from './tree'
import type { Schedule } from './types'

interface Field {
  readonly called: string
  readonly least: number
  readonly most: number
  /** From `least` on. */
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MINUTE: Field = { called: 'minute', least: 0, most: 59, names: [] }
const HOUR: Field = { called: 'hour', least: 0, most: 23, names: [] }
const DAY: Field = { called: 'day of the month', least: 1, most: 31, names: [] }
const MONTH: Field = { called: 'month', least: 1, most: 12, names: MONTHS }
/** Sunday is 0 and 7. */
const WEEKDAY: Field = { called: 'day of the week', least: 0, most: 7, names: DAYS }
const FIELDS = [MINUTE, HOUR, DAY, MONTH, WEEKDAY] as const

const SHORT: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'], ['@daily', '0 0 * * *'], ['@midnight', '0 0 * * *'], ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'], ['@yearly', '0 0 1 1 *'], ['@annually', '0 0 1 1 *']
])

/** The longest each month gets. */
const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

type Values = readonly number[] | '*'
type Faulty = { readonly problem: Problem }

/** The calendar expressions of systemd that a cron expression comes to, in UTC; two when either kind of day will do. */
export function calendarOf(cron: string): readonly string[] | Faulty {
  const written = SHORT.get(cron.toLowerCase()) ?? cron
  const parts = written.trim().split(/\s+/)
  if (parts.length !== 5 || written.startsWith('@')) return strange(cron, parts)
  const values: Values[] = []
  for (const [index, field] of FIELDS.entries()) {
    const read = valuesOf(parts[index] ?? '', field)
    if (typeof read === 'object' && 'problem' in read) return read
    values.push(read)
  }
  const [minutes = '*', hours = '*', days = '*', months = '*', weekdays = '*'] = values
  const time = `${list(hours)}:${list(minutes)}:00 UTC`
  const on = (day: Values, week: Values): string =>
    `${week === '*' ? '' : `${named(week)} `}*-${list(months)}-${list(day)} ${time}`
  // As cron has it: when both are restricted, either will do; a field that begins with `*` restricts together with the other.
  const either = [2, 4].every((index) => !parts[index]?.startsWith('*'))
  if (!either && !everComes(days, months)) {
    return bad(`is ${shown(cron)}, a day that never comes`, 'Write a day that one of these months has.')
  }
  return !either ? [on(days, weekdays)] : everComes(days, months) ? [on(days, '*'), on('*', weekdays)] : [on('*', weekdays)]
}

/**
 * The same for a CronJob, which has Sunday as 0 alone, no more than that. It takes a restricted day of either kind where cron, when one of
 * them begins with `*`, wants both: then it is `otherwise`. Null: it is no cron expression.
 */
export function cronJobOf(cron: string): { readonly cron: string } | 'otherwise' | null {
  const parts = (SHORT.get(cron.toLowerCase()) ?? cron).trim().split(/\s+/)
  if (parts.length !== 5 || 'problem' in calendarOf(cron)) return null
  const values = FIELDS.map((field, index) => valuesOf(parts[index] ?? '', field))
  const [days, weekdays] = [values[2], values[4]]
  if (days !== '*' && weekdays !== '*' && [2, 4].some((index) => parts[index]?.startsWith('*'))) return 'otherwise'
  return { cron: values.map((value) => typeof value === 'object' && 'problem' in value ? '*' : list(value)).join(' ') }
}

const list = (values: Values): string => values === '*' ? '*' : values.join(',')

/** From Monday on. */
const named = (week: readonly number[]): string => [...week].sort((a, b) => (a || 7) - (b || 7))
  .map((day) => DAYS[day] ?? '').map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`).join(',')

const everComes = (days: Values, months: Values): boolean => days === '*' || (months === '*' ? [1] : months)
  .some((month) => Math.min(...days) <= (LENGTHS[month - 1] ?? 0))

/** The values of a field in order; `*` when it is all of them. */
function valuesOf(written: string, field: Field): Values | Faulty {
  const found = new Set<number>()
  for (const part of written.split(',')) {
    const range = rangeOf(part, field, written)
    if ('problem' in range) return range
    for (let value = range.from; value <= range.to; value += range.step) {
      found.add(field === WEEKDAY && value === 7 ? 0 : value)
    }
  }
  const all = field === WEEKDAY ? 7 : field.most - field.least + 1
  return found.size === all ? '*' : [...found].sort((a, b) => a - b)
}

function rangeOf(part: string, field: Field, whole: string): { from: number; to: number; step: number } | Faulty {
  const wrong = (why: string, cure: string): Faulty => bad(`has ${shown(whole)} for the ${field.called}, ${why}`, cure)
  const found = /^(\*|[0-9]{1,2}|[A-Za-z]{3})(?:-([0-9]{1,2}|[A-Za-z]{3}))?(?:\/([0-9]{1,3}))?$/.exec(part)
  if (found === null || (found[1] === '*' && found[2] !== undefined)) {
    return wrong('which is none of `*`, `5`, `1-5`, `*/15` and lists of them',
      /[?LW#]/.test(part) ? 'Signs of other kinds of cron are not known here: write the days out.' : `Write for example \`${field.least}\`.`)
  }
  const [, first = '', last, stride] = found
  const from = first === '*' ? field.least : numberOf(first, field)
  const to = first === '*' ? (field === WEEKDAY ? 6 : field.most) : last === undefined ? from : numberOf(last, field)
  if (from === undefined || to === undefined) {
    return wrong(`which goes from ${field.least} to ${field.most}`,
      `Write a number of these${field.names.length > 0 ? `, or a name such as \`${field.names[1]}\`` : ''}.`)
  }
  if (from > to) {
    return wrong('which ends before it begins', field === WEEKDAY && to === 0 ? `Write \`${first}-7\`.`
      : `Write two: \`${first}-${high(field)},${low(field)}-${last}\`.`)
  }
  if (stride === undefined) return { from, to, step: 1 }
  const step = Number(stride)
  if (first !== '*' && last === undefined) {
    return wrong('with a step, but without an end', `Write \`${first}-${high(field)}/${stride}\`.`)
  }
  if (step < 1 || step > to - from) {
    return wrong('whose step does not fit in it', `Within \`${first === '*' ? '*' : `${first}-${last}`}\` the step is from 1 to ${to - from}: `
      + 'every hour, day or month begins anew.')
  }
  return { from, to, step }
}

const high = (field: Field): string => field.names.at(-1) ?? String(field.most)
const low = (field: Field): string => field.names[0] ?? String(field.least)

function numberOf(word: string, field: Field): number | undefined {
  const name = field.names.indexOf(word.toLowerCase())
  const number = name >= 0 ? name + field.least : /^\d+$/.test(word) ? Number(word) : NaN
  return number >= field.least && number <= field.most ? number : undefined
}

function strange(cron: string, parts: readonly string[]): Faulty {
  if (/^@reboot$/i.test(cron)) {
    return bad('is `@reboot`, which is no time', 'Leave `schedule` out: a worker starts with the host. For once per activation: `once`.')
  }
  if (cron.startsWith('@')) return bad(`is ${shown(cron)}, which is not known`, `Write one of ${[...SHORT.keys()].join(', ')}, or five fields.`)
  if (/^(CRON_)?TZ=/.test(cron)) return bad('names a time zone', 'Leave it out, and write the time in UTC.')
  return bad(`has ${parts.length} fields, not five`, 'Write minute, hour, day of the month, month and day of the week: `0 6 * * *`.',
    parts.length > 5 ? 'There are no seconds and no years here.' : undefined)
}

/** `once`, `@daily`, `0 6 * * *`. */
export const schedule: Format<Schedule> = textFormat<Schedule>({
  says: '`once`, or a cron expression of five fields, in UTC', example: '\'0 6 * * *\'', longest: 100,
  pattern: /^(once|@[A-Za-z]+|[0-9A-Za-z*,/-]+(\s+[0-9A-Za-z*,/-]+){4})$/,
  check(written) {
    if (written === 'once') return undefined
    const calendar = calendarOf(written)
    return 'problem' in calendar ? calendar : undefined
  },
  make(written) {
    const calendar = written === 'once' ? [] : calendarOf(written)
    return written === 'once' || 'problem' in calendar ? { kind: 'once' } : { kind: 'times', calendar }
  }
})
