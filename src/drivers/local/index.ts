/** Programs on this machine, talked with a line at a time: what a channel of SSH is elsewhere, without a connection. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

const errorLimit = 64 * 1024

export class LocalConnection implements AsyncDisposable {
  readonly #programs = new Set<Program>()
  #sent = 0
  #received = 0

  /** Starts a command of a constant text by the shell, as sshd does. */
  open(command: string): Promise<Program> {
    const child = spawn('/bin/sh', ['-c', `exec ${command}`], { cwd: '/', stdio: 'pipe' })
    child.stdout.on('data', (chunk: Buffer) => { this.#received += chunk.length })
    const program = new Program(child, (bytes) => { this.#sent += bytes })
    this.#programs.add(program)
    return Promise.resolve(program)
  }

  counters(): { readonly connections: number; readonly roundTrips: number; readonly bytesSent: number; readonly bytesReceived: number } {
    return { connections: 0, roundTrips: 0, bytesSent: this.#sent, bytesReceived: this.#received }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) program.close()
    return Promise.resolve()
  }
}

class Program {
  readonly exit: Promise<Exit>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #sending: (bytes: number) => void
  readonly #lines: AsyncIterableIterator<string>
  #errors = ''

  constructor(child: ChildProcessWithoutNullStreams, sending: (bytes: number) => void) {
    this.#child = child
    this.#sending = sending
    this.#lines = createInterface({ input: child.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]()
    this.exit = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal }))
    })
    child.stdin.on('error', () => { /* as said at write */ })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#errors = (this.#errors + text).slice(-errorLimit) })
  }

  /** To a program that has ended nothing can be written: why it did is in what it said, and in its exit code. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#sending(Buffer.byteLength(chunk))
    await new Promise<void>((resolve) => { this.#child.stdin.write(chunk, () => { resolve() }) })
  }

  end(): void {
    this.#child.stdin.end()
  }

  lines(): AsyncIterableIterator<string> {
    return this.#lines
  }

  stderr(): string {
    return this.#errors
  }

  /** What runs by sudo cannot be killed from here: with its input gone it ends by itself, one that waits for a lock once it has it. Nobody here waits for that. */
  close(): void {
    this.#child.unref()
    this.#child.stdin.destroy()
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
  }
}
