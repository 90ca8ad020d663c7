import { isInHand, provenLast, wrongAnswers, type Answer, type Entry } from './ledger'
import type { Site, Users, Watch } from './place'

interface Missed {
  readonly begun: number
  readonly ended: number
  readonly text: string
}

/** What is seen of a site from before a deed until all is judged: what it writes down, what its users get, and what is left there. */
export class Onlooker implements AsyncDisposable {
  readonly site: Site
  readonly #watch: Watch
  readonly #answers: Answer[] = []
  readonly #missed: Missed[] = []
  /** While what serves was down because of the strike. */
  readonly #down: (readonly [number, number])[] = []
  #users: Users[] = []

  private constructor(site: Site, watch: Watch) {
    this.site = site
    this.#watch = watch
  }

  /** `happened`: told of all that the site writes down. */
  static async of(site: Site, happened: (entry: Entry) => void): Promise<Onlooker> {
    const onlooker = new Onlooker(site, await site.watch(happened))
    try {
      await onlooker.#begin()
    } catch (thrown) {
      await onlooker[Symbol.asyncDispose]()
      throw thrown
    }
    return onlooker
  }

  async #begin(): Promise<void> {
    this.#users = [...await this.site.load({
      answered: ({ begun, ended, told }) => {
        if (typeof told['version'] !== 'string') this.#missed.push({ begun, ended, text: 'an answer without a version' })
        else this.#answers.push({ begun, ended, version: told['version'], activation: typeof told['activation'] === 'number' ? told['activation'] : null })
      },
      missed: ({ begun, ended, kind, request, error }) => { this.#missed.push({ begun, ended, text: `${request} (${kind}): ${error}` }) },
    })]
  }

  get #entries(): readonly Entry[] {
    return this.#watch.entries
  }

  /** Does its record end in the middle of something? Where nobody is at work but a run, what a dead one had in hand is as it left it until the next. */
  get inHand(): boolean {
    return isInHand(this.#entries)
  }

  /** Requests that were in hand meanwhile may have failed. */
  wentDown(from: number, to: number): void {
    this.#down.push([from, to])
  }

  /** What is left there that should not be. `ended`: the last run came to its own end. */
  async left(ended: boolean): Promise<readonly string[]> {
    return this.site.leftovers(provenLast(this.#entries), ended)
  }

  /** What is wrong with what it serves, by its own record. */
  wronglyServed(served: string): readonly string[] {
    const serving = provenLast(this.#entries)
    const [version, activation] = served.split(' #')
    const named = this.#entries.findLast((entry) => entry.type === 'record' && entry.number === serving && entry.version !== undefined)
    const right = activation !== undefined ? Number(activation) === serving : named?.type === 'record' && named.version === version
    return right ? [] : [`it serves ${served}, and activation ${serving} was proven last`]
  }

  /** Ends its users, and judges what they got. `lag`: milliseconds between what happens and its record. */
  async judged(lag: number): Promise<{ readonly findings: readonly string[]; readonly requests: number; readonly failed: number }> {
    const tallies = await Promise.all(this.#users.splice(0).map((users) => users.stop()))
    const failed = this.#missed.filter(({ begun, ended }) => !this.#down.some(([from, to]) => ended >= from && begun <= to))
    const by = Map.groupBy(failed, ({ text }) => text)
    return {
      requests: tallies.reduce((sum, { sent }) => sum + sent, 0), failed: failed.length,
      findings: [...[...by].map(([text, list]) => `${list.length} requests failed: ${text}`), ...wrongAnswers(this.#entries, this.#answers, lag, this.#down)],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#users.splice(0).map((users) => users.stop()))
    await this.#watch[Symbol.asyncDispose]()
  }
}
