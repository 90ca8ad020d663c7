import { drawn, oneOf } from './chance'
import { kindOf } from './pairs'
import type { Strike } from './strikes'

/** A boundary, in which deed it is met, and what is to happen there. */
export interface Turn {
  readonly deed: string
  readonly boundary: string
  readonly strike: Strike
}

/**
 * The short form of a place's torture: each kind of boundary once, in one of the deeds that have it, with the strike whose turn it is there; the
 * next day it is the next strike's. Of strikes that take long so many as `slow` says come, anywhere. With `every`, one kind of so many has its
 * turn, another one each day.
 */
export function turns(recorded: ReadonlyMap<string, readonly string[]>, strikes: readonly Strike[], { seed, slow, every = 1 }: { seed: number; slow: number; every?: number }): readonly Turn[] {
  const quick = strikes.filter(({ takes }) => takes === 'a moment')
  const patient = strikes.filter(({ takes }) => takes === 'half a minute')
  const kinds = [...Map.groupBy([...recorded].flatMap(([deed, boundaries]) => boundaries.map((boundary) => ({ deed, boundary }))), ({ boundary }) => kindOf(boundary))]
  const chosen = kinds.map(([kind, all], index) => ({ kind, index, ...oneOf(all, seed, 'where', kind) }))
    .filter(({ index }) => index % every === seed % Math.min(every, kinds.length))
  const long = new Set(chosen.map(({ kind }) => kind).toSorted((a, b) => drawn(seed, 'takes long', a) - drawn(seed, 'takes long', b)).slice(0, patient.length === 0 ? 0 : slow))
  return chosen.map(({ kind, index, deed, boundary }) => ({
    deed, boundary, strike: (long.has(kind) ? oneOf(patient, seed, 'what takes long', kind) : quick[(seed + Math.floor(index / every)) % quick.length]) as Strike,
  }))
}
