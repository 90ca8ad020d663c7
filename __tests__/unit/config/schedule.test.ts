import { calendarOf } from '../../../src/config/schedule'

/** What systemd is told, and for the days: as cron has it. */
const comesTo: readonly (readonly [string, ...string[]])[] = [
  ['* * * * *', '*-*-* *:*:00 UTC'],
  ['0 6 * * *', '*-*-* 6:0:00 UTC'],
  ['*/15 * * * *', '*-*-* *:0,15,30,45:00 UTC'],
  ['5-50/20 8-18/5 * * *', '*-*-* 8,13,18:5,25,45:00 UTC'],
  ['0,30,30 0,12 * * *', '*-*-* 0,12:0,30:00 UTC'],
  ['0 0 1 */3 *', '*-1,4,7,10-1 0:0:00 UTC'],
  ['0 0 * jan,JUL *', '*-1,7-* 0:0:00 UTC'],
  ['0 0 * feb-apr *', '*-2,3,4-* 0:0:00 UTC'],
  ['0 9 * * mon-fri', 'Mon,Tue,Wed,Thu,Fri *-*-* 9:0:00 UTC'],
  ['0 9 * * 1', 'Mon *-*-* 9:0:00 UTC'],
  ['0 9 * * 7', 'Sun *-*-* 9:0:00 UTC'],
  ['0 9 * * 0', 'Sun *-*-* 9:0:00 UTC'],
  ['0 9 * * fri-7', 'Fri,Sat,Sun *-*-* 9:0:00 UTC'],
  ['0 9 * * 5-7', 'Fri,Sat,Sun *-*-* 9:0:00 UTC'],
  ['0 9 * * 0-6', '*-*-* 9:0:00 UTC'],
  ['0 9 * * 1-7', '*-*-* 9:0:00 UTC'],
  ['0 9 * * */2', 'Tue,Thu,Sat,Sun *-*-* 9:0:00 UTC'],
  ['0 0 29 2 *', '*-2-29 0:0:00 UTC'],
  // Either day will do when both are restricted …
  ['0 0 13 * fri', '*-*-13 0:0:00 UTC', 'Fri *-*-* 0:0:00 UTC'],
  ['0 0 1,15 6 1', '*-6-1,15 0:0:00 UTC', 'Mon *-6-* 0:0:00 UTC'],
  ['0 0 31 2 mon', 'Mon *-2-* 0:0:00 UTC'],
  // … and both have to when one begins with an asterisk.
  ['0 0 */2 * mon', 'Mon *-*-1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 0:0:00 UTC'],
  ['@hourly', '*-*-* *:0:00 UTC'],
  ['@daily', '*-*-* 0:0:00 UTC'],
  ['@midnight', '*-*-* 0:0:00 UTC'],
  ['@Weekly', 'Sun *-*-* 0:0:00 UTC'],
  ['@monthly', '*-*-1 0:0:00 UTC'],
  ['@annually', '*-1-1 0:0:00 UTC'],
]

describe('a cron expression', () => {
  it.each(comesTo)('%s', (cron, ...lines) => { expect(calendarOf(cron)).toEqual(lines) })

  it.each([
    ['0 6 * *', /4 fields, not five/, /minute, hour/],
    ['0 0 6 * * *', /6 fields, not five/, /minute, hour/],
    ['60 * * * *', /minute, which goes from 0 to 59/, /number/],
    ['* 24 * * *', /hour, which goes from 0 to 23/, /number/],
    ['* * 0 * *', /day of the month, which goes from 1 to 31/, /number/],
    ['* * * 13 *', /month, which goes from 1 to 12/, /a name such as `feb`/],
    ['* * * * 8', /day of the week, which goes from 0 to 7/, /a name such as `mon`/],
    ['* * * foo *', /month, which goes/, /number/],
    ['* * * * mon#2', /none of/, /other kinds of cron/],
    ['0 0 L * *', /none of/, /other kinds of cron/],
    ['0 0 ? * *', /none of/, /other kinds of cron/],
    ['-5 * * * *', /none of/, /`0`/],
    ['1,,2 * * * *', /none of/, /`0`/],
    ['5/15 * * * *', /without an end/, /`5-59\/15`/],
    ['*/0 * * * *', /step does not fit/, /from 1 to 59/],
    ['*/90 * * * *', /step does not fit/, /every hour, day or month begins anew/],
    ['* 22-4 * * *', /ends before it begins/, /`22-23,0-4`/],
    ['* * * * fri-sun', /ends before it begins/, /`fri-7`/],
    ['* * * * sat-tue', /ends before it begins/, /`sat-sat,sun-tue`/],
    ['0 0 31 4,6 *', /a day that never comes/, /one of these months/],
    ['0 0 30 2 *', /a day that never comes/, /one of these months/],
    ['@reboot', /no time/, /worker/],
    ['@every 5m', /not known/, /@hourly/],
    ['CRON_TZ=UTC 0 6 * * *', /time zone/, /UTC/],
  ])('%s is refused', (cron, what, cure) => {
    const found = calendarOf(cron)
    expect('problem' in found).toBe(true)
    if (!('problem' in found)) return
    expect(found.problem.what).toMatch(what)
    expect(found.problem.cure).toMatch(cure)
  })
})
