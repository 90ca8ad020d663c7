import type { Freeze } from '../../config'
import { Failure } from '../../errors'

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** Whether a time is in a freeze, by the clocks of its zone: when they are set back, an hour is in it twice. */
export function isFrozen(freeze: Freeze, now: Date): boolean {
  const { day, weekday, time } = clock(freeze.zone, now)
  if (freeze.kind === 'dates') {
    const local = `${day} ${time}`
    return freeze.from <= local && local < freeze.to
  }
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const local = (weekday * 24 + hour) * 60 + minute
  return freeze.from < freeze.to ? freeze.from <= local && local < freeze.to : local >= freeze.from || local < freeze.to
}

/** A failure for each freeze that a time is in. */
export function frozen(freezes: readonly Freeze[], now: Date): readonly Failure[] {
  return freezes.filter((freeze) => isFrozen(freeze, now)).map((freeze) => {
    const { day, time } = clock(freeze.zone, now)
    return new Failure({
      code: 'gate-freeze', what: `Nothing is deployed in \`${freeze.text}\`, and it is ${day} ${time} there.`, why: 'slipway.yml says so under `gates: { freeze: … }`. A rollback is let through.',
      cure: 'Run the job again when it is over; or, if it has to be now, with `ignore-gates: true`.',
    })
  })
}

function clock(zone: string, now: Date): { readonly day: string; readonly weekday: number; readonly time: string } {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(now).map(({ type, value }) => [type, value]))
  const { year = '', month = '', day = '', hour = '', minute = '', weekday = '' } = parts
  return { day: `${year}-${month}-${day}`, weekday: weekdays.indexOf(weekday), time: `${hour}:${minute}` }
}
