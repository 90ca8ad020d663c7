import { Failure } from '../../../src/errors'
import { commitOf } from '../history/standing'
import { fault, Fleet } from './fleet'

describe('the outcome', () => {
  it.each([
    ['of a deploy', () => {}, {}, 'v1.2.0'],
    ['of a failed one', (fleet: Fleet) => fleet.at(0).faults.set('stage', fault()), {}, 'v1.1.0'],
    ['of a reverted one', (fleet: Fleet) => fleet.at(0).faults.set('observe', fault()), {}, 'v1.1.0'],
    ['of a dry run', () => {}, { dryRun: true }, 'v1.1.0'],
    ['of a status', () => {}, { operation: 'status' as const }, 'v1.1.0'],
    ['of a rollback', () => {}, { operation: 'rollback' as const }, 'v1.0.0'],
  ])('names the commit that serves: %s', async (_, prepare, change, version) => {
    const fleet = new Fleet(2)
    prepare(fleet)
    expect(await fleet.roll(change)).toMatchObject({ serving: version, commit: commitOf(version), previous: 'v1.1.0' })
  })
  it('names none where targets disagree, or nothing serves', async () => {
    const split = new Fleet(3)
    split.at(1).faults.set('cutOver', fault())
    expect(await split.roll({ policy: { failures: 1 } })).toMatchObject({ verdict: 'split', commit: null })
    expect(await new Fleet(1, []).roll({ dryRun: true })).toMatchObject({ commit: null, serving: null, previous: null })
  })
  it('has what is not well of what serves now, and not of what served before', async () => {
    const [seen, replaced] = [new Fleet(1), new Fleet(1)]
    for (const fleet of [seen, replaced]) {
      const target = fleet.at(0)
      const standing = target.standing.bind(target)
      target.standing = () => ({ ...standing(), ...(target.serving === 2 ? { unwell: ['mail 1: failed'] } : {}) })
    }
    expect((await seen.roll({ operation: 'status' })).targets[0]?.unwell).toEqual(['mail 1: failed'])
    expect((await replaced.roll()).targets[0]?.unwell).toEqual([])
  })
  it('has the same evidence once, and no empty one', async () => {
    const fleet = new Fleet(1)
    fleet.at(0).faults.set('start', () => {
      throw new Failure({ code: 'x', what: 'x', cure: 'x', evidence: [
        { source: 'api.1: journal', text: 'Traceback\n' }, { source: 'api.2: journal', text: ' \n' }, { source: 'port', text: 'taken' },
      ] })
    })
    const shown = (await fleet.roll()).targets[0]?.evidence.map(({ source }) => source)
    expect(shown).toEqual(['before api: migrate', 'api.1: journal', 'port'])
    expect(fleet.events.filter(({ type }) => type === 'output')).toHaveLength(3)
  })
})
