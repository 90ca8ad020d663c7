import { statusOf } from '../../../src/rollout/outcome'
import type { Evidence } from '../../../src/errors'
import { entry } from '../history/standing'
import { fault, Fleet } from './fleet'

const steps = (fleet: Fleet): string[] => fleet.events.flatMap((event) =>
  event.type === 'begin' ? [`${event.target} ${event.step}`] : event.type === 'wave' ? [`wave ${event.number}/${event.of}`] : [])
const changed = (fleet: Fleet): string[] =>
  fleet.calls.map(({ operation }) => operation).filter((operation) => !['open', 'inspect', 'dispose'].includes(operation))

describe('the order', () => {
  it('is open in sorted order, inspect, stage, tasks on the first, waves, retire', async () => {
    const fleet = new Fleet(3)
    fleet.targets.reverse()
    const outcome = await fleet.roll({ maxParallel: 1, policy: { canary: 1 } })
    expect(outcome).toMatchObject({ verdict: 'deployed', ok: true, changed: true, version: 'v1.2.0', previous: 'v1.1.0', serving: 'v1.2.0' })
    expect(steps(fleet)).toEqual([
      'h1 connect', 'h2 connect', 'h3 connect', 'h3 inspect', 'h2 inspect', 'h1 inspect', 'h3 stage', 'h2 stage', 'h1 stage', 'h3 run',
      'wave 1/2', 'h3 start', 'h3 cut over', 'h3 bake',
      'wave 2/2', 'h2 start', 'h1 start', 'h2 cut over', 'h1 cut over', 'h2 bake', 'h1 bake',
      'h3 retire', 'h2 retire', 'h1 retire',
    ])
    expect(fleet.ran('dispose')).toHaveLength(3)
    expect(outcome.tasks).toEqual(['api: migrate'])
    const options = (operation: string): unknown[] =>
      fleet.calls.filter((call) => call.operation === operation).map(({ target, detail }) => [target, detail])
    expect(options('stage')).toEqual([['h3', { first: true }], ['h2', { first: false }], ['h1', { first: false }]])
    expect(options('cutOver')).toEqual(['h3', 'h2', 'h1'].map((name) => [name, { withdraw: false, crossing: [] }]))
  })

  it('keeps to max-parallel, and uses it', async () => {
    const fleet = new Fleet(7)
    let now = 0
    let most = 0
    for (const target of fleet.targets) {
      target.faults.set('stage', async () => {
        most = Math.max(most, ++now)
        await new Promise(setImmediate)
        now -= 1
      })
    }
    await fleet.roll({ maxParallel: 3 })
    expect(most).toBe(3)
  })

  it('goes back in the opposite order of the waves', async () => {
    const fleet = new Fleet(3)
    fleet.at(2).faults.set('observe', fault())
    const outcome = await fleet.roll({ policy: { wave: { count: 1 } } })
    expect(outcome.verdict).toBe('reverted')
    expect(fleet.ran('revert')).toEqual(['h3', 'h2', 'h1'])
    expect(fleet.ran('evidence')).toEqual(['h3'])
    expect(fleet.ran('retire')).toEqual([])
    expect(outcome.targets.map(({ state }) => state)).toEqual(['reverted', 'reverted', 'reverted'])
    expect(fleet.targets.map((target) => target.entries.at(-1)?.withdrawn)).toEqual([true, true, true])
  })

  it('stages no further target once one has failed', async () => {
    const fleet = new Fleet(7)
    fleet.at(0).faults.set('stage', fault())
    await fleet.roll({ maxParallel: 1 })
    expect(fleet.ran('stage')).toEqual(['h1'])
  })

  it('does not bake when there is no time to', async () => {
    const fleet = new Fleet(1)
    await fleet.roll({ policy: { bake: 0 } })
    expect(fleet.ran('observe')).toEqual([])
  })
})

describe('failures', () => {
  it('of a start: nothing was switched, what was started is dropped', async () => {
    const fleet = new Fleet(3)
    fleet.at(1).faults.set('start', fault('exits-at-start'))
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'failed', changed: false, serving: 'v1.1.0' })
    expect(outcome.targets.map(({ state }) => state)).toEqual(['untouched', 'failed', 'untouched'])
    expect(fleet.targets.map(({ live }) => live.size)).toEqual([0, 0, 0])
    expect(outcome.failures.map(({ code, target }) => [code, target])).toEqual([['exits-at-start', 'h2']])
  })

  it('tell the evidence they carry, and the place\'s, before anything is undone', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('cutOver', fault())
    const outcome = await fleet.roll()
    const told = fleet.events.flatMap((event) => event.type === 'output' ? [event.evidence.source]
      : event.type === 'begin' && event.step === 'revert' ? ['revert'] : [])
    expect(told).toEqual(['before api: migrate', 'api.1: journal', 'h1: journal', 'revert'])
    expect(outcome.targets[0]?.evidence.map(({ source }: Evidence) => source))
      .toEqual(['before api: migrate', 'api.1: journal', 'h1: journal'])
  })

  it('of a bake name what was seen', async () => {
    const fleet = new Fleet(1)
    const target = fleet.at(0)
    const open = target.open.bind(target)
    target.open = async (...args) => ({
      ...await open(...args), observe: async () => ({ healthy: false, findings: ['api.1 restarted twice'] }),
    })
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'reverted', changed: false, serving: 'v1.1.0' })
    expect(outcome.failures[0]?.what).toContain('api.1 restarted twice')
  })

  it('within the budget leave the others on the new one, and the fleet split', async () => {
    const fleet = new Fleet(3)
    fleet.at(1).faults.set('cutOver', fault())
    const outcome = await fleet.roll({ policy: { failures: 1 } })
    expect(outcome).toMatchObject({ verdict: 'split', ok: false, changed: true, serving: null })
    expect(outcome.targets.map(({ state }) => state)).toEqual(['proven', 'reverted', 'proven'])
    expect(fleet.ran('retire')).toEqual(['h1', 'h3'])
  })

  it('of all canaries are in no budget', async () => {
    const fleet = new Fleet(3)
    fleet.at(0).faults.set('cutOver', fault())
    const outcome = await fleet.roll({ policy: { failures: 2, canary: 1 } })
    expect(outcome.verdict).toBe('reverted')
    expect(fleet.ran('cutOver')).toEqual(['h1'])
  })

  it('of retiring are red, and undo nothing', async () => {
    const fleet = new Fleet(2)
    fleet.at(0).faults.set('retire', fault())
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'deployed', ok: false, changed: true, serving: 'v1.2.0' })
    expect(statusOf(outcome)).toBe('not-retired')
    expect(fleet.ran('revert')).toEqual([])
    expect(fleet.ran('retire')).toEqual(['h1', 'h2'])
  })

  it('of a task stop before anything is started, with evidence and without the tasks after it', async () => {
    const fleet = new Fleet(2)
    fleet.at(0).tasks = ['migrate', 'warm up']
    fleet.at(0).faults.set('run', fault('task-failed'))
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'failed', changed: false, tasks: [] })
    expect(fleet.calls.filter(({ operation }) => operation === 'run').map(({ detail }) => detail)).toEqual(['migrate'])
    expect(fleet.ran('evidence')).toEqual(['h1'])
    expect(fleet.ran('start')).toEqual([])
  })

  it('of going into maintenance stop before any task', async () => {
    const fleet = new Fleet(2)
    fleet.at(1).faults.set('maintain', fault('worker-stays'))
    const outcome = await fleet.roll({ policy: { maintenance: true } })
    expect(outcome).toMatchObject({ verdict: 'failed', changed: false, tasks: [] })
    expect([fleet.ran('run'), fleet.ran('start')]).toEqual([[], []])
    expect(fleet.ran('dispose').sort()).toEqual(['h1', 'h2'])
  })

  it('are put back once, those within the budget too when it is used up', async () => {
    const fleet = new Fleet(3)
    for (const index of [1, 2]) fleet.at(index).faults.set('cutOver', fault())
    const outcome = await fleet.roll({ policy: { failures: 1, wave: { count: 1 } } })
    expect(outcome.verdict).toBe('reverted')
    expect(fleet.ran('revert')).toEqual(['h2', 'h3', 'h1'])
  })

  it('of gathering evidence are a warning', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('observe', fault('sick')).set('evidence', fault('gone'))
    expect((await fleet.roll()).failures.map(({ code }) => code)).toEqual(['sick'])
    expect(fleet.events.some((event) => event.type === 'note' && event.level === 'warning' && event.text.startsWith('evidence: '))).toBe(true)
  })

  it('of a revert are told, and what serves is looked up', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('observe', fault('sick')).set('revert', fault('stuck'))
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'failed', changed: true, serving: 'v1.2.0' })
    expect(outcome.failures.map(({ code }) => code)).toEqual(['sick', 'stuck'])
  })

  it('that leave the place out of sight leave it unknown what serves', async () => {
    const fleet = new Fleet(1)
    const target = fleet.at(0)
    target.faults.set('cutOver', () => {
      for (const operation of ['inspect', 'revert', 'evidence'] as const) target.faults.set(operation, fault('connection-lost'))
      fault('connection-lost')()
    })
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'failed', changed: true, serving: null })
    expect(outcome.targets[0]?.servingKnown).toBe(false)
  })

  it('that leave one of several out of sight leave the fleet split', async () => {
    const fleet = new Fleet(2)
    const target = fleet.at(0)
    target.faults.set('cutOver', () => {
      for (const operation of ['inspect', 'revert', 'evidence'] as const) target.faults.set(operation, fault('connection-lost'))
      fault('connection-lost')()
    })
    expect(await fleet.roll({ maxParallel: 1 })).toMatchObject({ verdict: 'split', serving: null })
  })

  it('of a revert that did not take are found', async () => {
    const fleet = new Fleet(1)
    const target = fleet.at(0)
    target.faults.set('observe', fault('sick'))
    const open = target.open.bind(target)
    target.open = async (...args) => ({ ...await open(...args), revert: async () => undefined })
    expect((await fleet.roll()).failures.map(({ code }) => code)).toEqual(['sick', 'not-back'])
  })

  it('of closing are a warning', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('dispose', fault())
    expect((await fleet.roll()).ok).toBe(true)
    expect(fleet.events.some((event) => event.type === 'note' && event.level === 'warning' && event.text.includes('closed'))).toBe(true)
  })
})

describe('what cannot be reached', () => {
  it('may be absent up to the number, with a warning', async () => {
    const fleet = new Fleet(3)
    fleet.at(0).faults.set('open', fault('host-unreachable'))
    const outcome = await fleet.roll({ policy: { absent: 1 } })
    expect(outcome).toMatchObject({ verdict: 'deployed', ok: true })
    expect(outcome.targets.map(({ state }) => state)).toEqual(['absent', 'proven', 'proven'])
    expect(fleet.calls.filter(({ operation }) => operation === 'run').map(({ target }) => target)).toEqual(['h2'])
    expect(fleet.events.filter((event) => event.type === 'note' && event.level === 'warning')).toHaveLength(1)
  })
  it('fails beyond it, all of them named', async () => {
    const fleet = new Fleet(3)
    for (const index of [0, 1]) fleet.at(index).faults.set('open', fault('host-unreachable'))
    const outcome = await fleet.roll({ policy: { absent: 1 } })
    expect(outcome.verdict).toBe('failed')
    expect(outcome.failures.map(({ target }) => target).sort()).toEqual(['h1', 'h2'])
    expect(outcome.targets.map(({ state }) => state)).toEqual(['failed', 'failed', 'untouched'])
    expect(changed(fleet)).toEqual([])
  })
  it('fails when nobody is left', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('open', fault('host-unreachable'))
    expect(await fleet.roll({ policy: { absent: 1 } })).toMatchObject({ verdict: 'failed', ok: false })
  })
  it('is not what a refused key or a taken lock is', async () => {
    const fleet = new Fleet(3)
    fleet.at(0).faults.set('open', fault('locked'))
    expect((await fleet.roll({ policy: { absent: 3 } })).verdict).toBe('failed')
  })
})

describe('doing it twice', () => {
  it('changes nothing and says so', async () => {
    const fleet = new Fleet(3)
    await fleet.roll()
    fleet.calls.length = 0
    expect(await fleet.roll()).toMatchObject({ verdict: 'unchanged', ok: true, changed: false, serving: 'v1.2.0' })
    expect(changed(fleet)).toEqual(['stage', 'stage', 'stage'])
  })
  it('rolls only the targets that lack it, without tasks that ran', async () => {
    const fleet = new Fleet(3)
    fleet.at(0).entries.push(entry(3, 'v1.2.0'))
    fleet.at(0).serving = 3
    const outcome = await fleet.roll()
    expect(outcome.targets.map(({ state }) => state)).toEqual(['unchanged', 'proven', 'proven'])
    expect(outcome.verdict).toBe('deployed')
    expect(fleet.ran('start')).toEqual(['h2', 'h3'])
    expect(fleet.ran('run')).toEqual([])
  })
})

describe('a dry run, a look', () => {
  it('plans after the same decisions, and touches nothing', async () => {
    const fleet = new Fleet(2)
    const outcome = await fleet.roll({ dryRun: true })
    expect(outcome).toMatchObject({ verdict: 'planned', ok: true, changed: false, version: 'v1.2.0' })
    expect(changed(fleet)).toEqual(['plan', 'plan'])
    expect(outcome.targets[0]?.plan?.cutOver).toEqual(['would cut over'])
    expect(await new Fleet(1).roll({ dryRun: true, isAncestor: async () => true })).toMatchObject({ verdict: 'failed', ok: false })
  })
  it('tells how each place stands', async () => {
    const fleet = new Fleet(2)
    const outcome = await fleet.roll({ operation: 'status', release: null })
    expect(outcome).toMatchObject({ verdict: 'status', ok: true, serving: 'v1.1.0' })
    expect(outcome.targets[0]?.entries).toHaveLength(2)
    expect(changed(fleet)).toEqual([])
  })
})

describe('a fleet that makes no sense', () => {
  it('is refused', async () => {
    expect((await new Fleet(0).roll()).failures.map(({ code }) => code)).toEqual(['no-targets'])
    const twice = new Fleet(1)
    expect((await twice.roll({ targets: [twice.at(0), twice.at(0)] })).failures.map(({ code }) => code)).toEqual(['target-twice'])
    expect(twice.calls).toEqual([])
    const unwavy = new Fleet(2)
    unwavy.at(1).can.waves = false
    const outcome = await unwavy.roll({ policy: { canary: 1 } })
    expect(outcome.failures.map(({ code, target }) => [code, target])).toEqual([['waves-impossible', 'h2']])
    expect(unwavy.ran('run')).toEqual([])
  })
})
