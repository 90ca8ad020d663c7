import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { ActionOptions, ActionRun, StartedAction } from './action'
import { push, setUp, startPush, succeeded } from './deploy'
import { restEarlierApps } from './earlier-apps'
import { sharedHost, type Host } from './hosts'
import { loadOn } from './load'
import { makeRepository, type Repository } from './repository'
import type { Load, LoadOptions } from '../../../rig/load.mjs'

/** How a release of the tiny app misbehaves; see tiny-app/main.py. */
export interface Behaviour {
  /** Its exit code, right after its start. */
  readonly exit?: number
  /** Seconds until it listens. */
  readonly boot?: number
  /** Status of /healthz when asked through the front. */
  readonly publicHealth?: number
  /** Seconds after which /healthz answers 500, whoever asks. */
  readonly sickAfter?: number
  /** It does not answer /healthz then until `open` lets it. */
  readonly publicGate?: boolean
  /** Seconds until the worker is healthy. */
  readonly workerBoot?: number
  /** It does not end when it is told to. */
  readonly deaf?: boolean
  /** Seconds after which the worker, once it is healthy, ends by itself. */
  readonly workerLasts?: number
  /** Megabytes that it takes at its start. */
  readonly eats?: number
}

interface Change {
  readonly tag: string
  readonly behaviour?: Behaviour
  /** Over the configuration of the app, for this and all later releases. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Over the web service's. */
  readonly web?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string | undefined>>
}

export interface Answer {
  readonly status: number
  readonly body: string
  /** What the app says of itself; empty when it is no JSON. */
  readonly told: { readonly version?: string; readonly activation?: number; readonly secret?: string; readonly service?: string }
}

/** A line of an app's history. */
export interface Recorded {
  readonly event: string
  readonly number: number
  readonly at: string
  readonly version?: string
  readonly by?: string
}

/** Seconds for what takes a moment, on a machine with much else to do. */
const patience = 60
/** Seconds: a host gives a runner up that is silent for 20, and a runner says something every 5. */
const noticed = 14

/** The machine that all files of tests of deployed apps share; every app has its own domain there. Connected to as root. */
export async function appsHost(): Promise<Host> {
  return asUser(await sharedHost('apps', { user: 'deploy' }, () => Promise.resolve()), 'root')
}

export function asUser(host: Host, user: string): Host {
  return { ...host, user, line: `${user}@${host.address}${host.port === 22 ? '' : `:${host.port}`}` }
}

/** A small Python service in a repository of its own, with a name that no earlier one had. */
export class TinyApp implements Disposable {
  readonly name: string
  readonly domain: string
  readonly host: Host
  readonly repository: Repository
  readonly #running: (() => void)[] = []
  #config: Readonly<Record<string, unknown>> = {}
  #web: Readonly<Record<string, unknown>> = {}

  private constructor(name: string, host: Host, repository: Repository) {
    this.name = name
    this.domain = `${name}.example.com`
    this.host = host
    this.repository = repository
  }

  /** Its first commit is tagged v1; the host is prepared for it. */
  static async on(host: Host, label: string, change: Partial<Change> = {}, setup: ActionOptions = {}): Promise<TinyApp> {
    await restEarlierApps(host)
    const name = `${label}-${Date.now().toString(36).slice(-6)}`
    const files = { 'main.py': source('main.py'), 'worker.py': source('worker.py') }
    const repository = await makeRepository(undefined, { files })
    const app = new TinyApp(name, host, repository)
    await app.release({ tag: 'v1', ...change })
    succeeded(await setUp(host, repository, setup))
    return app
  }

  /** Commits and tags a release that differs at least in the version that it answers with. */
  async release({ tag, behaviour = {}, config, web, files }: Change): Promise<string> {
    this.#config = { ...this.#config, ...config }
    this.#web = { ...this.#web, ...web }
    const { services, ...rest } = this.#config
    const main = { runtime: 'python', start: 'python main.py', route: '/', health: '/healthz', ...this.#web }
    const whole = {
      app: this.name, domain: this.domain, tls: 'off', keep: 3, rollout: { drain: '5s' }, ...rest,
      services: { web: main, ...services as object },
    }
    // JSON is YAML.
    this.repository.write({
      'slipway.yml': JSON.stringify(whole, null, 2), VERSION: tag, 'behaviour.json': JSON.stringify(behaviour), ...files,
    })
    return this.repository.commit(tag, tag)
  }

  push(options: ActionOptions = {}): Promise<ActionRun> {
    return push(this.host, this.repository, options)
  }

  async startPush(options: ActionOptions = {}): Promise<StartedAction> {
    const run = await startPush(this.host, this.repository, options)
    this.#running.push(() => { run.kill('SIGKILL') })
    return run
  }

  rollback(version = '', options: ActionOptions = {}): Promise<ActionRun> {
    return this.push({ ...options, inputs: { operation: 'rollback', version, ...options.inputs } })
  }

  status(): Promise<ActionRun> {
    return this.push({ inputs: { operation: 'status' } })
  }

  /** A question to the host's public port, by the app's name. */
  ask(path = '/', domain = this.domain): Promise<Answer> {
    return ask(this.host, domain, path)
  }

  /** `v2 #3`: what is served. */
  async serves(): Promise<string> {
    const { status, told } = await this.ask()
    return status === 200 ? `${told.version} #${told.activation}` : String(status)
  }

  load(options: Partial<LoadOptions> = {}): Load {
    const load = loadOn(this.host, { host: this.domain, ...options })
    this.#running.push(() => void load.stop())
    return load
  }

  /** Ends the loads and runs that a failed test has left. */
  rest(): void {
    for (const end of this.#running.splice(0)) end()
  }

  async history(): Promise<readonly Recorded[]> {
    const text = await this.host.shell(`cat /opt/${this.name}/history/log.jsonl`)
    return text.split('\n').map((line) => JSON.parse(line) as Recorded)
  }

  /** Lets an activation answer what it was held at: /held, and /healthz with a `publicGate`. */
  async open(number: number): Promise<void> {
    await this.host.shell(`touch /opt/${this.name}/run/${number}/home/open`)
  }

  /** Resolves when a shell condition holds on the host. */
  async until(condition: string, seconds = patience): Promise<void> {
    await this.host.shell(`end=$(($(date +%s) + ${seconds})); until { ${condition}; } >/dev/null 2>&1; do `
      + `[ $(date +%s) -lt $end ] || { echo 'never: ${condition.replaceAll('\'', '')}' >&2; exit 1; }; sleep 0.05; done`)
  }

  /** Resolves in the middle of a cut-over to an activation, its link switched and its proof not given yet. */
  untilSwitched(number: number): Promise<void> {
    const run = `/opt/${this.name}/run`
    return this.until(`readlink ${run}/current.sock | grep ^${number}/ && grep switch ${run}/intent.json`)
  }

  /** Resolves when no run holds the app, and nothing is left to be settled. */
  untilFree(seconds = patience): Promise<void> {
    return this.until(`[ -z "$(systemctl list-units --all --no-legend slipway-session.${this.name}.service)" ] `
      + `&& [ ! -e /opt/${this.name}/run/intent.json ]`, seconds)
  }

  /** The same, where the end of the runner has to be noticed as it happens, and not only by its silence. */
  untilFreeAtOnce(): Promise<void> {
    return this.untilFree(noticed)
  }

  /** All that is left on the host of an activation, of builds and of sessions, a line each; '' when there is nothing. */
  async remains(number: number): Promise<string> {
    return this.host.shell(remains.replaceAll('APP', this.name).replaceAll('NUMBER', String(number)))
  }

  /** Names, rights, times and content of what a deployment could change on the host, and what runs of the app. */
  state(): Promise<string> {
    return this.#stateOf('/opt/APP /var/lib/slipway /etc/systemd/system /etc/nginx /var/cache/slipway/APP /var/tmp')
  }

  /** The same of what belongs to the app alone. */
  ownState(): Promise<string> {
    return this.#stateOf("/opt/APP /var/cache/slipway/APP /var/lib/slipway/apps/APP $(find /etc/systemd/system -name '*.APP.*') "
      + "$(grep -l '^APP ' /var/lib/slipway/ports/*) $(find /var/lib/slipway/domains -name 'APP.*')")
  }

  #stateOf(places: string): Promise<string> {
    return this.host.shell(`places="${places}"; ${state}`.replaceAll('APP', this.name))
  }

  [Symbol.dispose](): void {
    this.repository.remove()
  }
}

const source = (name: string): string => readFileSync(join(import.meta.dirname, 'tiny-app', name), 'utf8')

const remains = `
{
  ls -d /etc/systemd/system/slipway-*.APP.NUMBER.* /etc/systemd/system/*.wants/slipway-*.APP.NUMBER.* /opt/APP/run/NUMBER \\
    /etc/supervisor/conf.d/slipway-app.APP.NUMBER.* /etc/slipway/circus/APP.d/slipway-app.APP.NUMBER.* \\
    /opt/APP/run/intent.json /run/slipway-APP.* 2>/dev/null
  grep -l '^APP NUMBER ' /var/lib/slipway/ports/* 2>/dev/null
  systemctl list-units --all --no-legend --plain 'slipway-*.APP.NUMBER.*' 'slipway-build.APP.*' 'slipway-session.APP.*'
  systemctl list-units --all --no-legend --plain "slipway_$(echo APP | tr - _).NUMBER.*"
  ! command -v supervisorctl >/dev/null || supervisorctl status | grep -F 'slipway-app.APP.NUMBER.'
  for folder in /opt/APP/releases/*; do [ -e "$folder/release.json" ] || [ ! -e "$folder" ] || echo "unsealed: $folder"; done
  ls -A /opt/APP/incoming
  pgrep -a -u build-APP
  grep -lF '.APP.NUMBER.' /proc/[0-9]*/cgroup 2>/dev/null
} || true`

const state = `
find $places -xdev -printf '%p %u %g %m %s %T@ %l\\n' 2>/dev/null | grep -v systemd-private | sort
find /opt/APP -xdev -type f -exec sha256sum {} + | sort
getent passwd app-APP build-APP; getent group app-APP build-APP
systemctl list-units --all --no-legend --plain 'slipway-*.APP.*' nginx.service
systemctl show -p MainPID $(systemctl list-units --no-legend --plain 'slipway-*.APP.*' nginx.service | cut -d' ' -f1)
for pid in $(pgrep -u app-APP); do readlink /proc/$pid/cwd; tr '\\0' ' ' </proc/$pid/cmdline; done`

/** A question to a host's public port, by a name. */
export function ask(host: Host, domain: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: host.address, port: 80, path, headers: { host: domain }, agent: false, timeout: 120_000 }
    const asked = request(options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, body, told: parsed(body) }) })
    })
    asked.on('error', reject).on('timeout', () => asked.destroy(new Error(`no answer to GET ${path}`))).end()
  })
}

function parsed(body: string): Answer['told'] {
  try {
    return JSON.parse(body) as Answer['told']
  } catch {
    return {}
  }
}

/** What an action said went wrong. */
export function errorsOf(run: ActionRun): string {
  return run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message).join('\n')
}

/** The log as GitHub shows it: without the lines that tell the runner what to mask. */
export function shownLog(run: ActionRun): string {
  return run.log.replace(/^::add-mask::.*$/gm, '')
}
