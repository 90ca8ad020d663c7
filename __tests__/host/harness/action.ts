import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { must, root } from './command'

export interface ActionOptions {
  /** By name; numbers and booleans as a workflow would write them. What the action declares and is not here gets its default. */
  readonly inputs?: Readonly<Record<string, string>>
  /** The step's `env`, and whatever of the runner's variables should be different. */
  readonly env?: Readonly<Record<string, string>>
  /** The checkout. Default: an empty folder. */
  readonly workspace?: string
  /** Default: the tag or branch of HEAD in the workspace. */
  readonly ref?: string
  /** The event's name. Default push. */
  readonly event?: string
  /** Milliseconds after which it is killed. Default five minutes. */
  readonly timeout?: number
  /** Is told what it prints, as it comes. */
  readonly heard?: (text: string) => void
  /** State that `main` left, for a `post`. */
  readonly state?: Readonly<Record<string, string>>
  readonly phase?: 'main' | 'post'
}

/** How a run of an action ended, as the runner sees it. */
export interface ActionRun {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** All it printed, in order, workflow commands included. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** Markdown. */
  readonly summary: string
  readonly state: Readonly<Record<string, string>>
  /** `::error …::text` and the like, unescaped. */
  readonly annotations: readonly Annotation[]
  /** Milliseconds from its start to its end. */
  readonly took: number
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

export interface StartedAction {
  readonly pid: number
  readonly done: Promise<ActionRun>
  /** Resolves as soon as the log matches; rejects when the action ends without. */
  until(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** As the runner cancels: SIGINT, SIGTERM 7.5 s later, SIGKILL 2.5 s after that. */
  cancel(): void
}

interface Metadata {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown }>>
  readonly runs: { readonly main: string; readonly post?: string }
}

/** Runs the built stub of an action to its end as the runner does. `name`: a folder of `actions/`, or `root`. */
export async function runAction(name: string, options: ActionOptions = {}): Promise<ActionRun> {
  return (await startAction(name, options)).done
}

/** The same, but resolves when it has started, so that it can be watched and killed. */
export async function startAction(name: string, options: ActionOptions = {}): Promise<StartedAction> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-action-'))
  const definition = name === 'root' ? join(root, 'action.yml') : join(root, 'actions', name, 'action.yml')
  const metadata = parse(readFileSync(definition, 'utf8')) as Metadata
  const entry = options.phase === 'post' ? metadata.runs.post : metadata.runs.main
  if (entry === undefined) throw new Error(`${name} has no post`)
  const node = await node24()
  const files = runnerFiles(folder)
  const workspace = options.workspace ?? join(folder, 'workspace')
  mkdirSync(workspace, { recursive: true })
  const env = {
    ...await runnerEnvironment(folder, workspace, options),
    ...files,
    ...inputVariables(metadata, options.inputs ?? {}),
    ...Object.fromEntries(Object.entries(options.state ?? {}).map(([key, value]) => [`STATE_${key}`, value])),
    ...options.env,
  }
  const began = performance.now()
  const child = spawn(node, [join(dirname(definition), entry)], { cwd: workspace, env, stdio: ['ignore', 'pipe', 'pipe'] })
  return follow(child, began, options, () => {
    const { GITHUB_OUTPUT: output, GITHUB_STATE: state, GITHUB_STEP_SUMMARY: summary } = files
    const read = { outputs: parseFile(output), state: parseFile(state), summary: text(summary) }
    rmSync(folder, { recursive: true, force: true })
    return read
  })
}

function follow(
  child: ChildProcess, began: number, { timeout = 300_000, heard: listener }: ActionOptions, read: () => Pick<ActionRun, 'outputs' | 'state' | 'summary'>,
): StartedAction {
  let log = ''
  const waiting: { readonly pattern: RegExp; resolve(): void; reject(error: Error): void }[] = []
  const heard = (chunk: string): void => {
    log += chunk
    listener?.(chunk)
    for (const one of waiting.splice(0)) {
      if (one.pattern.test(log)) one.resolve()
      else waiting.push(one)
    }
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', heard)
  const timers = [setTimeout(() => child.kill('SIGKILL'), timeout)]
  const done = new Promise<ActionRun>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      timers.forEach(clearTimeout)
      const took = performance.now() - began
      for (const { pattern, reject: never } of waiting) never(new Error(`The action ended without ${String(pattern)}:\n${log}`))
      resolve({ code, signal, log, annotations: annotations(log), took, ...read() })
    })
  })
  return {
    pid: child.pid ?? 0,
    done,
    until: (pattern) => new Promise((resolve, reject) => {
      if (pattern.test(log)) resolve()
      else if (child.exitCode !== null) reject(new Error(`The action ended without ${String(pattern)}:\n${log}`))
      else waiting.push({ pattern, resolve, reject })
    }),
    kill: (signal) => void child.kill(signal),
    cancel: () => {
      child.kill('SIGINT')
      timers.push(setTimeout(() => child.kill('SIGTERM'), 7_500), setTimeout(() => child.kill('SIGKILL'), 10_000))
    },
  }
}

let node: Promise<string> | undefined
/** The path of Node 24, the runner's. */
export function node24(): Promise<string> {
  return node ??= must(join(root, 'script', 'node24'), [], { timeout: 300_000 })
}

/** The runner sets every declared input, and hands over undeclared ones too. */
function inputVariables(metadata: Metadata, given: Readonly<Record<string, string>>): Record<string, string> {
  const defaults = Object.entries(metadata.inputs ?? {}).map(([name, { default: value = '' }]) =>
    [name, String(value).replace(/^\$\{\{.*\}\}$/s, '')] as const)
  return Object.fromEntries([...defaults, ...Object.entries(given)].map(([name, value]) =>
    [`INPUT_${name.replace(/ /g, '_').toUpperCase()}`, value]))
}

type RunnerFile = 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_ENV' | 'GITHUB_PATH'

function runnerFiles(folder: string): Record<RunnerFile, string> {
  const file = (name: string): string => {
    const path = join(folder, name)
    writeFileSync(path, '')
    return path
  }
  return {
    GITHUB_OUTPUT: file('output'), GITHUB_STATE: file('state'), GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_ENV: file('env'), GITHUB_PATH: file('path'),
  }
}

// Of this machine's environment only what finds programs and what the registries' certificates need.
async function runnerEnvironment(folder: string, workspace: string, options: ActionOptions): Promise<Record<string, string>> {
  const temp = join(folder, 'temp')
  mkdirSync(temp)
  const home = join(folder, 'home')
  mkdirSync(home)
  const isRepository = existsSync(join(workspace, '.git'))
  const git = async (...args: string[]): Promise<string> => isRepository ? must('git', args, { cwd: workspace }) : ''
  const sha = await git('rev-parse', 'HEAD')
  const tag = (await git('tag', '--points-at', 'HEAD')).split('\n').at(-1)
  const ref = options.ref ?? (tag ? `refs/tags/${tag}` : 'refs/heads/main')
  const event = join(folder, 'event.json')
  writeFileSync(event, JSON.stringify({ ref, repository: { full_name: 'ada/shop', default_branch: 'main' } }))
  const inherited = Object.entries(process.env).filter(([name]) => /^(PATH|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/.test(name))
  return {
    ...Object.fromEntries(inherited.map(([name, value]) => [name, value ?? ''])),
    HOME: home, CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, GITHUB_EVENT_NAME: options.event ?? 'push',
    GITHUB_EVENT_PATH: event, GITHUB_REF: ref, GITHUB_REF_NAME: ref.replace(/^refs\/[^/]+\//, ''),
    GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch', GITHUB_SHA: sha, GITHUB_REPOSITORY: 'ada/shop',
    GITHUB_REPOSITORY_OWNER: 'ada', GITHUB_ACTOR: 'ada', GITHUB_TRIGGERING_ACTOR: 'ada', GITHUB_RUN_ID: '1001',
    GITHUB_RUN_NUMBER: '1', GITHUB_RUN_ATTEMPT: '1', GITHUB_WORKFLOW: 'release', GITHUB_JOB: 'release', GITHUB_ACTION: 'ship',
    GITHUB_SERVER_URL: 'https://github.example',
    // Nobody listens there: a test that asks GitHub says so by a server of its own.
    GITHUB_API_URL: 'http://127.0.0.1:9', GITHUB_GRAPHQL_URL: 'http://127.0.0.1:9/graphql',
    RUNNER_TEMP: temp, RUNNER_TOOL_CACHE: join(tmpdir(), 'slipway-tool-cache'), RUNNER_OS: 'Linux', RUNNER_ARCH: 'X64',
    RUNNER_NAME: 'test', RUNNER_ENVIRONMENT: 'github-hosted',
  }
}

const text = (file: string): string => existsSync(file) ? readFileSync(file, 'utf8') : ''

/** Reads `name=value` and `name<<DELIMITER` … `DELIMITER`, as the runner does. */
export function parseFile(file: string): Record<string, string> {
  const lines = text(file).split(/\r?\n/)
  const found: Record<string, string> = {}
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (name !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter, at + 1)
      if (end < 0) throw new Error(`${file}: ${delimiter} is missing`)
      found[name] = lines.slice(at + 1, end).join('\n')
      at = end
    } else if (line.includes('=')) {
      found[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
    }
  }
  return found
}

const unescape = (escaped: string): string =>
  escaped.replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%')

function annotations(log: string): Annotation[] {
  return [...log.matchAll(/^::(error|warning|notice)(?: ([^:]*))?::(.*)$/gm)].map(([, level, properties = '', message = '']) => ({
    level: level as Annotation['level'],
    properties: Object.fromEntries(properties.split(',').filter(Boolean).map((pair) => {
      const equals = pair.indexOf('=')
      return [pair.slice(0, equals), unescape(pair.slice(equals + 1))]
    })),
    message: unescape(message),
  }))
}
