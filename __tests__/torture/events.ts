import { nameOf, type Entry } from './ledger'

/**
 * What a run and its place tell, as it comes: lines of the action's log, and what the place writes down. Each event has a name that is the same
 * in every run, so one that was recorded is found again: with its how-maniest behind it.
 */
export class Events {
  readonly #names: string[] = []
  readonly #seen = new Map<string, number>()
  readonly #waiting: { readonly name: string; reached(): void }[] = []
  #rest = ''

  /** Of what the action prints. */
  heard(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const name = eventOf(line)
      if (name !== null) this.#happened(name)
    }
  }

  /** Of what the place writes down. `site`: which of several. */
  recorded(entry: Entry, site?: string): void {
    this.#happened(`${site === undefined ? '' : `${site}: `}${nameOf(entry)}`)
  }

  get names(): readonly string[] {
    return this.#names
  }

  /** Resolves when an event of that name has happened; at once when it has. */
  reached(name: string): Promise<void> {
    if (this.#names.includes(name)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ name, reached: resolve }))
  }

  #happened(kind: string): void {
    const count = (this.#seen.get(kind) ?? 0) + 1
    this.#seen.set(kind, count)
    // How often progress is told depends on how long it takes: it is an event once.
    if (count > 1 && kind.startsWith('told: …')) return
    const name = count === 1 ? kind : `${kind} (${count})`
    this.#names.push(name)
    for (const one of this.#waiting.splice(0)) {
      if (one.name === name) one.reached()
      else this.#waiting.push(one)
    }
  }
}

/** What a line of the log tells: a row of a step, or the verdict; null: nothing that is the same in every run. */
export function eventOf(line: string): string | null {
  // As src/report/console.ts writes rows: a word in ten characters, where, and the rest.
  const [, word = '', more = ''] = /^ {2}(?! )(.{10}) {2}(.*)$/u.exec(line)?.map((cell) => cell.trim()) ?? []
  if (!/^(…|[a-z]+( [a-z]+)?)$/.test(word)) return /^(✅|❌|⏹️|⚠️|↩️|💤|\S+@\S+: (changed|nothing to change)$)/u.test(line) ? 'the verdict' : null
  // Of progress what comes first: the rest has numbers and names in it.
  return `told: ${word === '…' ? `… ${/^\S+ +([^:]*)/.exec(more)?.[1]?.replaceAll(/\d+(\.\d+)?/g, 'N') ?? ''}` : word}`
}
