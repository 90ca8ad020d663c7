import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Failure } from '../../errors'

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Hears each line of both streams as it comes. */
  readonly onLine?: ((line: string) => void) | undefined
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** UTF-16 units of each stream that are kept: the end, where the reason is. */
const kept = 4 * 1024 ** 2

// What docker, Buildx and credential helpers go by; ACTIONS_* are where GitHub's cache is, and the right to it. The step's own
// variables hold secrets, and inputs do as well.
const inherited = new RegExp(`^(${[
  'PATH', 'HOME', 'USER', 'LANG', 'LC_.*', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'PATHEXT', 'XDG_.*', 'DOCKER_.*', 'BUILDX_.*', 'BUILDKIT_.*',
  'SSL_CERT_(FILE|DIR)', 'SSH_AUTH_SOCK', '(HTTPS?|NO|ALL|FTP)_PROXY', 'AWS_.*', 'GOOGLE_.*', 'CLOUDSDK_.*', 'AZURE_.*',
  'ACTIONS_(CACHE_URL|CACHE_SERVICE_V2|RESULTS_URL|RUNTIME_TOKEN)',
].join('|')})$`, 'i')

/** All that docker gets to see of the environment. */
export function environment(env: NodeJS.ProcessEnv, more: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) => value !== undefined && inherited.test(name) ? [[name, value]] : [])
  return { ...Object.fromEntries(passed) as Record<string, string>, ...more }
}

/** Milliseconds after which a build that was told to end is ended. */
const grace = 3_000

/** Runs docker to its end. Any exit code is an answer; a docker that is not there is a `Failure` (`docker-missing`). */
export function runDocker(words: readonly string[], { env, cwd, signal, onLine }: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const child = spawn('docker', words, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...(cwd === undefined ? {} : { cwd }) })
    let last: NodeJS.Timeout | undefined
    const abort = (): void => {
      child.kill('SIGINT')
      last = setTimeout(() => child.kill('SIGKILL'), grace)
    }
    signal?.addEventListener('abort', abort, { once: true })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[name], crlfDelay: Infinity }).on('line', (line) => {
        texts[name] = `${texts[name]}${line}\n`.slice(-kept)
        onLine?.(line)
      })
    }
    child.on('error', (error) => {
      signal?.removeEventListener('abort', abort)
      reject('code' in error && error.code === 'ENOENT' ? noDocker(error) : error)
    })
    child.on('close', (code) => {
      clearTimeout(last)
      signal?.removeEventListener('abort', abort)
      if (signal?.aborted === true) reject(signal.reason as Error)
      else resolve({ code: code ?? 1, ...texts })
    })
  })
}

function noDocker(cause: Error): Failure {
  return new Failure({
    code: 'docker-missing',
    what: 'The program `docker` is not on this runner.',
    why: 'Images are built with it, by the BuildKit of a builder or by an Engine.',
    cure: 'Run the job on a runner with Docker, such as `runs-on: ubuntu-latest`; on one of your own install it: apt-get install docker.io',
    cause,
  })
}
