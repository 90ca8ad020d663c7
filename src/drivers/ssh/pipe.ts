import type { ClientChannel } from 'ssh2'
import { channelClosed, endUnknown } from './channel-failures'
import type { Link } from './link'
import type { Exit } from './types'

const STDERR_TAIL = 64 * 1024
const WRITE_SIZE = 256 * 1024

/** One channel of the library, without its traps: every wait ends when the link does, and no event is left without a listener. */
export class Pipe {
  /** Rejects when the end of the program is not known. */
  readonly exit: Promise<Exit>
  /** Settles when all of standard error has been kept, or nothing more comes. */
  readonly stderrEnded: Promise<void>
  private readonly raw: ClientChannel
  private readonly link: Link
  private readonly command: string
  private readonly enders = new Set<() => void>()
  private exited = false
  private over = false
  private ended = false
  private stopped = false
  private wake: (() => void) | undefined
  private writing: Promise<unknown> = Promise.resolve()
  private tail: Buffer[] = []
  private tailBytes = 0

  constructor(raw: ClientChannel, link: Link, command: string) {
    this.raw = raw
    this.link = link
    this.command = command
    raw.on('error', () => { this.wake?.() })
    raw.stderr.on('error', () => { /* Ends with the channel. */ })
    raw.stderr.on('data', (chunk: Buffer) => { this.keepTail(chunk) })
    raw.on('readable', () => { this.wake?.() })
    raw.once('end', () => {
      this.ended = true
      this.wake?.()
    })
    this.stderrEnded = new Promise((resolve) => {
      raw.stderr.once('end', resolve)
      link.whenEnded(() => { resolve() })
    })
    this.exit = this.watchExit()
    this.exit.catch(() => { /* Who does not ask is not told. */ })
  }

  /** Resolves when the peer's window has taken it. */
  write(chunk: Uint8Array): Promise<void> {
    // One at a time: the library throws from the event loop when a queue of writes meets a connection that ended.
    const written = this.writing.then(() => this.writeSlices(chunk))
    this.writing = written.catch(() => undefined)
    return written
  }

  end(): void {
    void this.writing.then(() => {
      if (this.alive()) this.raw.end()
    })
  }

  close(): void {
    this.stopped = true
    if (this.alive()) this.raw.close()
    this.finish()
    // What still comes is thrown away, or the channel would never be seen to close.
    this.raw.removeAllListeners('readable')
    this.raw.resume()
  }

  stderr(): Buffer {
    const all = Buffer.concat(this.tail)
    return all.subarray(Math.max(0, all.length - STDERR_TAIL))
  }

  /** The next piece of standard output; null at its end. Rejects when the connection broke and the program's end is unknown. */
  async read(): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.raw.read() as Buffer | null
      if (chunk !== null) return chunk
      const { end } = this.link
      if (this.ended || this.stopped || end !== null) {
        if (end !== null && end.failure !== null && !this.exited && !this.stopped) throw end.failure
        return null
      }
      await this.event()
    }
  }

  private event(): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.link.whenEnded(() => { this.wake?.() })
      this.wake = () => {
        this.wake = undefined
        forget()
        resolve()
      }
      if (this.link.end !== null) this.wake()
    })
  }

  private async writeSlices(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += WRITE_SIZE) {
      await this.writeSlice(chunk.subarray(at, at + WRITE_SIZE))
    }
  }

  /** The library never calls back for what it cannot send any more, so the end of channel and link are waited for as well. */
  private writeSlice(slice: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => {
        done()
        reject(this.link.end?.failure ?? channelClosed(this.link.party, this.command))
      }
      const done = () => {
        forget()
        this.enders.delete(fail)
      }
      this.enders.add(fail)
      const forget = this.link.whenEnded(() => { queueMicrotask(fail) })
      if (!this.alive() || !this.raw.writable) {
        fail()
        return
      }
      this.raw.write(slice, (error) => {
        if (error !== null && error !== undefined) {
          fail()
          return
        }
        done()
        resolve()
      })
    })
  }

  private alive(): boolean {
    return !this.over && this.link.end === null
  }

  private watchExit(): Promise<Exit> {
    return new Promise((resolve, reject) => {
      const unknown = () => { reject(this.link.end?.failure ?? endUnknown(this.link.party, this.command)) }
      this.enders.add(unknown)
      const forget = this.link.whenEnded(() => { this.finish() })
      this.raw.once('exit', (code: number | null, signal?: string) => {
        this.exited = true
        if (code === null && signal === undefined) unknown()
        else resolve({ code, signal: signal ?? null })
      })
      this.raw.once('close', () => {
        forget()
        this.finish()
      })
    })
  }

  private finish(): void {
    if (this.over) return
    this.over = true
    const enders = [...this.enders]
    this.enders.clear()
    for (const tell of enders) tell()
    this.wake?.()
  }

  private keepTail(chunk: Buffer): void {
    this.tail.push(chunk)
    this.tailBytes += chunk.length
    while (this.tail[0] !== undefined && this.tailBytes - this.tail[0].length >= STDERR_TAIL) {
      this.tailBytes -= this.tail[0].length
      this.tail.shift()
    }
  }
}
