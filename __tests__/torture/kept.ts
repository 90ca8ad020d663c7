import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a cell came to, by its name. */
export type Results = Record<string, 'good' | 'missed' | 'bad'>

interface State {
  readonly seed: number
  /** Of each deed: its boundaries, as an undisturbed run told them. */
  readonly boundaries: Record<string, readonly string[]>
  readonly results: Results
}

const cache = process.env['SLIPWAY_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'slipway')
const fileOf = (target: string): string => join(cache, 'torture', `${target}.json`)

/** How far a long torture of a target has come, in a file of the rig's cache, so that it can be taken up again. */
export class Kept {
  readonly #file: string
  readonly #state: State

  private constructor(target: string, state: State) {
    this.#file = fileOf(target)
    this.#state = state
  }

  static begun(target: string, seed: number): Kept {
    return new Kept(target, { seed, boundaries: {}, results: {} })
  }

  /** What was kept last; null: nothing was. */
  static resumed(target: string): Kept | null {
    try {
      return new Kept(target, JSON.parse(readFileSync(fileOf(target), 'utf8')) as State)
    } catch {
      return null
    }
  }

  get seed(): number {
    return this.#state.seed
  }

  get results(): Readonly<Results> {
    return this.#state.results
  }

  boundaries(deed: string): readonly string[] | undefined {
    return this.#state.boundaries[deed]
  }

  found(deed: string, boundaries: readonly string[]): void {
    this.#state.boundaries[deed] = boundaries
    this.#write()
  }

  ended(cell: string, result: Results[string]): void {
    this.#state.results[cell] = result
    this.#write()
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(`${this.#file}.part`, JSON.stringify(this.#state, null, 1))
    renameSync(`${this.#file}.part`, this.#file)
  }
}
