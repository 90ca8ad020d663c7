import { turns } from '../../torture/rotation'
import { strikes, strikesOn, type Strike } from '../../torture/strikes'

const boundaries = Array.from({ length: 20 }, (_, index) => `boundary ${index + 1}`)
const strike = (name: string, takes: Strike['takes'] = 'a moment'): Strike => ({ name, needs: [], restarts: false, takes, make: () => Promise.resolve(true) })
const some = [strike('one'), strike('two'), strike('three'), strike('long', 'half a minute')]
const names = (of: ReturnType<typeof turns>): string[] => of.map(({ boundary, strike: { name } }) => `${boundary} ${name}`)

it('over some days each boundary has its turn, and the same day is the same', () => {
  const day = (seed: number): ReturnType<typeof turns> => turns(boundaries, some, { seed, every: 3, slow: false, deed: 'deploy' })
  expect(new Set([7, 8, 9].flatMap((seed) => day(seed).map(({ boundary }) => boundary))).size).toBe(boundaries.length)
  expect(names(day(7))).toEqual(names(day(7)))
  expect(names(day(7))).not.toEqual(names(day(10)))
})

it('strikes take turns; one that takes long comes once, where it may', () => {
  const of = (slow: boolean): string[] => turns(boundaries, some, { seed: 7, every: 2, slow, deed: 'deploy' }).map(({ strike: { name } }) => name)
  expect(of(false).filter((name) => name === 'long')).toHaveLength(0)
  expect(new Set(of(false))).toEqual(new Set(['one', 'two', 'three']))
  expect(of(true).filter((name) => name === 'long')).toHaveLength(1)
})

it('a strike applies where there is what it takes', () => {
  const nothing = (): Promise<void> => Promise.resolve()
  const on = (powers: Parameters<typeof strikesOn>[0]['powers']): string[] => strikesOn({ powers }).map(({ name }) => name)
  expect(on({})).toEqual(['killed', 'cancelled', 'cut'])
  expect(on({ freeze: nothing })).toEqual(on({}))
  expect(on({ freeze: nothing, thaw: nothing, restart: nothing })).toEqual(['killed', 'cancelled', 'cut', 'frozen', 'restarted'])
  expect(new Set(strikes.map(({ name }) => name)).size).toBe(strikes.length)
})
