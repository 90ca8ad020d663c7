import { Fleet } from './fleet'

describe('maintenance', () => {
  const asked = async (change: Parameters<Fleet['roll']>[0], prepare: (fleet: Fleet) => void = () => undefined): Promise<string[]> => {
    const fleet = new Fleet(2)
    prepare(fleet)
    await fleet.roll(change)
    return fleet.calls.filter(({ operation }) => ['stage', 'maintain', 'run', 'start'].includes(operation))
      .map(({ target, operation }) => `${operation} ${target}`)
  }
  const policy = { maintenance: true }

  it('begins everywhere when all is staged, before any task', async () => {
    const calls = await asked({ policy, maxParallel: 1 })
    expect(calls.slice(0, 5)).toEqual(['stage h1', 'stage h2', 'maintain h1', 'maintain h2', 'run h1'])
  })

  it('is for tasks alone: no user is kept out where there are none, in a rollback, or unless it is wished for', async () => {
    const none = expect.not.arrayContaining([expect.stringMatching('maintain')])
    expect(await asked({ policy }, (fleet) => { for (const target of fleet.targets) target.tasks = [] })).toEqual(none)
    expect(await asked({ policy, operation: 'rollback' })).toEqual(none)
    expect(await asked({})).toEqual(none)
  })
})
