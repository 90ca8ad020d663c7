import { Duplex } from 'node:stream'
import type { Pipe } from './pipe'

/** A forwarded connection as an ordinary stream: it keeps back-pressure, and errs when the SSH connection breaks. */
export class ForwardedSocket extends Duplex {
  private readonly channel: Pipe

  constructor(channel: Pipe) {
    super()
    this.channel = channel
  }

  override _read(): void {
    this.channel.read().then((chunk) => this.push(chunk), (error: unknown) => this.destroy(error as Error))
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.channel.write(chunk).then(() => { done() }, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.channel.close()
    done(error)
  }
}
