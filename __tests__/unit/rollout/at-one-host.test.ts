import { Fleet } from './fleet'

const wavesAndBakes = (fleet: Fleet): string[] => fleet.events.flatMap((event) => event.type === 'wave' ? [`wave ${event.number}/${event.of}`]
  : event.type === 'begin' && event.step === 'bake' ? [`${event.target} bake`] : [])

describe('who has one host before him, and no slipway.yml', () => {
  it('says of no host that it is the first when others may be of the fleet', async () => {
    const fleet = new Fleet(1)
    await fleet.roll({ operation: 'restart', release: null, wholeFleet: false })
    expect(fleet.calls.find(({ operation }) => operation === 'stage')?.detail).toEqual({ first: null })
  })

  it('goes by the policy of what serves when there is no slipway.yml, and else by the one that is given', async () => {
    const fleet = (): Fleet => {
      const made = new Fleet(2)
      made.at(0).rollout = { canary: 1, bake: 0, timeout: 1200 }
      return made
    }
    const [blind, seeing] = [fleet(), fleet()]
    await blind.roll({ operation: 'restart', release: null, policyAsBefore: true, policy: { bake: 5 } })
    expect(wavesAndBakes(blind)).toEqual(['wave 1/2', 'wave 2/2'])
    expect(blind.alarmAfter).toBeGreaterThan(1_190_000)
    await seeing.roll({ operation: 'restart', release: null, policy: { bake: 5 } })
    expect(wavesAndBakes(seeing)).toEqual(['wave 1/1', 'h1 bake', 'h2 bake'])
    expect(seeing.alarmAfter).toBe(600_000)
  })
})
