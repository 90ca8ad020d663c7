import { spawn } from 'node:child_process'
import { Failure } from '../../errors'

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  /** Asks Helm to end: it then marks what it has begun as failed, where it can. */
  readonly signal?: AbortSignal | undefined
  /** Hears each line of standard error as it comes. */
  readonly onLine?: ((line: string) => void) | undefined
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

// A release of a large chart is printed whole as JSON: manifest, chart and values.
const mostOutput = 128 * 1024 ** 2
const mostErrors = 1024 ** 2
/** Milliseconds that Helm gets to mark what it had begun, after it was asked to end. */
const grace = 3_000

/** Runs a program to its end, also when it is asked to end before. Any exit code is an answer; rejects when it cannot be started, and with a `Failure` (`helm-output`). */
export function runProgram(program: string, words: readonly string[], { env, cwd, signal, onLine }: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...(cwd === undefined ? {} : { cwd }) })
    let last: NodeJS.Timeout | undefined
    const abort = (): void => {
      child.kill('SIGTERM')
      last = setTimeout(() => child.kill('SIGKILL'), grace)
    }
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    const out: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostOutput) out.push(chunk)
      else child.kill('SIGKILL')
    })
    let stderr = ''
    let rest = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-mostErrors)
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine?.(line)
    })
    child.on('error', (error) => {
      signal?.removeEventListener('abort', abort)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(last)
      signal?.removeEventListener('abort', abort)
      if (rest !== '') onLine?.(rest)
      if (bytes > mostOutput) {
        reject(new Failure({
          code: 'helm-output', what: `Helm printed more than ${mostOutput / 1024 ** 2} MiB, and was ended.`, why: 'A release of that size cannot be kept in a Secret either.',
          cure: 'Leave large files out of the chart: list them in its .helmignore.',
        }))
        return
      }
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString('utf8'), stderr })
    })
  })
}
