import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredRelease } from '../../drivers/helm'
import { Failure } from '../../errors'
import type { RolloutPolicy } from '../../config/types'
import type { Entry } from '../../history/types'
import type { ReleaseSource, Secrets, Wanted } from '../../rollout/target'
import { checkAutoscaling } from './autoscaling'
import { changesBetween, linesOfChanges, type Change } from './changes'
import type { Applying } from './conflicts'
import { contentOf, withSecrets, type ChartValues } from './content'
import { helmFailure } from './helm-failures'
import type { Recorded } from './history'
import { hooksOf, type HookObject, type Operation } from './hooks'
import { objectsOf, storedObjects, type Rendered } from './manifest'
import type { Place } from './place'
import { anyThere } from './presence'
import { checkProbes } from './probes'
import { checkReferences } from './references'
import { joined, secretsAt, type ValuePath } from './secret-paths'
import { validate } from './validation'

/** How an activation is applied. */
export type Way =
  | { readonly kind: 'upgrade'; /** Absolute path of the chart's folder. */ readonly chart: string; readonly values: ChartValues }
  | { readonly kind: 'rollback'; readonly revision: number; /** As Helm keeps it. */ readonly to: StoredRelease }
  | { readonly kind: 'restart' }

/** What an activation will be, before anything is changed. */
export interface Staged {
  readonly way: Way
  readonly version: string
  readonly releaseId: string
  readonly commit: string
  readonly keep: number
  readonly floor: boolean
  readonly url: string | null
  readonly domain: string | null
  readonly objects: readonly Rendered[]
  readonly hooks: readonly HookObject[]
  readonly changes: readonly Change[]
  readonly unchanged: boolean
  /** Is nothing of it there yet, neither a revision of Helm's nor an object? */
  readonly clean: boolean
  readonly notes: readonly string[]
  /** Where in its values secrets are. */
  /** Null: it comes from Helm's history, and says nothing new. */
  readonly secretPaths: readonly ValuePath[] | null
}

/** Renders, checks against the server, and compares. Nothing is changed. Throws every `Failure` that it finds. */
export async function staged(place: Place, wanted: Wanted, secrets: Secrets, serving: Recorded | null, policy: Pick<RolloutPolicy, 'timeout'>, foreign: readonly Entry[]): Promise<Staged> {
  const { client, discovery, namespace, revisions, signal, watching } = place
  const rendering = Promise.withResolvers<undefined>()
  if (wanted.kind !== 'source') rendering.resolve(undefined)
  // All that can be asked for while Helm renders, once it is at it: connections take their time. What is refused there is refused again below, where it is said.
  const begun = rendering.promise.then(async () => await Promise.all([watching.follow([]), discovery.find('v1', 'Pod')]))
  begun.catch(() => undefined)
  const reading = rendering.promise.then(async () => typeof serving?.revision === 'number' ? await revisions.read(serving.revision) : null)
  const [current, planned] = wanted.kind === 'source'
    ? await Promise.all([reading, rendered(place, wanted.release, secrets, policy.timeout, () => rendering.resolve(undefined))])
    : await reading.then(async (read) => [read, await stored(place, wanted.releaseId, wanted.again, serving, read, foreign)] as const)
  const { release } = planned
  // What Helm has taken once it takes again, whatever we can read of it.
  const objects = planned.way.kind === 'upgrade' ? objectsOf(release) : storedObjects(release)
  const before = current === null ? [] : storedObjects(current)
  const hooks = hooksOf(release, await operationOf(place, planned.way))
  const applying = applyingOf(place, planned)
  const found = changesBetween(before, objects, namespace, hidden(place, planned, current, secrets))
  // Of releases that were made before it was kept where their secrets are, one may be on any line.
  const untold = place.history.secretPaths === null && planned.secretPaths === null
  const changes = untold ? found.map((one) => ({ ...one, lines: [] })) : found
  const hooksChanged = JSON.stringify((release.hooks ?? []).map(({ manifest }) => manifest)) !== JSON.stringify((current?.hooks ?? []).map(({ manifest }) => manifest))
  const restarts = planned.way.kind === 'restart'
  // The id of a chart from elsewhere was once made of its name, and is of its content now.
  const same = serving !== null && (serving.releaseId === planned.releaseId || (serving.version === planned.version && serving.commit === planned.commit && planned.commit !== ''))
  const unchanged = !restarts && same && changes.length === 0 && !hooksChanged
  if (unchanged) return { ...planned, objects, hooks, changes, unchanged, clean: false, notes: [] }
  checkProbes(objects, policy.timeout)
  const [clean, ...notes] = await Promise.all([
    serving === null && isClean(place, objects),
    validate(place, objects, hooks, applying),
    checkReferences(client, namespace, objects, hooks, signal),
    applying === null ? [] : checkAutoscaling(place, objects, before, applying),
    watching.follow([...objects, ...hooks]).then(() => []),
  ])
  return { ...planned, objects, hooks, changes, unchanged, clean, notes: notes.flat() }
}

/** Secrets of what serves and of what comes. Those that nobody has given now are told of before they can be printed. */
function hidden({ history, hide, secretsIn }: Place, { release, secretPaths }: Planned, current: StoredRelease | null, given: Secrets): readonly string[] {
  const paths = joined(history.secretPaths ?? [], secretPaths ?? [])
  // Of what was given otherwise, such as by hand, the names of keys tell.
  const found = [current, release].flatMap((one) => [...secretsAt(one?.config, paths), ...secretsIn(one?.config)])
  const known = new Set(Object.values(given))
  hide([...new Set(found)].filter((secret) => !known.has(secret)))
  // One may be a part of another, of which nothing is to be left.
  return [...new Set([...found, ...known])].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length)
}

/** Null: nothing is applied. */
function applyingOf({ helm }: Place, { way: { kind }, release }: Planned): Applying | null {
  return kind === 'restart' ? null : { by: helm.appliesOnServer(release) ? 'server' : 'client', back: kind === 'rollback' }
}

/** An upgrade installs where Helm knows of nothing, or of something that was uninstalled. */
async function operationOf({ revisions }: Place, { kind }: Way): Promise<Operation> {
  if (kind !== 'upgrade') return kind
  const newest = (await revisions.list()).at(-1)
  return newest === undefined || newest.status === 'uninstalled' ? 'install' : 'upgrade'
}

/** Whether what a first release makes is there already, made by somebody else and taken over: then it is not to be removed with it. */
async function isClean(place: Place, objects: readonly Rendered[]): Promise<boolean> {
  return (await place.revisions.list()).length === 0 && !await anyThere(place, objects)
}

type Planned = Omit<Staged, 'objects' | 'hooks' | 'changes' | 'unchanged' | 'clean' | 'notes'> & { readonly release: StoredRelease }

async function rendered({ helm, release, signal }: Place, source: ReleaseSource, secrets: Secrets, timeout: number, started: () => void): Promise<Planned> {
  const content = contentOf(source)
  const { chart } = content
  const defaults = await readFile(join(chart, 'values.yaml'), 'utf8').catch(() => null)
  const values = withSecrets(content.valuesFor(defaults), content, secrets)
  const found = await helm.render({ release, chart, values, timeout, description: '' }, signal, started)
  if (found.release === null) {
    signal.throwIfAborted()
    throw helmFailure(found, 'render the chart', release, source.config.cluster?.chart.kind === 'folder' ? source.config.cluster.chart.path : null)
  }
  const { config } = source
  const [domain = null] = config.domains
  return {
    way: { kind: 'upgrade', chart, values }, secretPaths: content.secretValues.map(({ path }) => path), release: found.release, version: source.version, releaseId: source.id, commit: source.commit, keep: config.keep,
    floor: config.rollbackFloor, domain, url: domain === null ? null : `${config.tls.kind === 'off' ? 'http' : 'https'}://${domain}`,
  }
}

async function stored({ history, revisions, name, revision: asked }: Place, releaseId: string, again: boolean, serving: Recorded | null, current: StoredRelease | null, foreign: readonly Entry[]): Promise<Planned> {
  const there = new Set((await revisions.list()).map(({ uid }) => uid))
  const entry = [...history.entries, ...foreign as readonly Recorded[]].filter((one) => one.releaseId === releaseId && one.proven && there.has(one.uid) && (!again || one.number === serving?.number)).at(-1)
  // Several have the same release with other secrets: who names one wants that.
  const revision = again ? entry?.revision : asked ?? entry?.revision
  const release = typeof revision !== 'number' ? null : revision === serving?.revision ? current : await revisions.read(revision)
  if (entry === undefined || typeof revision !== 'number' || release === null) {
    throw new Failure({
      code: 'revision-missing', what: `The release ${releaseId} is not in Helm's history on ${name} any more.`, cure: 'Deploy it anew: `operation: deploy` with `version`, and `allow-older: true`.',
    })
  }
  const { version, commit, keep, url, domain, floor = false } = entry
  return { way: again ? { kind: 'restart' } : { kind: 'rollback', revision, to: release }, secretPaths: null, release, version, releaseId, commit, keep, floor, url, domain }
}

/** What each step would do. */
export function planLines({ way, changes, hooks, notes, unchanged }: Staged): { readonly stage: readonly string[]; readonly cutOver: readonly string[] } {
  if (unchanged) return { stage: [], cutOver: [] }
  const how = way.kind === 'upgrade' ? 'helm upgrade' : way.kind === 'rollback' ? `helm rollback to revision ${way.revision}` : 'a restart of all workloads'
  return {
    stage: [`${how}; validated by the server`, ...notes],
    cutOver: [
      ...hooks.map(({ object }) => `hook ${object.kind} ${object.metadata.name}`),
      ...linesOfChanges(changes),
      ...(changes.length === 0 ? [way.kind === 'restart' ? 'all pods are made anew' : 'no object changes'] : []),
    ],
  }
}
