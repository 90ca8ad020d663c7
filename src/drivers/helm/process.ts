import { spawn } from 'node:child_process'

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
  /** Was it asked to end before it had by itself? */
  readonly interrupted: boolean
}

// A release of a large chart is printed whole as JSON: manifest, chart and values.
const mostOutput = 128 * 1024 ** 2
const mostErrors = 1024 ** 2
/** Milliseconds that Helm gets to mark what it had begun, after it was asked to end. */
const grace = 3_000

// What Helm and the plugins of a kubeconfig go by. The step's own variables hold secrets, and inputs do as well.
const inherited = new RegExp(`^(${[
  'PATH', 'HOME', 'USER', 'LANG', 'LC_.*', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'XDG_.*', 'HELM_.*', 'DOCKER_CONFIG',
  'SSL_CERT_(FILE|DIR)', '(HTTPS?|NO|ALL)_PROXY', 'AWS_.*', 'GOOGLE_.*', 'CLOUDSDK_.*', 'AZURE_.*', 'AAD_.*', 'USE_GKE_GCLOUD_AUTH_PLUGIN', 'KUBERNETES_.*',
].join('|')})$`, 'i')

/** All that Helm gets to see of the environment. */
export function environment(env: NodeJS.ProcessEnv, more: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) => value !== undefined && inherited.test(name) ? [[name, value]] : [])
  return { ...Object.fromEntries(passed) as Record<string, string>, ...more }
}

/** Runs a program to its end, also when it is asked to end before. Any exit code is an answer; rejects when it cannot be started. */
export function runProgram(program: string, words: readonly string[], { env, cwd, signal, onLine }: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...(cwd === undefined ? {} : { cwd }) })
    let last: NodeJS.Timeout | undefined
    let interrupted = false
    const abort = (): void => {
      interrupted = true
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
      resolve({ code: code ?? 1, stdout: Buffer.concat(out).toString('utf8'), stderr, interrupted })
    })
  })
}
