import { unbranched } from '../../../../src/actions/gates/branched'
import { unchecked } from '../../../../src/actions/gates/checked'
import { frozen, isFrozen } from '../../../../src/actions/gates/frozen'
import type { Freeze } from '../../../../src/config'
import type { Check } from '../../../../src/drivers/github'
import { faults, resolved } from '../../config/commit'

const commit = '0123456789ab'.padEnd(40, '0')
const gates = async (yaml: string, rest = {}): Promise<Awaited<ReturnType<typeof resolved>>['gates']> => (await resolved(`app: shop\nstart: node a.js\n${yaml}`, { 'a.js': '' }, rest)).gates
const freezeOf = async (text: string): Promise<Freeze> => {
  const [one] = (await gates(`gates: { freeze: '${text}' }`)).freeze
  if (one === undefined) throw new Error('no freeze')
  return one
}

// Nobody would see the end of this test.
it('a pattern of many stars is judged at once', () => {
  expect(unbranched([`${'*a'.repeat(40)}b`, `${'**/a'.repeat(40)}b`], ['a'.repeat(200)], [], commit)).toMatchObject({ code: 'gate-branches' })
  expect(unbranched([`${'*a'.repeat(40)}*`], ['a'.repeat(200)], [], commit)).toBeNull()
})

describe('the key `gates`', () => {
  it('is nothing unless it is written, and an overlay may differ', async () => {
    expect(await gates('')).toEqual({ checks: false, branches: [], freeze: [] })
    const overlaid = 'gates: { checks: true }\nenvironments: { staging: { gates: { checks: false } }, production: {} }'
    expect((await gates(overlaid, { environment: 'staging' })).checks).toBe(false)
    expect((await gates(overlaid, { environment: 'production' })).checks).toBe(true)
    expect(await gates('gates: { checks: [test, lint], branches: [main, release/*] }')).toMatchObject({ checks: ['test', 'lint'], branches: ['main', 'release/*'] })
  })

  it.each([
    ['freeze: Fri 16:00 - Mon 8:00 Europe/Berlin', 'config-value'], ['freeze: Fri 16:00 - Mon 08:00', 'config-value'],
    ['freeze: Fri 16:00 - Mon 08:00 Europe/Berln', 'config-value'], ['freeze: 2026-12-20 - 2026-12-01 UTC', 'config-value'],
    ['freeze: Fri 16:00 - Fri 16:00 UTC', 'config-value'], ['branches: a b', 'config-value'], ['checks: []', 'config-empty'], ['checks: yes', 'config-wrong-type'],
    ['check: true', 'config-unknown-key'],
  ])('is refused as %s', async (yaml, code) => {
    const found = await faults(`app: shop\nstart: node a.js\ngates:\n  ${yaml}\n`, { 'a.js': '' })
    expect(found.map((fault) => fault.code)).toEqual([code])
  })
})

describe('a freeze', () => {
  it.each<readonly [string, string, boolean]>([
    // Berlin is an hour ahead of UTC in winter, and two in summer.
    ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-11-27T14:59:00Z', false], ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-11-27T15:00:00Z', true],
    ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-11-30T06:59:00Z', true], ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-11-30T07:00:00Z', false],
    ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-07-03T14:00:00Z', true], ['Fri 16:00 - Mon 08:00 Europe/Berlin', '2026-07-03T13:59:00Z', false],
    ['Tue 00:00 - Tue 06:00 UTC', '2026-11-24T05:59:00Z', true], ['Tue 00:00 - Tue 06:00 UTC', '2026-11-24T06:00:00Z', false],
    ['2026-12-20 - 2027-01-02 Europe/Berlin', '2026-12-19T22:59:00Z', false], ['2026-12-20 - 2027-01-02 Europe/Berlin', '2026-12-19T23:00:00Z', true],
    ['2026-12-20 - 2027-01-02 Europe/Berlin', '2027-01-02T22:59:00Z', true], ['2026-12-20 - 2027-01-02 Europe/Berlin', '2027-01-02T23:00:00Z', false],
    ['2026-12-20 18:00 - 2026-12-20 20:00 America/New_York', '2026-12-20T23:00:00Z', true], ['2026-12-20 18:00 - 2026-12-20 20:00 America/New_York', '2026-12-21T01:00:00Z', false],
  ])('%s, at %s: %s', async (text, now, is) => {
    expect(isFrozen(await freezeOf(text), new Date(now))).toBe(is)
  })

  it('says what it is there', async () => {
    const freeze = await freezeOf('Fri 16:00 - Mon 08:00 Europe/Berlin')
    expect(frozen([freeze], new Date('2026-11-27T15:30:00Z'))).toMatchObject([{ code: 'gate-freeze', what: 'Nothing is deployed in `Fri 16:00 - Mon 08:00 Europe/Berlin`, and it is 2026-11-27 16:30 there.' }])
    expect(frozen([freeze], new Date('2026-11-26T15:30:00Z'))).toEqual([])
  })
})

describe('checks', () => {
  const check = (name: string, state: Check['state'], said: string = state): Check => ({ name, state, said, url: '' })
  const found = [check('test', 'green'), check('lint', 'red', 'timed_out'), check('slow', 'pending', 'in_progress')]
  const told = (asked: boolean | readonly string[], checks = found): readonly string[] => unchecked(asked, checks, commit).map(({ what, cure }) => `${what} ${cure}`)

  it('hold when they are green, all or those of the names', () => {
    expect(told(false)).toEqual([])
    expect(told(['test'])).toEqual([])
    expect(told(true, found.slice(0, 1))).toEqual([])
  })

  it('do not hold when one is red, has not ended or is not there, nor when there is none', () => {
    expect(told(true)).toEqual([expect.stringMatching(/^Checks of 0123456789ab are not green: lint \(timed out\), slow \(in progress\)\. Run the job again/)])
    expect(told(['lint'])).toEqual([expect.stringMatching(/lint \(timed out\)\. Mend what they found/)])
    expect(told(['test', 'e2e'])).toEqual([expect.stringMatching(/e2e \(not there\)\. Run the job again.* There are: test, lint, slow\.$/)])
    expect(told(true, [])).toEqual([expect.stringMatching(/^0123456789ab has no checks\./)])
  })

  it('of one name have to be green all', () => {
    expect(told(['test'], [check('test', 'green'), check('test', 'red', 'failure')])).toHaveLength(1)
  })
})

describe('branches', () => {
  it.each<readonly [readonly string[], readonly string[], boolean]>([
    [[], [], true], [['main'], ['main'], true], [['main'], ['topic'], false], [['main', 'release/*'], ['topic', 'release/1.x'], true],
    [['release/*'], ['release/1/x'], false], [['release/**'], ['release/1/x'], true], [['v1.x'], ['v1ax'], false], [['main'], ['main2'], false],
  ])('%j with a commit behind %j: %s', (patterns, behind, is) => {
    expect(unbranched(patterns, behind, behind, commit) === null).toBe(is)
  })

  it('that the checkout does not know are told apart from those that the commit is not on', () => {
    expect(unbranched(['main'], [], [], commit)?.cure).toContain('fetch-depth: 0')
    expect(unbranched(['main'], ['topic'], ['main', 'topic'], commit)).toMatchObject({ why: 'It lies behind `topic`.', cure: expect.stringContaining('Merge it there first') })
  })
})
