import { drawn, oneOf } from './chance'
import type { Strike } from './strikes'

/** A boundary, and what is to happen there. */
export interface Turn {
  readonly boundary: string
  readonly strike: Strike
}

/**
 * The short form of a deed's torture: of its boundaries every so-manieth, beginning with another one each day, each with the strike whose turn
 * it is. Strikes that take long have one boundary among them, or none where `slow` says so.
 */
export function turns(boundaries: readonly string[], strikes: readonly Strike[], { seed, every, slow, deed }: { seed: number; every: number; slow: boolean; deed: string }): readonly Turn[] {
  const quick = strikes.filter(({ takes }) => takes === 'a moment')
  const patient = strikes.filter(({ takes }) => takes === 'half a minute')
  // Of few boundaries one at least.
  const begin = seed % Math.min(every, boundaries.length)
  const chosen = boundaries.filter((_, index) => index % every === begin)
  const first = Math.floor(drawn(seed, 'first strike', deed) * quick.length)
  const last = slow && patient.length > 0 ? oneOf(chosen, seed, 'where it takes long', deed) : null
  return chosen.map((boundary, index) => ({
    boundary,
    strike: (boundary === last ? oneOf(patient, seed, 'what takes long', deed) : quick[(first + index) % quick.length]) as Strike,
  }))
}
