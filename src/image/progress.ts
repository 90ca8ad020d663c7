/** One step of a Dockerfile, or of what goes around it. */
export interface BuildStep {
  /** `[build 2/4] RUN npm ci`, `exporting to image`. */
  readonly name: string
  readonly cached: boolean
  /** Milliseconds; null: it did not say. */
  readonly took: number | null
}

export interface Stage {
  readonly name: string
  readonly steps: number
  readonly cached: number
  /** Milliseconds of its steps, side by side or not. */
  readonly took: number
}

/** Reads what Buildx prints with `--progress=plain`, line by line, and what the Engine's own builder prints. */
export class BuildProgress {
  readonly #steps = new Map<string, BuildStep>()
  #engine: string | null = null

  line(text: string): void {
    const [, number, rest = ''] = /^#(\d+) (.*)$/.exec(text) ?? []
    if (number !== undefined) this.#buildkit(number, rest)
    else this.#plain(text)
  }

  /** Steps of the Dockerfile alone. */
  get steps(): readonly BuildStep[] {
    return [...this.#steps.values()].filter(({ name }) => /^\[(?!internal|auth)/.test(name))
  }

  /** Time and cache by stage, in the order in which they began. What is no stage (`export`) stands last. */
  stages(): readonly Stage[] {
    const stages = new Map<string, Stage>()
    for (const { name, cached, took } of this.#steps.values()) {
      const stage = stageOf(name)
      if (stage === null) continue
      const known = stages.get(stage) ?? { name: stage, steps: 0, cached: 0, took: 0 }
      stages.set(stage, { ...known, steps: known.steps + 1, cached: known.cached + Number(cached), took: known.took + (took ?? 0) })
    }
    const last = new Set(['cache', 'export and push'])
    return [...stages.values()].toSorted((a, b) => Number(last.has(a.name)) - Number(last.has(b.name)))
  }

  #buildkit(number: string, rest: string): void {
    const known = this.#steps.get(number)
    const [, seconds] = /^DONE (\d+(?:\.\d+)?)s$/.exec(rest) ?? []
    if (known === undefined) this.#steps.set(number, { name: rest, cached: false, took: null })
    else if (seconds !== undefined) this.#steps.set(number, { ...known, took: Number(seconds) * 1000 })
    else if (rest === 'CACHED') this.#steps.set(number, { ...known, cached: true, took: 0 })
  }

  #plain(text: string): void {
    const [, step] = /^Step (\d+\/\d+ : .+)$/.exec(text) ?? []
    if (step !== undefined) {
      this.#engine = step
      this.#steps.set(step, { name: `[${step.replace(' : ', '] ')}`, cached: false, took: null })
    }
    const known = this.#engine === null ? undefined : this.#steps.get(this.#engine)
    if (text.trim() === '---> Using cache' && this.#engine !== null && known !== undefined) {
      this.#steps.set(this.#engine, { ...known, cached: true })
    }
  }
}

function stageOf(name: string): string | null {
  if (/^(exporting to|pushing )/.test(name)) return 'export and push'
  if (/^(exporting cache|importing cache|inferred cache)/.test(name)) return 'cache'
  if (/^\[internal\]/.test(name)) return 'context'
  const [, inside] = /^\[([^\]]+)\]/.exec(name) ?? []
  if (inside === undefined || inside === 'auth') return null
  // `linux/arm64 build 2/4`, `build 2/4`, `2/4`
  const stage = inside.replace(/\s*\d+\/\d+$/, '')
  return stage === '' ? 'image' : stage
}
