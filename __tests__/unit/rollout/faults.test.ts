import type { Outcome } from '../../../src/rollout/outcome'
import { fault, Fleet, type Operation } from './fleet'

/** What must hold after any rollout, however it ended. */
function judge(fleet: Fleet, outcome: Outcome, before: string, wanted: string): void {
  const served = fleet.targets.map((target) => target.version)
  // All sessions are closed.
  expect(fleet.targets.map(({ openNow }) => openNow)).toEqual(fleet.targets.map(() => 0))
  // The verdict tells what serves.
  const all = (version: string): boolean => served.every((each) => each === version)
  switch (outcome.verdict) {
    case 'deployed':
    case 'rolled-back': expect(all(wanted)).toBe(true); break
    case 'reverted': expect(all(before)).toBe(true); break
    case 'split': expect(!all(wanted) || outcome.targets.some(({ state }) => state === 'failed')).toBe(true); break
    case 'failed': expect(all(before) || outcome.targets.some(({ state }) => state === 'failed')).toBe(true); break
    default: throw new Error(`unexpected: ${outcome.verdict}`)
  }
  for (const [index, target] of outcome.targets.entries()) {
    if (target.servingKnown) expect(target.serving?.version ?? null).toBe(served[index])
    if (target.state === 'proven') expect(served[index]).toBe(wanted)
    if (target.state === 'reverted' || target.state === 'untouched') expect(served[index]).toBe(before)
  }
  // Red is red: whatever failed is in the outcome, and only what is whole is ok.
  expect(outcome.ok).toBe(outcome.failures.length === 0)
  // Nothing is touched before everything is staged.
  const order = fleet.calls.map(({ operation }) => operation)
  const firstStart = order.indexOf('start')
  if (firstStart >= 0) expect(order.lastIndexOf('stage')).toBeLessThan(firstStart)
  // Evidence before undoing, of every target that failed on its own, also in the events.
  const steps = fleet.events.flatMap((event) => event.type === 'begin' ? [event.step] : [])
  const firstRevert = steps.indexOf('revert')
  if (firstRevert >= 0) expect(steps.slice(0, firstRevert)).toContain('evidence')
  for (const name of fleet.ran('revert')) {
    const failed = fleet.events.find((event) =>
      event.type === 'fail' && event.target === name && ['start', 'cut over', 'bake'].includes(event.step))
    if (failed === undefined) continue
    const index = (operation: Operation): number =>
      fleet.calls.findIndex((call) => call.target === name && call.operation === operation)
    expect(index('evidence')).toBeGreaterThanOrEqual(0)
    expect(index('evidence')).toBeLessThan(index('revert'))
  }
  // What was proven and then reverted is withdrawn.
  for (const target of fleet.targets) {
    for (const { proven, withdrawn, number, version } of target.entries) {
      if (version === wanted && number > 2 && proven && target.serving !== number) expect(withdrawn).toBe(true)
    }
  }
  // A report is plain data.
  expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome)
}

const operations: readonly Operation[] =
  ['open', 'inspect', 'stage', 'run', 'start', 'cutOver', 'observe', 'retire', 'revert', 'evidence', 'dispose']
const policies = [
  { canary: 0, wave: { percent: 100 } as const, failures: 0 },
  { canary: 1, wave: { count: 2 }, failures: 0 },
  { canary: 1, wave: { percent: 50 }, failures: 1 },
]

describe.each(['deploy', 'rollback'] as const)('one fault in a %s', (operation) => {
  const [before, wanted] = operation === 'deploy' ? ['v1.1.0', 'v1.2.0'] : ['v1.1.0', 'v1.0.0']
  const cells = [1, 3, 7].flatMap((count) => operations.flatMap((where) => policies.flatMap((policy, index) =>
    [...new Set([0, Math.floor(count / 2), count - 1])].map((victim) => ({ count, where, policy, index, victim })))))

  it.each(cells)('$count targets, $where of target $victim, policy $index', async ({ count, where, policy, victim }) => {
    const fleet = new Fleet(count)
    fleet.at(victim).faults.set(where, fault())
    // Undoing is only reached when something else failed.
    if (where === 'revert' || where === 'evidence') fleet.at(victim).faults.set('observe', fault('sick'))
    const outcome = await fleet.roll({ operation, policy })
    judge(fleet, outcome, before, wanted)
    const early = ['open', 'inspect', 'stage', 'run'].includes(where) && !(operation === 'rollback' && where === 'run')
      && !(where === 'run' && victim !== 0)
    if (early) {
      expect(outcome.verdict).toBe('failed')
      expect(fleet.ran('cutOver')).toEqual([])
      expect(outcome.changed).toBe(false)
    }
    if (operation === 'rollback') expect(fleet.ran('run')).toEqual([])
  })

  it.each([1, 3, 7])('a bug in a target is a failure like any other (%s targets)', async (count) => {
    const fleet = new Fleet(count)
    fleet.at(count - 1).faults.set('cutOver', () => { throw new TypeError('x is undefined') })
    const outcome = await fleet.roll({ operation })
    judge(fleet, outcome, before, wanted)
    expect(outcome.failures[0]).toMatchObject({ code: 'internal', what: 'Slipway itself went wrong: x is undefined.' })
  })
})

describe('two faults', () => {
  const seconds: readonly Operation[] = ['start', 'cutOver', 'observe', 'revert', 'retire', 'evidence']
  it.each(seconds.flatMap((first) => seconds.map((second) => [first, second] as const)))('%s and %s', async (first, second) => {
    const fleet = new Fleet(3)
    fleet.at(0).faults.set(first, fault('first'))
    fleet.at(2).faults.set(second, fault('second'))
    judge(fleet, await fleet.roll({ policy: { canary: 1, wave: { count: 1 }, failures: 1 } }), 'v1.1.0', 'v1.2.0')
  })
})
