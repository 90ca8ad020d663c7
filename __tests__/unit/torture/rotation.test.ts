import { turns } from '../../torture/rotation'
import { strikes, strikesOn, type Strike } from '../../torture/strikes'

const common = Array.from({ length: 20 }, (_, index) => `boundary ${index + 1}`)
const recorded = new Map([['deploy', [...common, 'deployed']], ['rollback', [...common, 'rolled back']]])
const kinds = [...common, 'deployed', 'rolled back']
const strike = (name: string, takes: Strike['takes'] = 'a moment'): Strike => ({ name, needs: [], restarts: false, takes, make: () => Promise.resolve(true) })
const some = [strike('one'), strike('two'), strike('three'), strike('long', 'half a minute')]
const day = (seed: number, more: { slow?: number; every?: number } = {}): ReturnType<typeof turns> => turns(recorded, some, { seed, slow: 0, ...more })
const names = (of: ReturnType<typeof turns>): readonly string[] => of.map(({ boundary, strike: { name } }) => `${boundary} ${name}`)

it('each boundary has its turn, once, in a deed that has it; and the same day is the same', () => {
  expect(day(7).map(({ boundary }) => boundary)).toEqual(kinds)
  expect(new Set(day(7).slice(0, 20).map(({ deed }) => deed))).toEqual(new Set(['deploy', 'rollback']))
  for (const { deed, boundary } of day(7)) expect(recorded.get(deed)).toContain(boundary)
  expect(day(7)).toEqual(day(7))
})

it('over as many days as there are strikes, each is made at each boundary', () => {
  expect(new Set([7, 8, 9].flatMap((seed) => names(day(seed))))).toEqual(new Set(kinds.flatMap((kind) => ['one', 'two', 'three'].map((name) => `${kind} ${name}`))))
})

it('with every so-manieth each has its turn over some days, and all strikes theirs', () => {
  const some = [6, 7, 8, 9].map((seed) => day(seed, { every: 4 }))
  expect(new Set(some.flat().map(({ boundary }) => boundary))).toEqual(new Set(kinds))
  expect(new Set(some[0]?.map((turn) => turn.strike.name))).toEqual(new Set(['one', 'two', 'three']))
})

it('of strikes that take long as many come as are wanted', () => {
  const long = (slow: number): number => day(7, { slow }).filter((turn) => turn.strike.name === 'long').length
  expect([long(0), long(2)]).toEqual([0, 2])
})

it('a boundary is one at whichever host of several it comes', () => {
  const fleet = turns(new Map([['deploy', ['host 1: recorded staged', 'host 2: recorded staged']]]), some, { seed: 7, slow: 0 })
  expect(fleet).toHaveLength(1)
})

it('a strike applies where there is what it takes', () => {
  const nothing = (): Promise<void> => Promise.resolve()
  const on = (powers: Parameters<typeof strikesOn>[0]['powers']): string[] => strikesOn({ powers }).map(({ name }) => name)
  expect(on({})).toEqual(['killed', 'cancelled', 'cut'])
  expect(on({ freeze: nothing })).toEqual(on({}))
  expect(on({ freeze: nothing, thaw: nothing, restart: nothing })).toEqual(['killed', 'cancelled', 'cut', 'frozen', 'restarted'])
  expect(new Set(strikes.map(({ name }) => name)).size).toBe(strikes.length)
})
