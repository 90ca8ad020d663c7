import { summary } from '../../../src/report/summary'
import { headline } from '../../../src/report/headline'
import { Redactor } from '../../../src/report/redact'
import { statusOf } from '../../../src/rollout/outcome'
import { fault, Fleet } from './fleet'

const none = new Redactor([])
const withAfter = (count: number): Fleet => {
  const fleet = new Fleet(count)
  for (const target of fleet.targets) target.after = ['api: warm', 'api: announce']
  return fleet
}
const order = (fleet: Fleet): string[] => fleet.calls.map(({ target, operation }) => `${operation} ${target}`)

describe('`after`', () => {
  it('runs once, on the first target, when all are proven and watched, and before anything is retired', async () => {
    const fleet = withAfter(3)
    const outcome = await fleet.roll({ policy: { canary: 1, wave: { count: 1 } } })
    expect(outcome).toMatchObject({ verdict: 'deployed', ok: true, after: 'done', tasks: ['api: migrate', 'api: warm', 'api: announce'] })
    expect(fleet.calls.filter(({ operation }) => operation === 'after').map(({ target, detail }) => [target, detail]))
      .toEqual([['h1', 'api: warm'], ['h1', 'api: announce']])
    const calls = order(fleet)
    expect(calls.indexOf('after h1')).toBeGreaterThan(Math.max(...calls.flatMap((call, at) => call.startsWith('observe') ? [at] : [])))
    expect(calls.lastIndexOf('after h1')).toBeLessThan(calls.findIndex((call) => call.startsWith('retire')))
  })

  it('that fails is red and undoes nothing: the rest of it is left, and what was replaced is retired all the same', async () => {
    const fleet = withAfter(2)
    fleet.at(0).faults.set('after', fault('after-failed'))
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'deployed', ok: false, changed: true, after: 'failed', serving: 'v1.2.0' })
    expect(statusOf(outcome)).toBe('after-failed')
    expect(fleet.ran('after')).toEqual(['h1'])
    expect(fleet.ran('revert')).toEqual([])
    expect(fleet.ran('retire').sort()).toEqual(['h1', 'h2'])
    expect(headline(outcome)).toMatchObject({ icon: '❌', text: 'shop v1.2.0 is serving on 2 targets, but `after` failed' })
  })

  it('does not run on a rollback, nor when anything was put back', async () => {
    const back = withAfter(1)
    expect(await back.roll({ operation: 'rollback' })).toMatchObject({ verdict: 'rolled-back', after: null })
    const sick = withAfter(2)
    sick.at(1).faults.set('observe', fault())
    expect(await sick.roll()).toMatchObject({ verdict: 'reverted', after: null })
    expect([...back.ran('after'), ...sick.ran('after')]).toEqual([])
  })

  it('runs though a target failed that may, but not where the first is that one', async () => {
    const other = withAfter(3)
    other.at(1).faults.set('start', fault())
    expect(await other.roll({ policy: { failures: 1 } })).toMatchObject({ after: 'done' })
    const first = withAfter(3)
    first.at(0).faults.set('start', fault())
    expect(await first.roll({ policy: { failures: 1 } })).toMatchObject({ after: 'unfinished', ok: false })
    expect(first.ran('after')).toEqual([])
    expect(first.events.flatMap((event) => event.type === 'note' && event.level === 'warning' ? [event.text] : []).join())
      .toContain('`after` was not run, because v1.2.0 does not serve here')
  })

  it('that did not end well is run again by the next run of what serves, and nothing else is', async () => {
    const fleet = withAfter(2)
    for (const target of fleet.targets) target.same = true
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'unchanged', changed: false, ok: true, after: 'done' })
    expect(headline(outcome).text).toContain('already: `after` was run again')
    expect([fleet.ran('after'), fleet.ran('run'), fleet.ran('start'), fleet.ran('retire')]).toEqual([['h1', 'h1'], [], [], []])
    const bad = withAfter(1)
    bad.at(0).same = true
    bad.at(0).faults.set('after', fault())
    const failed = await bad.roll()
    expect(failed).toMatchObject({ verdict: 'unchanged', status: 'after-failed', ok: false, changed: false })
    expect(headline(failed).text).toContain('was serving on h1 already, but `after` failed')
  })

  it('is not begun by a cancelled run, which says so, and is not undone', async () => {
    const fleet = withAfter(1)
    fleet.at(0).faults.set('after', () => fleet.abort.abort())
    const outcome = await fleet.roll()
    expect(outcome).toMatchObject({ verdict: 'deployed', status: 'after-failed', after: 'unfinished', ok: false })
    expect(fleet.ran('after')).toHaveLength(1)
    expect(fleet.ran('revert')).toEqual([])
  })

  it('is run however late it has become, for all is proven', async () => {
    const fleet = withAfter(1)
    fleet.at(0).faults.set('observe', () => { fleet.ring() })
    expect(await fleet.roll()).toMatchObject({ after: 'done', ok: true })
  })

  it('is given the time of a rollout, and `before` what is left of it', async () => {
    const fleet = withAfter(1)
    let now = 0
    fleet.at(0).faults.set('stage', () => { now = 590_000 })
    await fleet.roll({ clock: () => now })
    expect(fleet.at(0).limits).toEqual([['api: migrate', 10], ['api: warm', 600], ['api: announce', 600]])
  })

  it('stands in the plan', async () => {
    const outcome = await withAfter(1).roll({ dryRun: true })
    expect(outcome.targets[0]?.plan?.after).toEqual(['would run'])
    expect(summary(outcome, [], none)).toMatch(/\*\*cut over\*\*[^]*\*\*after\*\*\n\n- would run[^]*\*\*retire\*\*/)
  })
})

describe('what commands print', () => {
  it('is told when they end well, too, each of them, though two say the same', async () => {
    const fleet = withAfter(1)
    fleet.at(0).built = [{ source: 'build api: make', text: 'ok' }, { source: 'build api: make docs', text: 'ok' }]
    const outcome = await fleet.roll()
    const sources = ['build api: make', 'build api: make docs', 'before api: migrate', 'after api: warm', 'after api: announce']
    expect(fleet.events.flatMap((event) => event.type === 'output' ? [event.evidence.source] : [])).toEqual(sources)
    expect(outcome.targets[0]?.evidence.map(({ source }) => source)).toEqual(sources)
    expect(summary(outcome, fleet.events, none)).toContain('api: warm said so')
  })
})
