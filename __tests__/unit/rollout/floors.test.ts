import { summary } from '../../../src/report/summary'
import { Redactor } from '../../../src/report/redact'
import { commitOf, entry } from '../history/standing'
import { fault, Fleet, release } from './fleet'

const changed = (fleet: Fleet): string[] =>
  fleet.calls.map(({ operation }) => operation).filter((operation) => !['open', 'inspect', 'dispose'].includes(operation))

/** v1.0.0, v1.1.0 (a floor), v1.2.0, which serves; or other numbers of them. */
function behind(count: number, floor = 2): Fleet {
  const fleet = new Fleet(count, ['v1.0.0', 'v1.1.0', 'v1.2.0'])
  for (const target of fleet.targets) target.record(floor, { floor: true })
  return fleet
}
const crossings = (fleet: Fleet): unknown[] => fleet.calls.flatMap(({ operation, detail }) => operation === 'cutOver' ? [detail] : [])
const warnings = (fleet: Fleet): string => fleet.events.flatMap((event) => event.type === 'note' ? [event.text] : []).join('\n')

describe('a rollback across a floor', () => {
  it.each([['to a version', 'v1.0.0', 2], ['by default', null, 3]] as const)('%s is refused on every target before anything is touched', async (
    _, version, floor) => {
    for (const dryRun of [false, true]) {
      const fleet = behind(2, floor)
      const outcome = await fleet.roll({ operation: 'rollback', version, dryRun })
      expect(outcome).toMatchObject({ verdict: 'failed', ok: false, changed: false })
      expect(outcome.failures.map(({ code, target }) => [code, target]))
        .toEqual([['behind-rollback-floor', 'h1'], ['behind-rollback-floor', 'h2']])
      expect(outcome.failures[0]?.what).toContain(`go back across v1.${floor - 1}.0 (#${floor}), which declares \`rollback-floor\``)
      expect(outcome.failures[0]?.cure).toContain('`allow-rollback-floor: true`')
      expect(changed(fleet)).toEqual([])
    }
  })

  it('goes through with consent, says so, and has what was crossed recorded', async () => {
    const fleet = behind(2)
    const outcome = await fleet.roll({ operation: 'rollback', version: 'v1.0.0', allowRollbackFloor: true })
    expect(outcome).toMatchObject({ verdict: 'rolled-back', ok: true, serving: 'v1.0.0' })
    expect(crossings(fleet)).toEqual([{ withdraw: true, crossing: [2] }, { withdraw: true, crossing: [2] }])
    expect(warnings(fleet)).toContain('v1.0.0 goes back across v1.1.0 (#2), which declares `rollback-floor`, as `allow-rollback-floor` allows')
  })

  it('is told of by the target that has one, when others have none', async () => {
    const fleet = behind(3)
    for (const index of [0, 2]) fleet.at(index).record(2, { floor: false })
    const outcome = await fleet.roll({ operation: 'rollback', version: 'v1.0.0' })
    expect(outcome.failures.map(({ target }) => target)).toEqual(['h2'])
  })

  it('is none on this side of it: consent changes nothing then', async () => {
    const fleet = behind(1)
    await fleet.roll({ operation: 'rollback', version: 'v1.1.0', allowRollbackFloor: true })
    expect(crossings(fleet)).toEqual([{ withdraw: true, crossing: [] }])
    expect(warnings(fleet)).not.toContain('rollback-floor')
  })
})

describe('a deploy across a floor', () => {
  const order = ['v1.0.0', 'v1.0.5', 'v1.1.0', 'v1.2.0', 'v1.3.0'].map((version) => commitOf(version))
  const linear = async (older: string, newer: string): Promise<boolean> => order.indexOf(older) <= order.indexOf(newer)

  it('of an older version is refused, allow-older or not', async () => {
    const fleet = behind(2)
    const outcome = await fleet.roll({ release: release('v1.0.5'), allowOlder: true, isAncestor: linear })
    expect(outcome.failures.map(({ code, target }) => [code, target]))
      .toEqual([['behind-rollback-floor', 'h1'], ['behind-rollback-floor', 'h2']])
    expect(changed(fleet)).toEqual([])
  })
  it('of what branched off before it is refused, though it is no ancestor of what serves', async () => {
    const fleet = behind(1)
    const outcome = await fleet.roll({ release: release('v1.0.9'), isAncestor: async () => false })
    expect(outcome.failures.map(({ code }) => code)).toEqual(['behind-rollback-floor'])
  })
  it('goes through with consent, and is recorded', async () => {
    const fleet = behind(1)
    const outcome = await fleet.roll({ release: release('v1.0.5'), allowOlder: true, allowRollbackFloor: true, isAncestor: linear })
    expect(outcome.verdict).toBe('deployed')
    expect(crossings(fleet)).toEqual([{ withdraw: false, crossing: [2] }])
  })
  it('is none when the commit holds it: of the next one, of an older one on this side, of the floor itself', async () => {
    for (const version of ['v1.3.0', 'v1.2.0', 'v1.1.0']) {
      const fleet = behind(1)
      const outcome = await fleet.roll({ release: { ...release(version), id: `${version}-0000000b` }, allowOlder: true, isAncestor: linear })
      expect([version, outcome.verdict]).toEqual([version, 'deployed'])
      expect(crossings(fleet)).toEqual([{ withdraw: false, crossing: [] }])
    }
  })
  it('asks of the newest floor alone when that is held, and of each one when it is not, once for the fleet', async () => {
    for (const [version, asked] of [['v1.3.0', ['v1.2.0']], ['v1.0.5', ['v1.2.0', 'v1.1.0']]] as const) {
      const fleet = behind(2)
      for (const target of fleet.targets) target.record(3, { floor: true })
      const seen: string[] = []
      await fleet.roll({ release: release(version), allowOlder: true, allowRollbackFloor: true, isAncestor: async (older, newer) => {
        seen.push(older)
        return await linear(older, newer)
      } })
      expect(seen).toEqual(asked.map((each) => commitOf(each)))
    }
  })
  it('that cannot be told is an error with its own cure; with consent it counts as crossed', async () => {
    const asking = { release: release('v1.0.5'), allowOlder: true, isAncestor: async () => fault('history-unknown')() }
    const refused = await behind(1).roll(asking)
    expect(refused.failures[0]).toMatchObject({ code: 'rollback-floor-unknown' })
    expect(refused.failures[0]?.cure).toMatch(/fetch-depth: 0[^]*allow-rollback-floor: true/)
    const fleet = behind(1)
    await fleet.roll({ ...asking, allowRollbackFloor: true })
    expect(crossings(fleet)).toEqual([{ withdraw: false, crossing: [2] }])
  })
})

describe('an automatic way back is no rollback', () => {
  it('goes back across the floor that is being rolled out, before its proof and after', async () => {
    for (const where of ['cutOver', 'observe'] as const) {
      const fleet = new Fleet(1)
      const floor = release('v1.2.0')
      fleet.at(0).faults.set(where, fault())
      expect(await fleet.roll({ release: { ...floor, config: { ...floor.config, rollbackFloor: true } } }))
        .toMatchObject({ verdict: 'reverted', serving: 'v1.1.0' })
    }
  })
})

it('the summary says that the way back lies behind a floor', async () => {
  const fleet = new Fleet(1)
  const target = fleet.at(0)
  target.entries = [entry(1, 'v1.1.0')]
  target.serving = 1
  target.faults.set('retire', () => { target.record(2, { floor: true }) })
  const text = summary(await fleet.roll(), fleet.events, new Redactor([]))
  expect(text).toMatch(/How to go back\n\n\*\*Not safe by itself:\*\* `v1\.2\.0` declares/)
  expect(text).toMatch(/version: v1\.1\.0\nallow-rollback-floor: true/)
})
