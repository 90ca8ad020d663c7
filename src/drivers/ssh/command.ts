import { Failure } from '../../errors'
import { channelRefused, channelTimeout, commandTimeout, outputTooLarge } from './channel-failures'
import { cancelled } from './connect-failures'
import type { Link } from './link'
import { Pipe } from './pipe'
import type { ExecOptions, ExecResult } from './types'

const OUTPUT_LIMIT = 16 * 1024 * 1024

/**
 * Runs one program to its end. On a time-out or a cancellation the channel is closed: the program sees its input end and its
 * output break, but nothing here can kill it.
 */
export async function runCommand(link: Link, command: string, options: ExecOptions): Promise<ExecResult> {
  const guard = new Guard(options, () => commandTimeout(link.party, command, options.timeoutMs))
  let pipe: Pipe | null = null
  try {
    if (guard.failure !== null) throw guard.failure
    const opening = openPipe(link, command)
    // Who opens after the guard has spoken is closed again.
    void opening.then((late) => { if (guard.failure !== null) late.close() }, () => undefined)
    pipe = await guard.race(opening)
    return await guard.race(converse(pipe, link, command, options))
  } finally {
    guard.stop()
    pipe?.close()
  }
}

/** A program with its channel, or a `Failure` that says why the host did not start it. */
export async function openPipe(link: Link, command: string): Promise<Pipe> {
  try {
    let pipe: Pipe | null = null
    const raw = await link.request(2, (done) => {
      link.client.exec(command, (error, channel) => {
        // At once, not after the promise: a quick program's start, exit code and end arrive in one packet, and the library
        // tells of all three before anything that waits is woken.
        if (error === undefined) pipe = new Pipe(channel, link, command)
        done(error, channel)
      })
    }, () => channelTimeout(link.party, command))
    return pipe ?? new Pipe(raw, link, command)
  } catch (error) {
    if (link.end === null && error instanceof Error && !(error instanceof Failure)) {
      throw channelRefused(link.party, command, error)
    }
    throw error
  }
}

async function converse(pipe: Pipe, link: Link, command: string, options: ExecOptions): Promise<ExecResult> {
  const limit = options.maxOutputBytes ?? OUTPUT_LIMIT
  const input: { broke: InputBroke | null } = { broke: null }
  // A program may end without having read its input: its exit code says more than the write that failed.
  send(pipe, options.input).catch((error: unknown) => {
    if (!(error instanceof InputBroke)) return
    input.broke = error
    pipe.close()
  })
  const out: Buffer[] = []
  let bytes = 0
  for (let chunk = await pipe.read(); chunk !== null; chunk = await pipe.read()) {
    out.push(chunk)
    bytes += chunk.length
    if (bytes > limit) throw outputTooLarge(link.party, command, limit)
  }
  const exit = await pipe.exit.catch((error: unknown) => {
    throw input.broke === null ? error : input.broke.cause
  })
  await pipe.stderrEnded
  return { ...exit, stdout: Buffer.concat(out).toString('utf8'), stderr: pipe.stderr().toString('utf8') }
}

/** The caller's input failed, not the channel. */
class InputBroke extends Error {}

async function send(pipe: Pipe, input: ExecOptions['input']): Promise<void> {
  if (input instanceof Uint8Array) await pipe.write(input)
  else if (input !== undefined) await sendStream(pipe, input)
  pipe.end()
}

async function sendStream(pipe: Pipe, input: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = input[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await pull(iterator)
      if (next.done === true) return
      await pipe.write(next.value)
    }
  } finally {
    await iterator.return?.()
  }
}

async function pull(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await iterator.next()
  } catch (error) {
    throw new InputBroke('', { cause: error })
  }
}

/** The time limit and the caller's signal, in one. */
class Guard {
  failure: Failure | null = null
  readonly stop: () => void
  private readonly broken: Promise<never>

  constructor({ timeoutMs, signal }: ExecOptions, late: () => Failure) {
    let reject: (failure: Failure) => void = () => undefined
    const promise = new Promise<never>((_, no) => { reject = no })
    const speak = (failure: Failure) => {
      this.failure ??= failure
      reject(failure)
    }
    const onAbort = () => { if (signal !== undefined) speak(cancelled(signal)) }
    const timer = setTimeout(() => { speak(late()) }, timeoutMs)
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort)
    this.broken = promise
    promise.catch(() => undefined)
    this.stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  race<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined)
    return Promise.race([this.broken, work])
  }
}
