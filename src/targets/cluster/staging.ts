import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChartRef, Helm, StoredRelease } from '../../drivers/helm'
import { Failure } from '../../errors'
import { pathOf } from '../../drivers/kubernetes'
import type { RolloutPolicy } from '../../config/types'
import type { Entry } from '../../history/types'
import type { ReleaseSource, Secrets, Wanted } from '../../rollout/target'
import { changesBetween, type Change } from './changes'
import { contentOf, withSecrets, type ChartValues } from './content'
import { helmFailure } from './helm-failures'
import type { Recorded } from './history'
import { hookObjects, objectsOf, storedObjects, subjectOf, type Rendered } from './manifest'
import type { Place } from './place'
import { checkProbes } from './probes'
import { checkReferences } from './references'
import { sideBySide } from './side-by-side'
import { validate } from './validation'

/** How an activation is applied. */
export type Way =
  | { readonly kind: 'upgrade'; /** Absolute path of the chart's folder. */ readonly chart: string; readonly values: ChartValues; readonly createNamespace: boolean }
  | { readonly kind: 'rollback'; readonly revision: number }
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
  readonly hooks: readonly Rendered[]
  readonly changes: readonly Change[]
  readonly unchanged: boolean
  /** Is nothing of it there yet, neither a revision of Helm's nor an object? */
  readonly clean: boolean
  readonly notes: readonly string[]
}

/** Renders, checks against the server, and compares. Nothing is changed. Throws every `Failure` that it finds. */
export async function staged(place: Place, wanted: Wanted, secrets: Secrets, serving: Recorded | null, policy: Pick<RolloutPolicy, 'timeout'>, foreign: readonly Entry[]): Promise<Staged> {
  const { client, discovery, namespace, revisions, signal } = place
  const current = typeof serving?.revision !== 'number' ? null : await revisions.read(serving.revision)
  const planned = wanted.kind === 'source' ? await rendered(place, wanted.release, secrets, policy.timeout) : await stored(place, wanted.releaseId, wanted.again, serving, current, foreign)
  const { release } = planned
  // What Helm has taken once it takes again, whatever we can read of it.
  const objects = planned.way.kind === 'upgrade' ? objectsOf(release) : storedObjects(release)
  const hooks = happening(release, planned.way)
  const changes = changesBetween(current === null ? [] : storedObjects(current), objects, namespace)
  const hooksChanged = JSON.stringify((release.hooks ?? []).map(({ manifest }) => manifest)) !== JSON.stringify((current?.hooks ?? []).map(({ manifest }) => manifest))
  const restarts = planned.way.kind === 'restart'
  const unchanged = !restarts && serving !== null && serving.releaseId === planned.releaseId && changes.length === 0 && !hooksChanged
  if (unchanged) return { ...planned, objects, hooks, changes, unchanged, clean: false, notes: [] }
  checkProbes(objects, policy.timeout)
  const [clean, { notes }, missing] = await Promise.all([
    serving !== null ? false : isClean(place, objects),
    validate(client, discovery, namespace, objects, signal),
    checkReferences(client, namespace, [...objects, ...hooks], signal),
    place.watching.follow([...objects, ...hooks]),
  ])
  return { ...planned, objects, hooks, changes, unchanged, clean, notes: [...notes, ...missing] }
}

/** Hooks that run on the way. */
function happening({ hooks = [] }: StoredRelease, { kind }: Way): readonly Rendered[] {
  const wanted = kind === 'upgrade' ? /^(pre|post)-(install|upgrade)$/ : kind === 'rollback' ? /^(pre|post)-rollback$/ : null
  return wanted === null ? [] : hookObjects(hooks.filter(({ events = [] }) => events.some((event) => wanted.test(event))))
}

/** Whether what a first release makes is there already, made by somebody else and taken over: then it is not to be removed with it. */
async function isClean({ client, discovery, namespace, revisions, signal }: Place, objects: readonly Rendered[]): Promise<boolean> {
  if ((await revisions.list()).length > 0) return false
  let clean = true
  await sideBySide(objects, 8, async (rendered) => {
    const resource = await discovery.find(rendered.object.apiVersion, rendered.object.kind)
    if (resource === null || !clean) return
    const subject = subjectOf(rendered, namespace)
    if (await client.find(pathOf(resource, resource.namespaced ? subject.namespace : null, subject.name), { signal }) !== null) clean = false
  })
  return clean
}

type Planned = Omit<Staged, 'objects' | 'hooks' | 'changes' | 'unchanged' | 'clean' | 'notes'> & { readonly release: StoredRelease }

async function rendered({ helm, release, signal }: Place, source: ReleaseSource, secrets: Secrets, timeout: number): Promise<Planned> {
  const content = contentOf(source)
  const { createNamespace } = content
  const chart = content.chart.kind === 'folder' ? content.chart.path : await pulled(helm, content.chart, release, signal)
  const defaults = await readFile(join(chart, 'values.yaml'), 'utf8').catch(() => null)
  const values = withSecrets(content.valuesFor(defaults), content, secrets)
  const found = await helm.render({ release, chart, values, timeout, description: '', createNamespace }, signal)
  if (found.release === null) {
    signal.throwIfAborted()
    throw helmFailure(found, 'render the chart', release, source.config.cluster?.chart.kind === 'folder' ? source.config.cluster.chart.path : null)
  }
  const { config } = source
  const [domain = null] = config.domains
  return {
    way: { kind: 'upgrade', chart, values, createNamespace }, release: found.release, version: source.version, releaseId: source.id, commit: source.commit, keep: config.keep,
    floor: config.rollbackFloor, domain, url: domain === null ? null : `${config.tls.kind === 'off' ? 'http' : 'https'}://${domain}`,
  }
}

/** Once, so that what is applied is what was looked at. */
async function pulled(helm: Helm, chart: Exclude<ChartRef, { readonly kind: 'folder' }>, release: string, signal: AbortSignal): Promise<string> {
  const found = await helm.pull(chart, signal)
  if (found.path !== null) return found.path
  signal.throwIfAborted()
  throw helmFailure(found, `bring the chart ${chart.kind === 'oci' ? chart.reference : `${chart.name} of ${chart.url}`}`, release)
}

async function stored({ history, revisions, name }: Place, releaseId: string, again: boolean, serving: Recorded | null, current: StoredRelease | null, foreign: readonly Entry[]): Promise<Planned> {
  const there = new Set((await revisions.list()).map(({ uid }) => uid))
  const entry = [...history.entries, ...foreign as readonly Recorded[]].filter((one) => one.releaseId === releaseId && one.proven && there.has(one.uid) && (!again || one.number === serving?.number)).at(-1)
  const release = typeof entry?.revision !== 'number' ? null : entry.revision === serving?.revision ? current : await revisions.read(entry.revision)
  if (typeof entry?.revision !== 'number' || release === null) {
    throw new Failure({
      code: 'revision-missing', what: `The release ${releaseId} is not in Helm's history on ${name} any more.`, cure: 'Deploy it anew: `operation: deploy` with `version`, and `allow-older: true`.',
    })
  }
  const { version, commit, keep, url, domain, floor = false } = entry
  return { way: again ? { kind: 'restart' } : { kind: 'rollback', revision: entry.revision }, release, version, releaseId, commit, keep, floor, url, domain }
}

/** What each step would do. */
export function planLines({ way, changes, hooks, notes, unchanged }: Staged): { readonly stage: readonly string[]; readonly cutOver: readonly string[] } {
  if (unchanged) return { stage: [], cutOver: [] }
  const how = way.kind === 'upgrade' ? 'helm upgrade' : way.kind === 'rollback' ? `helm rollback to revision ${way.revision}` : 'a restart of all workloads'
  const words = { new: 'new', changed: 'changed', gone: 'removed' } as const
  return {
    stage: [`${how}; validated by the server`, ...notes],
    cutOver: [
      ...hooks.map(({ object }) => `hook ${object.kind} ${object.metadata.name}`),
      ...changes.flatMap(({ kind, title, lines }) => [`${title}: ${words[kind]}`, ...(kind === 'changed' ? lines.map((line) => `  ${line}`) : [])]),
      ...(changes.length === 0 ? [way.kind === 'restart' ? 'all pods are made anew' : 'no object changes'] : []),
    ],
  }
}
