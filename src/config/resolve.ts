import { Failure } from '../errors'
import { checkTogether, Places } from './checks'
import { checkEnvironments } from './environments'
import { checkHooks } from './hooks'
import { completed, type Completed } from './completed'
import { noComposeInputs, type ComposeInputs, type ComposeProject } from './compose/project'
import { clusterOf } from './cluster'
import { cronIn, forCluster } from './cluster/refused'
import { noClusterInputs, type ClusterCheckout, type ClusterInputs } from './cluster/release'
import { composeOf, refuseVmKeys } from './docker'
import { checkNames, tlsOf } from './domains'
import { Findings } from './findings'
import { gatesOf, type Gates } from './gates'
import { complete, file as fileShape, type ServiceRead } from './keys'
import { DEFAULT_FILE, noAppName, noStart, noSuchFile, nothingFound } from './missing'
import { appName } from './names'
import { overlaid } from './overlay'
import type { RepositoryFiles } from './repository'
import { detected } from './runtime'
import { secretPositions, type SecretPositions } from './secrets'
import { checkPage, checkSite, siteOf, stopSignal } from './serving'
import { targetOf } from './target'
import { mappingAt, scalar, shown, textAt } from './tree'
import type { AppConfig, Health, Resolved, RolloutPolicy, ServiceConfig, TargetKind } from './types'
import { parseYaml } from './yaml'

export interface ResolveOptions {
  readonly files: RepositoryFiles
  /** Path in the repository; empty or absent: `slipway.yml`, which may be missing when the rest can be detected. */
  readonly configPath?: string
  /** `shop` or `owner/shop`: the default of `app`. */
  readonly repositoryName: string
  /** The overlay to use; empty: none. */
  readonly environment?: string
  /** What the action deploys to, where the file does not say: null, what the repository holds. */
  readonly target?: TargetKind | null
  readonly compose?: ComposeInputs
  readonly cluster?: ClusterInputs
}

export interface Located extends Resolved {
  /** Of a host with Docker: what the runner knows of its Compose files. */
  readonly project: ComposeProject | null
  /** Of a cluster: what the runner knows of its chart's values. */
  readonly chart: ClusterCheckout | null
  /** How versions are counted that a run finds; belongs to the run, not to the release. */
  readonly versionScheme: string
  readonly gates: Gates
  /** For `secretsFor`; belongs to the checkout, not to the release. */
  readonly secretPositions: SecretPositions
}

/** What slipway.yml, its overlay and detection say together. Throws all that is wrong at once, sorted by position. */
export async function resolveConfig(options: ResolveOptions): Promise<Located> {
  const { files, repositoryName, environment = '' } = options
  const explicit = (options.configPath ?? '').replace(/^(\.\/)+/, '')
  const file = explicit || DEFAULT_FILE
  const text = await files.read(file)
  const exists = text !== null
  if (!exists && explicit !== '' && explicit !== DEFAULT_FILE) throw noSuchFile(explicit, files)

  const findings = new Findings()
  const parsed = exists ? parseYaml(text, file, findings) : ({ kind: 'mapping', entries: new Map(), at: undefined } as const)
  if (parsed === null) {
    findings.throw()
    throw new Error(`${file} could not be read, and nothing says why`)
  }
  fileShape.read(parsed, { place: '', overlay: false, findings })
  const repository = repositoryName.split('/').at(-1) ?? ''
  const laid = overlaid(parsed, environment, findings)
  const target = targetOf(laid, options.target ?? (options.compose?.files.length ? 'docker' : null), textAt(laid, 'app') ?? repository.toLowerCase(), files)
  const onCluster = target === 'cluster' ? forCluster(laid, (options.cluster?.chart ?? null) !== null, findings) : null
  const whole: Completed = onCluster ?? (target === 'docker' ? refuseVmKeys(laid, findings) : await completed(laid, files, findings))
  const read = complete.read(whole.tree, { place: '', overlay: false, findings }) ?? {}
  const places = new Places(whole)

  const app = read.app ?? repository.toLowerCase()
  if (!whole.tree.entries.has('app')
    && 'problem' in appName.read(scalar(app, undefined))) findings.add(noAppName(repository, file, exists))
  // A misspelt or broken key may well be the one that would have named a service.
  const unread = findings.has('config-unknown-key', 'config-syntax', 'config-merge-key', 'config-wrong-type', 'config-too-deep')
  if (target === 'vm' && mappingAt(whole.tree, 'services')?.entries.size === 0 && !unread) findings.add(await nothingFound(file, exists, app, files))

  const composed = await composeOf(target, app, read.compose, places, options.compose ?? noComposeInputs, files, findings)
  const drafts = read.services ?? new Map<string, ServiceRead>()
  const services: ServiceConfig[] = []
  for (const [name, draft] of drafts) {
    const found = await serviceConfig(name, draft, places, onCluster === null ? files : null, findings)
    services.push(onCluster === null ? found : asInCluster(found, cronIn(whole.tree, name)))
    if (onCluster === null && draft.start === undefined && found.static === null && !places.has(name, 'static') && !places.has(name, 'start') && !isGone(draft, files)) {
      findings.add(await noStart(name, places.name(name, 'start'), found.path, places.service(name), file, exists, files))
    }
  }
  const { shared = [], scratch = [], artifacts = [], pages = {} } = read
  const made = { shared, scratch, artifacts, builds: services.some(({ build }) => build.length > 0) }
  for (const found of services) if (found.static !== null) checkSite(found.name, found.static, made, places, files, findings)
  for (const [key, path] of Object.entries(pages)) if (path !== undefined) checkPage(key, path, made, places, files, findings)
  checkTogether(drafts, { shared, scratch, artifacts }, places, findings)
  checkHooks(drafts, read.rollout?.timeout ?? ROLLOUT.timeout, places, findings)
  checkEnvironments(services, places, findings)
  checkNames(read, places, findings)
  const installed = await clusterOf({ target, app, read: read.cluster, places, inputs: options.cluster ?? noClusterInputs, services: onCluster?.ours === true ? services : null, files }, findings)
  findings.throw()

  const config: AppConfig = {
    app, target, domains: read.domain ?? [], aliases: read.aliases ?? [], tls: tlsOf(read), hsts: read.hsts ?? null,
    trustedProxies: read['trusted-proxies'] ?? [],
    services, ...(composed === null ? {} : { compose: composed.config }),
    ...(installed === null ? {} : { cluster: installed.config }), shared, scratch, artifacts, open: [...new Set(read.open ?? [])],
    keep: read.keep ?? 5, packages: read.packages ?? [], supervisor: target === 'docker' ? 'compose' : read.supervisor ?? 'systemd', pages,
    tagPrefix: read['tag-prefix'] ?? '',
    rollbackFloor: read['rollback-floor'] ?? false
  }
  return { config, rollout: { ...ROLLOUT, ...read.rollout }, project: composed?.project ?? null, chart: installed?.checkout ?? null, versionScheme: read['version-scheme'] ?? 'semver', gates: gatesOf(read.gates), secretPositions: secretPositions(whole.tree) }
}

/** What holds where slipway.yml says nothing. */
export const ROLLOUT: RolloutPolicy = {
  canary: 1, wave: { percent: 25 }, failures: 0, absent: 0, bake: 0, drain: 30, warm: 0, maintenance: false, timeout: 600
}

const isGone = ({ path = '.' }: ServiceRead, files: RepositoryFiles): boolean => path !== '.' && !files.exists(path)

/** What only an image or a CronJob says is left to them. */
function asInCluster(service: ServiceConfig, cron: string | undefined): ServiceConfig {
  const { schedule } = service
  return { ...service, stop: { ...service.stop, signal: 'SIGTERM' }, schedule: schedule?.kind === 'times' && cron !== undefined ? { ...schedule, cron } : schedule }
}

/** `files` null: nothing of it is in the commit, but in an image. */
async function serviceConfig(
  name: string, draft: ServiceRead, places: Places, files: RepositoryFiles | null, findings: Findings
): Promise<ServiceConfig> {
  const path = draft.path ?? '.'
  const there = files !== null && await checkFolder(name, path, places, files, findings)
  // A path or a runtime that could not be read has been reported; guessing on from it would only add noise.
  const sound = there && (['path', 'runtime'] as const).every((key) => draft[key] !== undefined || !places.has(name, key))
  const asked = typeof draft.install === 'string' ? { file: draft.install } : draft.install ?? {}
  const site = siteOf(draft)
  // Files alone need no environment, unless something builds them.
  const needed = site === null || (draft.build ?? []).length > 0 || draft.runtime !== undefined
  const { runtime, install } = files !== null && sound && needed
    ? await detected({
      folder: path, start: draft.start ?? '', runtime: draft.runtime, builds: (draft.build ?? []).length > 0,
      place: places.name(name, 'runtime'), at: places.service(name), asked,
      installAt: { place: places.name(name, 'install'), at: places.of(name, 'install') }
    }, files, findings)
    : { runtime: null, install: { tool: 'none' } as const }
  const { health, timeout } = healthOf(name, draft, places, findings)
  return {
    name, path, runtime, install,
    installSecrets: asked.secrets ?? [],
    start: draft.start ?? '',
    route: draft.route ?? null,
    protocol: draft.protocol ?? 'http',
    health,
    healthTimeout: timeout,
    build: draft.build ?? [],
    before: draft.before ?? [],
    after: draft.after ?? [],
    env: Object.fromEntries(draft.env ?? []),
    secrets: draft.secrets ?? [],
    secretsAs: draft['secrets-as'] ?? 'env',
    instances: site === null ? draft.instances ?? 1 : 0,
    stop: { signal: draft.stop?.signal ?? stopSignal(draft.start ?? ''), timeout: draft.stop?.timeout ?? 30 },
    overlap: draft.overlap ?? true,
    on: draft.on ?? 'all',
    memory: draft.memory ?? null,
    tasks: draft.tasks ?? null,
    sandbox: { namespaces: draft.sandbox?.namespaces ?? false, devices: draft.sandbox?.devices ?? false },
    schedule: draft.schedule ?? null,
    timeout: draft.timeout ?? 86_400,
    listen: draft.listen ?? 'port',
    static: site
  }
}

async function checkFolder(name: string, path: string, places: Places, files: RepositoryFiles,
  findings: Findings): Promise<boolean> {
  if (path === '.') return true
  const isFile = files.exists(path) && files.list(path).length === 0 && await files.read(path) !== null
  if (files.exists(path) && !isFile) return true
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  const names = files.list(parent).map((child) => shown(child, ''))
  const around = names.length > 12 ? [...names.slice(0, 12), '…'] : names
  findings.add(new Failure({
    code: 'config-no-folder', at: places.of(name, 'path'),
    what: `\`${places.name(name, 'path')}\` is ${shown(path)}, ${isFile ? 'a file' : 'which is not in this commit'}.`,
    why: around.length === 0 ? '' : `In ${parent === '.' ? 'the root' : parent} there are ${around.join(', ')}.`,
    cure: isFile ? `Write its folder: \`path: ${parent}\`.`
      : 'Write a folder of the repository, from its root; commit it if it is new.'
  }))
  return false
}

function healthOf(name: string, { health }: ServiceRead, places: Places,
  findings: Findings): { health: Health | null; timeout: number } {
  if (health === undefined) return { health: null, timeout: 60 }
  if ('kind' in health) return { health, timeout: 60 }
  const { path, command, timeout = 60 } = health
  if (path !== undefined && command !== undefined) {
    findings.add(new Failure({
      code: 'config-not-together', at: places.of(name, 'health'),
      what: `\`${places.name(name, 'health')}\` has both a path and a command.`, cure: 'Keep one of the two.'
    }))
  }
  return { health: path !== undefined ? { kind: 'path', path } : command !== undefined ? { kind: 'command', command } : null,
    timeout }
}
