import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Failure } from '../../src/errors'
import { starting } from './canary'
import { Broken, claim, type Attempt } from './surface'
import { longest } from './judge'

interface Answer {
  readonly failure?: { readonly code: string; readonly what: string; readonly why: string; readonly cure: string }
  readonly error?: string
  readonly stack?: string
  readonly took: number
}

/** The host program in a process of its own, which is given an input after the other by `program.py`. */
export class Program {
  readonly #surface: string
  #child: ChildProcessWithoutNullStreams | null = null
  #waiting: ((line: string) => void) | null = null
  #said = ''

  constructor(surface: string) {
    this.#surface = surface
  }

  async attempt(input: unknown): Promise<Attempt> {
    const child = this.#child ??= this.#started()
    const line = await new Promise<string>((resolve) => {
      this.#waiting = resolve
      child.stdin.write(`${JSON.stringify(input)}\n`)
    })
    const { failure, error, stack = '', took } = JSON.parse(line) as Answer
    if (error !== undefined) throw Object.assign(new Broken(error), { stack: `${error}\n${stack}` })
    claim(took < longest, `the program took ${Math.round(took)} ms of processor time`)
    return failure === undefined ? undefined : [new Failure(failure)]
  }

  async close(): Promise<void> {
    this.#child?.stdin.end()
    this.#child = null
  }

  #started(): ChildProcessWithoutNullStreams {
    const child = starting('python3', ['-I', join(import.meta.dirname, 'program.py'), this.#surface], { env: { PATH: process.env['PATH'] ?? '' } })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#said = (this.#said + text).slice(-2000) })
    createInterface(child.stdout).on('line', (line) => this.#waiting?.(line))
    child.on('close', (code) => {
      // The next input gets another one.
      if (this.#child === child) this.#child = null
      this.#waiting?.(JSON.stringify({ error: `the program ended with ${code}`, stack: this.#said, took: 0 }))
    })
    return child
  }
}
