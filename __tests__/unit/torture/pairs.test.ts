import { Pairs, type Named } from '../../torture/pairs'
import type { Strike } from '../../torture/strikes'

const strike = (name: string): Strike => ({ name, needs: [], restarts: false, takes: 'a moment', make: () => Promise.resolve(true) })
const cells = ['deploy', 'rollback'].flatMap((deed) => ['begun', 'host 1: ended', 'host 2: ended'].flatMap((boundary) => ['killed', 'cut'].map((name): Named =>
  ({ name: `${deed} ${boundary}, ${name}`, deed, boundary, strike: strike(name) }))))
const all = (pairs: Pairs, once: boolean, struck = true): readonly string[] => {
  const done: string[] = []
  for (let cell = pairs.next(once); cell !== undefined; cell = pairs.next(once)) {
    pairs.ended(cell, struck)
    done.push(cell.name)
  }
  return done
}

it('each pair once, in whichever deed and at whichever host, before any a second time', () => {
  const pairs = new Pairs(cells, 7)
  expect(pairs.counts).toEqual({ covered: 0, all: 4 })
  expect(new Set(all(pairs, true).map((name) => name.replace(/^\S+ (host \d: )?/, '')))).toHaveProperty('size', 4)
  expect(pairs.counts).toEqual({ covered: 4, all: 4 })
  expect(all(pairs, false)).toHaveLength(cells.length - 4)
})

it('a pair that was not struck is tried where else it comes', () => {
  const pairs = new Pairs(cells, 7)
  expect(all(pairs, true, false)).toHaveLength(cells.length)
  expect(pairs.counts.covered).toBe(0)
})

it('nobody does what another one is at', () => {
  const pairs = new Pairs(cells, 7)
  const taken = [1, 2, 3, 4, 5].map(() => pairs.next(true))
  expect(new Set(taken.slice(0, 4)).size).toBe(4)
  expect(taken[4]).toBeUndefined()
  pairs.ended(taken[0] as Named, false)
  expect(pairs.next(true)).toBeDefined()
})

it('chance is of the seed', () => {
  expect(all(new Pairs(cells, 7), false)).toEqual(all(new Pairs(cells, 7), false))
  expect(all(new Pairs(cells, 7), false)).not.toEqual(all(new Pairs(cells, 8), false))
})
