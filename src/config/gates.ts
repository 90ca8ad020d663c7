import { bad, flag, textFormat, text, type Format } from './format'
import { group, key, list, value, type Read, type Shape } from './shapes'

/** A time in which nothing is deployed; by the clocks of a time zone. */
export type Freeze = { readonly text: string; readonly zone: string } & (
  /** Minutes since Monday, 00:00; `to` may be before `from`, and is not in it. */
  | { readonly kind: 'weekly'; readonly from: number; readonly to: number }
  /** `2026-12-20 00:00`; `to` is not in it, and may be the end of a day, `24:00`. */
  | { readonly kind: 'dates'; readonly from: string; readonly to: string })

/** What has to hold before a deploy; belongs to the run, not to the release. */
export interface Gates {
  /** Checks of the commit that have to be green: all, or these. */
  readonly checks: boolean | readonly string[]
  /** The commit has to lie behind one of these; empty: any will do. */
  readonly branches: readonly string[]
  readonly freeze: readonly Freeze[]
}

export const noGates: Gates = { checks: false, branches: [], freeze: [] }

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const TIME = '([01]\\d|2[0-3]):([0-5]\\d)'
const DAY = '(\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01]))'
const WEEKLY = new RegExp(`^(${DAYS.join('|')}) ${TIME} - (${DAYS.join('|')}) ${TIME} (\\S+)$`)
const DATES = new RegExp(`^${DAY}(?: (${TIME}))? - ${DAY}(?: (${TIME}))? (\\S+)$`)

const freeze: Format<Freeze> = textFormat({
  says: 'a time such as `Fri 16:00 - Mon 08:00 Europe/Berlin` or `2026-12-20 - 2027-01-02 Europe/Berlin`', example: "'Fri 16:00 - Mon 08:00 Europe/Berlin'", longest: 100,
  pattern: new RegExp(`${WEEKLY.source}|${DATES.source}`),
  check(said) {
    const { zone, from, to, kind } = freezeOf(said) ?? { zone: 'UTC', from: '', to: '1', kind: 'dates' }
    if (!isZone(zone)) return bad(`names the time zone \`${zone}\`, which nobody knows`, 'Write it as `Europe/Berlin`, or `UTC`.')
    if (kind === 'dates' && from >= to) return bad('ends before it begins')
    return from === to ? bad('ends when it begins') : undefined
  },
  make: (said) => freezeOf(said) ?? { text: said, zone: 'UTC', kind: 'weekly', from: 0, to: 0 },
})

function freezeOf(said: string): Freeze | null {
  const weekly = WEEKLY.exec(said)
  if (weekly !== null) {
    const [, day = '', hour, minute, endDay = '', endHour, endMinute, zone = ''] = weekly
    const at = (name: string, hours = '0', minutes = '0'): number => (DAYS.indexOf(name) * 24 + Number(hours)) * 60 + Number(minutes)
    return { text: said, zone, kind: 'weekly', from: at(day, hour, minute), to: at(endDay, endHour, endMinute) }
  }
  const [, day, time, , , endDay, endTime, , , zone = ''] = DATES.exec(said) ?? []
  if (day === undefined || endDay === undefined) return null
  return { text: said, zone, kind: 'dates', from: `${day} ${time ?? '00:00'}`, to: `${endDay} ${endTime ?? '24:00'}` }
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const branch = text({ says: 'the name of a branch, in which `*` stands for any text without a slash', example: 'main', pattern: /^[A-Za-z0-9_*][A-Za-z0-9._/*-]*$/, longest: 200 })
const names = list(value(text({ says: 'the name of a check', example: 'test', pattern: /^\S.*$/, longest: 200 })), { filled: true })
const checks: Shape<boolean | readonly string[]> = {
  example: 'true', says: 'true, or a list of names',
  json: (overlay) => ({ anyOf: [flag.json, names.json(overlay)] }),
  read: (node, walk) => node.kind === 'list' ? names.read(node, walk) : value(flag).read(node, walk),
}

export const gateKeys = {
  checks: key(checks, 'Checks of the commit at GitHub that have to be green: all (`true`), or those of these names. The run that asks does not wait for itself.', '`false`',
    ['required-checks', 'status-checks']),
  branches: key(list(value(branch), { single: true }), 'The commit has to lie behind one of these branches at `origin`. `*` stands for any text without a slash.', 'any',
    ['branch', 'allowed-branches']),
  freeze: key(list(value(freeze), { single: true, repeats: true }), 'When nothing is deployed: each week, or between two dates, by the clocks of a time zone. A last day is in it to its end.', 'none',
    ['freezes', 'windows', 'blackout'])
}

export const gatesShape = group(gateKeys, '{ checks: true, branches: main }')

export function gatesOf({ checks: asked = false, branches = [], freeze: frozen = [] }: Read<typeof gateKeys> = {}): Gates {
  return { checks: asked, branches, freeze: frozen }
}
