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
  /** Null: it is kept nowhere. */
  readonly #file: string | null
  readonly #state: State

  private constructor(file: string | null, state: State) {
    this.#file = file
    this.#state = state
  }

  /** `part`: it is a part of the whole that is repeated, which what is kept of the whole outlives. */
  static begun(target: string, seed: number, part: boolean): Kept {
    return new Kept(part ? null : fileOf(target), { seed, boundaries: {}, results: {} })
  }

  /** What was kept last; null: nothing was. */
  static resumed(target: string): Kept | null {
    try {
      return new Kept(fileOf(target), JSON.parse(readFileSync(fileOf(target), 'utf8')) as State)
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
    if (this.#file === null) return
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(`${this.#file}.part`, JSON.stringify(this.#state, null, 1))
    renameSync(`${this.#file}.part`, this.#file)
  }
}
