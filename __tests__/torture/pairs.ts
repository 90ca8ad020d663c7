import { drawn } from './chance'
import type { Strike } from './strikes'

/** A strike in a deed at one of its boundaries, by a name that tells it from all others. */
export interface Named {
  readonly name: string
  readonly deed: string
  readonly boundary: string
  readonly strike: Strike
}

/** What a boundary is, in whichever deed and at whichever host of several it comes. */
export const kindOf = (boundary: string): string => boundary.replace(/^host \d+: /, '')

const pairOf = ({ boundary, strike }: Named): string => `${kindOf(boundary)}, ${strike.name}`

/**
 * The cells of a long form in the order in which they are worth most: each pair of a boundary and a strike once, in one deed that has it, before any
 * a second time. By chance, so that however much of it is done, it is a fair sample.
 */
export class Pairs {
  readonly #cells: readonly Named[]
  readonly #all: ReadonlySet<string>
  readonly #done = new Set<string>()
  readonly #covered = new Set<string>()

  constructor(cells: readonly Named[], seed: number) {
    this.#cells = cells.toSorted((a, b) => drawn(seed, 'order', a.name) - drawn(seed, 'order', b.name))
    this.#all = new Set(cells.map(pairOf))
  }

  /** Of how many pairs how many are covered. */
  get counts(): { readonly covered: number; readonly all: number } {
    return { covered: this.#covered.size, all: this.#all.size }
  }

  /** `struck`: it was struck there; else another deed's turn may cover the pair. */
  ended(cell: Named, struck: boolean): void {
    this.#done.add(cell.name)
    if (struck) this.#covered.add(pairOf(cell))
  }

  /** Undefined: all are done; with `once`, of each pair that can be covered one is. */
  next(once: boolean): Named | undefined {
    const left = this.#cells.filter(({ name }) => !this.#done.has(name))
    return left.find((cell) => !this.#covered.has(pairOf(cell))) ?? (once ? undefined : left[0])
  }
}
