import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The project's folder. */
export const root = join(import.meta.dirname, '..', '..', '..')

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | Buffer
  /** Milliseconds, then it is killed and the promise rejects. Default four minutes. */
  readonly timeout?: number
}

/** Runs a program without a shell and collects what it says. Rejects only when it cannot start or takes too long. */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const { cwd = root, env = process.env, input = '', timeout = 240_000 } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    const said = (): Pick<Ended, 'stdout' | 'stderr'> =>
      ({ stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${program} ${args.join(' ')} took over ${timeout} ms\n${said().stdout}${said().stderr}`))
    }, timeout)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => { /* it may end without reading its input */ })
    child.on('error', (error) => { clearTimeout(timer); reject(error) })
    child.on('close', (code, signal) => { clearTimeout(timer); resolve({ code, signal, ...said() }) })
    child.stdin.end(input)
  })
}

/** The same, and a non-zero end is an error that shows everything. Resolves with standard output, trimmed. */
export async function must(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, signal, stdout, stderr } = await run(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}\n${stdout}${stderr}`)
  return stdout.trim()
}
