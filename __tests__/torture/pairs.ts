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
  /** Done, or somebody is at it. */
  readonly #taken = new Set<string>()
  readonly #covered = new Set<string>()
  /** Somebody is at it. */
  readonly #tried = new Set<string>()

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
    this.#taken.add(cell.name)
    this.#tried.delete(pairOf(cell))
    if (struck) this.#covered.add(pairOf(cell))
  }

  /** The next one that somebody is to do. Undefined: there is none; with `once`, each pair is covered, as far as it can be, or somebody is at it. */
  next(once: boolean): Named | undefined {
    const left = this.#cells.filter(({ name }) => !this.#taken.has(name))
    const cell = left.find((one) => !this.#covered.has(pairOf(one)) && !this.#tried.has(pairOf(one))) ?? (once ? undefined : left[0])
    if (cell !== undefined) {
      this.#taken.add(cell.name)
      this.#tried.add(pairOf(cell))
    }
    return cell
  }
}
