import type { Arbitrary } from 'fast-check'
import type { Failure } from '../../src/errors'

/** What an input came to, beside what it threw: failures that are returned and not thrown; nothing when all was taken. */
export type Attempt = readonly Failure[] | undefined

/**
 * One place at which something comes in that strangers can choose. A file of `surfaces/` exports one as `surface`; that is all there is to
 * do for a new one.
 */
export interface Surface<Input> {
  readonly inputs: Arbitrary<Input>
  /**
   * Gives the input to the code. It ends, or throws a `Failure` or `Failures`: both are well. What it took is asserted here, by `claim`. All else
   * that it throws is a finding.
   */
  readonly attempt: (input: Input) => Attempt | Promise<Attempt>
  /** Is everything taken here, so that no input is ever refused? Text to be shown is such. */
  readonly refusesNothing?: boolean
  readonly close?: () => Promise<void>
}

/** Keeps the type of the input between generator and attempt. */
export function surfaceOf<Input>(surface: Surface<Input>): Surface<Input> {
  return surface
}

/** Something was taken that must not be, or came out as it must not. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export function claim(holds: boolean, what: string, ...shown: readonly unknown[]): asserts holds {
  if (!holds) throw new Broken([what, ...shown.map((one) => JSON.stringify(one)?.slice(0, 2000) ?? 'undefined')].join(' '))
}
