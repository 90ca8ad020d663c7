/** One of several that write to the same log. */
export interface Turn {
  write(line: string): void
  /** From here on its lines belong together, */
  begin(): void
  /** to here. */
  end(): void
}

/** A log of one's own. */
export function alone(write: (line: string) => void): Turn {
  return { write, begin: () => {}, end: () => {} }
}

/**
 * Several write to one log side by side: of those who have begun, one is heard as it comes. What others say meanwhile waits, and follows as
 * a whole.
 */
export class Turns {
  readonly #write: (line: string) => void
  readonly #waiting: Kept[] = []
  #heard: Kept | null = null

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  turn(): Turn {
    const kept: Kept = { lines: [], begun: false }
    return {
      write: (line) => this.#line(kept, line),
      begin: () => {
        kept.begun = true
        this.#heard ??= kept
      },
      end: () => {
        kept.begun = false
        if (this.#heard === kept) this.#next()
      },
    }
  }

  #line(kept: Kept, line: string): void {
    if (this.#heard === null || this.#heard === kept) this.#write(line)
    else {
      if (kept.lines.length === 0) this.#waiting.push(kept)
      kept.lines.push(line)
    }
  }

  /** Those who have ended are told as a whole; of the others one is heard from now on. */
  #next(): void {
    for (const kept of this.#waiting.filter(({ begun }) => !begun)) this.#tell(kept)
    this.#heard = this.#waiting[0] ?? null
    if (this.#heard !== null) this.#tell(this.#heard)
  }

  #tell(kept: Kept): void {
    this.#waiting.splice(this.#waiting.indexOf(kept), 1)
    for (const line of kept.lines.splice(0)) this.#write(line)
  }
}

interface Kept {
  readonly lines: string[]
  begun: boolean
}
