import { lineTooLong } from './channel-failures'
import type { Party } from './connect-failures'
import { LINE_LIMIT, LineCutter } from './line-reader'
import type { Pipe } from './pipe'
import type { Channel, Exit } from './types'

/** A program that is talked with, a line at a time. */
export class Conversation implements Channel {
  readonly exit: Promise<Exit>
  private readonly pipe: Pipe
  private readonly cutter: LineCutter
  private ready: string[] = []
  private finished = false
  private reading: Promise<unknown> = Promise.resolve()

  constructor(pipe: Pipe, party: Party, command: string) {
    this.pipe = pipe
    this.exit = pipe.exit
    this.cutter = new LineCutter(() => lineTooLong(party, command, LINE_LIMIT))
  }

  write(chunk: string | Uint8Array): Promise<void> {
    return this.pipe.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }

  end(): void {
    this.pipe.end()
  }

  close(): void {
    this.pipe.close()
  }

  stderr(): string {
    return this.pipe.stderr().toString('utf8')
  }

  lines(): AsyncIterableIterator<string> {
    let stopped = false
    const iterator: AsyncIterableIterator<string> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        if (stopped) return { done: true, value: undefined }
        const line = await this.turn()
        return line === null ? { done: true, value: undefined } : { done: false, value: line }
      },
      return: () => {
        stopped = true
        return Promise.resolve({ done: true, value: undefined })
      },
    }
    return iterator
  }

  /** One reader after the other, however many ask at once. */
  private turn(): Promise<string | null> {
    const line = this.reading.then(() => this.nextLine())
    this.reading = line.catch(() => undefined)
    return line
  }

  private async nextLine(): Promise<string | null> {
    while (this.ready.length === 0 && !this.finished) {
      const chunk = await this.pipe.read()
      if (chunk !== null) {
        this.cut(chunk)
        continue
      }
      this.finished = true
      const rest = this.cutter.rest()
      if (rest !== null) return rest
    }
    return this.ready.shift() ?? null
  }

  private cut(chunk: Buffer): void {
    try {
      this.ready = this.cutter.push(chunk)
    } catch (error) {
      this.finished = true
      this.pipe.close()
      throw error
    }
  }
}
