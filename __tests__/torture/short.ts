import { today } from './chance'
import { struck, undisturbed, type Verdict } from './chamber'
import type { Place } from './place'
import { turns, type Turn } from './rotation'
import { strikesOn } from './strikes'

/**
 * The short form of a place's torture, for tests: what undisturbed runs tell, then the turns of the day, a line for each on standard error.
 * Its methods give what is wrong, with what repeats it; empty: nothing.
 */
export class ShortForm {
  readonly #place: Place
  readonly #rest: { readonly slow: number; readonly every?: number }
  readonly #recorded = new Map<string, readonly string[]>()
  /** One failure makes more: what it has left is found again. */
  #failed: string | null = null
  #turns: readonly Turn[] | null = null

  /** `slow`: how many strikes that take long; `every`: of how many kinds of boundaries one has its turn. */
  constructor(place: Place, rest: { readonly slow: number; readonly every?: number }) {
    this.#place = place
    this.#rest = rest
  }

  /** Before any other is struck: boundaries of all deeds are known then. */
  async record(deed: string): Promise<readonly string[]> {
    const verdict = await undisturbed(this.#place, deed)
    this.#recorded.set(deed, verdict.events)
    return this.#told(`${this.#place.target} ${deed}, undisturbed`, verdict)
  }

  async strike(deed: string): Promise<readonly string[]> {
    if (this.#failed !== null) return [`not struck, since this had failed: ${this.#failed}`]
    const seed = today()
    this.#turns ??= turns(this.#recorded, strikesOn(this.#place), { seed, ...this.#rest })
    for (const { boundary, strike } of this.#turns.filter((turn) => turn.deed === deed)) {
      const began = performance.now()
      const verdict = await struck(this.#place, { deed, boundary, strike, seed })
      const what = `${this.#place.target} ${deed}, ${strike.name} at '${boundary}'${verdict.delay > 0 ? ` + ${verdict.delay} ms` : ''}`
      process.stderr.write(`      ${what.padEnd(72)} ${verdict.missed ?? `${verdict.failed} of ${verdict.requests} requests failed`} ${((performance.now() - began) / 1000).toFixed(1)} s (seed ${seed})\n`)
      const said = this.#told(`${what}: script/torture ${this.#place.target} --deed ${deed} --boundary '${boundary}' --strike ${strike.name} --seed ${seed}`, verdict)
      if (said.length > 0) return said
    }
    return []
  }

  #told(what: string, { findings }: Verdict): readonly string[] {
    if (findings.length > 0) this.#failed ??= what
    for (const finding of findings) process.stderr.write(`        ${finding.replaceAll('\n', '\n        ')}\n`)
    return findings.map((finding) => `${what}\n${finding}`)
  }
}
