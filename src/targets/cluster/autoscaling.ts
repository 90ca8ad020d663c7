import { ApiError, pathOf, resources, type KubeObject } from '../../drivers/kubernetes'
import { Failure, throwAll } from '../../errors'
import type { Applying } from './conflicts'
import { groupOf, identity, subjectOf, titled, type Rendered } from './manifest'
import type { Place } from './place'

interface Spec { readonly replicas?: number; readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string } }
interface Live extends KubeObject { readonly spec?: Spec }
const specOf = (object: object): Spec => 'spec' in object ? object.spec ?? {} : {}

export interface Scaled {
  /** As the chart has it now; what it had before counts where the chart leaves `replicas` out from now on. */
  readonly workload: Rendered
  /** What scales it: `HorizontalPodAutoscaler web`. */
  readonly by: string
  readonly replicas: number | null
  readonly before: number | null
  /** What runs; null: it is not there yet. */
  readonly live: number | null
  /** Has an autoscaler set the number that runs? Then the server keeps it for its owner. */
  readonly owned: boolean
}

/**
 * Workloads whose number of pods the chart and an autoscaler both say. Where the chart's number would replace that of the autoscaler, pods in use would go,
 * or too many come: that is an error. Where nothing changes by it just now, it is a line. Throws every `Failure`: `replicas-contested`.
 */
export async function checkAutoscaling(place: Pick<Place, 'client' | 'discovery' | 'namespace' | 'signal'>, objects: readonly Rendered[], before: readonly Rendered[], applying: Applying): Promise<readonly string[]> {
  const { namespace } = place
  const old = new Map(before.map((one) => [identity(one, namespace), one]))
  const counted = objects.filter(({ object }) => groupOf(object.apiVersion) === 'apps')
    .map((workload) => ({ workload, replicas: numberIn(workload), before: numberIn(old.get(identity(workload, namespace))) }))
    .filter(({ replicas, before: was }) => replicas !== null || was !== null)
  if (counted.length === 0) return []
  const { scalers, notes } = await scalersOf(place, objects, before, new Set(counted.map(({ workload }) => subjectOf(workload, namespace).namespace)))
  const failures: Failure[] = []
  for (const { workload, replicas, before: was } of counted) {
    const { kind, name, namespace: where } = subjectOf(workload, namespace)
    const by = scalers.get(`${kind} ${where}/${name}`)
    if (by === undefined) continue
    const resource = await place.discovery.find(workload.object.apiVersion, kind)
    const there = resource === null ? null : await place.client.find<Live>(pathOf(resource, where, name), { signal: place.signal })
    const owned = there?.metadata.managedFields?.some(({ subresource }) => subresource === 'scale') === true
    const told = judged({ workload, by, replicas, before: was, live: there === null ? null : specOf(there).replicas ?? 1, owned }, applying)
    if (told instanceof Failure) failures.push(told)
    else if (told !== null) notes.push(told)
  }
  throwAll(failures)
  return notes
}

/** Null: nobody fights. */
export function judged({ workload, by, replicas, before, live, owned }: Scaled, { by: applied, back }: Applying): Failure | string | null {
  const title = titled(workload)
  if (replicas === null) {
    const falls = live !== null && live > 1 && before !== null && (applied === 'client' || !owned)
    return falls ? `${title}: the chart says no \`replicas\` any more, so Helm sets it to 1, from ${live}, until ${by} scales it again` : null
  }
  const both = `${title} has \`replicas: ${replicas}\` in the chart, and ${by} scales it`
  const differs = live !== null && live !== replicas
  // That it is somebody else's field is told already.
  if (applied === 'server' && differs && (owned || live !== before)) return null
  if (!differs && replicas !== before && before !== null) return null
  if (!differs || live === before) return `${both}: once that has made it more or fewer, an upgrade is refused; ${applied === 'server' ? 'leave `replicas` out of the chart' : `have the chart say what runs: ${whatRuns(workload, replicas)}`}`
  if (back) return `${both}: it goes from ${live} to ${replicas}, until that scales it again`
  return new Failure({
    code: 'replicas-contested', what: `${both}, to ${live} now.`, why: `Helm would set it to ${replicas}, whatever the load is.`,
    cure: `Have the chart say what runs; left out, it would fall to 1 first: ${whatRuns(workload, replicas)}`,
  })
}

/** A template that follows the autoscaler. */
function whatRuns({ object: { kind, metadata: { name } } }: Rendered, first: number): string {
  return `replicas: {{ ((lookup "apps/v1" "${kind}" .Release.Namespace "${name}").spec).replicas | default ${first} }}`
}

function numberIn(workload: Rendered | undefined): number | null {
  return workload === undefined ? null : specOf(workload.object).replicas ?? null
}

/** Workload → what scales it: of the chart, and of the namespaces as far as it stays there. */
async function scalersOf({ client, namespace, signal }: Pick<Place, 'client' | 'namespace' | 'signal'>, objects: readonly Rendered[], before: readonly Rendered[], namespaces: ReadonlySet<string>): Promise<{ readonly scalers: ReadonlyMap<string, string>; readonly notes: string[] }> {
  const scalers = new Map<string, string>()
  const notes: string[] = []
  const add = (object: KubeObject, kind: string, where: string): void => {
    const { scaleTargetRef: target } = specOf(object)
    if (target?.name !== undefined) scalers.set(`${target.kind ?? 'Deployment'} ${where}/${target.name}`, `${kind} ${object.metadata.name}`)
  }
  const isScaler = ({ object: { apiVersion, kind } }: Rendered): boolean => kind === 'HorizontalPodAutoscaler' || (kind === 'ScaledObject' && groupOf(apiVersion) === 'keda.sh')
  const ours = objects.filter(isScaler)
  const kept = new Set(ours.map((one) => identity(one, namespace)))
  const going = new Set(before.filter((one) => isScaler(one) && !kept.has(identity(one, namespace))).map((one) => identity(one, namespace)))
  for (const where of namespaces) {
    try {
      const { items } = await client.get<{ readonly items: readonly KubeObject[] | null }>(pathOf(resources.autoscalers, where), { signal })
      for (const object of items ?? []) {
        const { kind } = resources.autoscalers
        if (!going.has(identity({ object: { ...object, apiVersion: 'autoscaling/v2', kind }, source: '' }, where))) add(object, kind, where)
      }
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) throw error
      if (error.status === 403) notes.push('whether an autoscaler scales what the chart scales is not known: they may not be read (list horizontalpodautoscalers)')
    }
  }
  for (const one of ours) add(one.object, one.object.kind, one.object.metadata.namespace ?? namespace)
  return { scalers, notes: [...new Set(notes)] }
}
