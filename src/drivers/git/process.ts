import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { devNull } from 'node:os'
import { Failure } from '../../errors'

/**
 * `node:child_process` and not `@actions/exec`: that one decodes output as text, which breaks blobs, prints each command, and
 * cannot be cancelled.
 */

/** Where Git works: both are given, so Git neither searches for a repository nor asks who owns the folder. */
export interface Place {
  /** Absolute. */
  readonly gitDir: string
  /** Absolute; paths of commands are relative to it. */
  readonly workTree: string
  /** Where objects are looked for beside its own: what a push has brought and nobody has accepted yet. */
  readonly quarantine?: Readonly<Record<string, string>>
}

export interface Finished {
  readonly code: number
  readonly output: Buffer
  readonly errors: string
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  readonly input?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Enough for any message; what a broken repository prints beyond that helps nobody. */
const errorLimit = 16_384

const inherited = ['PATH', 'SYSTEMROOT', 'PATHEXT', 'TEMP', 'TMP', 'TMPDIR', 'LD_LIBRARY_PATH', 'GIT_EXEC_PATH']

/**
 * All that Git gets to see. The step's own environment holds secrets and perhaps `GIT_*` of others, so little is passed on.
 *
 * A checkout often belongs to another user than the one who runs the action (containers, self-hosted runners), and Git then
 * says "dubious ownership". `safe.directory` is no cure on every Git: from 2.35.2 to 2.37 it is ignored on the command line
 * and in the environment. A repository named by `GIT_DIR` is not checked by any version. That is safe here, because only
 * plumbing runs, and `harmless` turns off what even that would start.
 */
export function environment(place: Place): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) passed[name] = value
  }
  return {
    ...passed,
    LC_ALL: 'C',
    GIT_DIR: place.gitDir,
    GIT_WORK_TREE: place.workTree,
    ...place.quarantine,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    // What a commit holds is what its author committed, not what a local replacement says.
    GIT_NO_REPLACE_OBJECTS: '1',
    // A partial clone must not fetch behind our back: the first is for Git 2.45 and later, the second for those before.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  }
}

/** Programs that a repository's own configuration may name, and that reading or writing an index would start. */
const harmless = ['-c', 'core.fsmonitor=false', '-c', `core.hooksPath=${devNull}`] as const

/** Starts Git; the signal ends it. */
export function startGit(place: Place, args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  return spawn('git', ['--no-pager', ...harmless, ...args], {
    cwd: place.workTree,
    env: { ...environment(place), ...options.env },
    stdio: 'pipe',
    windowsHide: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
}

/** Runs Git to its end. Any exit code is an answer here; only a Git that cannot be started, or a signal, throws. */
export function runGit(place: Place, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = startGit(place, args, options)
    const output: Buffer[] = []
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < errorLimit) errors += chunk.toString('utf8')
    })
    child.on('error', (error) => {
      reject(notStarted(error, options.signal))
    })
    child.on('close', (code, killedBy) => {
      if (options.signal?.aborted === true) reject(reasonOf(options.signal))
      else if (code === null) reject(gitFailed(args, `ended by ${killedBy ?? 'a signal'}`, errors))
      else resolve({ code, output: Buffer.concat(output), errors })
    })
    // Git may have said all it has to say before it read everything.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** Like `runGit`, for commands whose only good exit code is 0. */
export async function askGit(place: Place, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const { code, output, errors } = await runGit(place, args, options)
  if (code !== 0) throw gitFailed(args, `exit code ${code}`, errors)
  return output
}

export function notStarted(error: Error, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return reasonOf(signal)
  if ('code' in error && error.code === 'ENOENT') {
    return new Failure({
      code: 'git-missing',
      what: 'The program `git` is not on this runner.',
      why: 'The version and its files are read from the Git checkout.',
      cure: 'Install Git in the job before this step, e.g. `apt-get install -y git` in a container job, '
        + 'and then check out again.',
      cause: error,
    })
  }
  return error
}

export function gitFailed(args: readonly string[], how: string, errors: string): Failure {
  const command = `git ${args.join(' ')}`
  const evidence = errors.trim() === '' ? [] : [{ source: command, text: errors.trim() }]
  if (/promisor remote|lazy fetching disabled/i.test(errors)) return objectsMissing(evidence)
  return new Failure({
    code: 'git-failed',
    what: `\`${command}\` failed: ${how}.`,
    why: errors.trim().split('\n').at(-1),
    cure: 'Check the checkout of this job: run actions/checkout with `fetch-depth: 0` right before this step.',
    evidence,
  })
}

export function objectsMissing(evidence: readonly { source: string; text: string }[] = []): Failure {
  return new Failure({
    code: 'git-objects-missing',
    what: 'The checkout does not hold all files of the commit.',
    why: 'It is a partial clone, and what it lacks is not fetched in the middle of a deployment.',
    cure: 'Leave out `filter:` (and `sparse-checkout:`) at actions/checkout.',
    evidence,
  })
}

export function shallowCheckout(): Failure {
  return new Failure({
    code: 'shallow-checkout',
    what: 'The checkout is shallow: its history was cut off.',
    why: 'Which release comes next depends on the tags and commits before this one.',
    cure: 'Set `fetch-depth: 0` at actions/checkout, which brings all tags and commits. Where that takes long, a job that only makes the tag may '
      + 'add `filter: blob:none`: history without the content of files.',
  })
}

/** Why the signal was given: whoever gave it says it better than we. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('Reading from Git was cancelled.', { cause: reason })
}
