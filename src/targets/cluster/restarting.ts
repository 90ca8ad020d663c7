import type { Finished } from '../../drivers/helm'
import { pathOf, type KubeObject } from '../../drivers/kubernetes'
import { groupOf, subjectOf, type Rendered } from './manifest'
import type { Place } from './place'

const annotation = 'kubectl.kubernetes.io/restartedAt'
const manager = 'slipway-restart'

/** Path of a workload, and the annotation that its pods had before; null: none. */
export type Restarted = ReadonlyMap<string, { readonly object: Rendered['object']; readonly namespace: string; readonly before: string | null }>

/** What would be restarted, as it is. */
export async function restartable({ client, discovery, namespace, signal }: Place, objects: readonly Rendered[]): Promise<Restarted> {
  const found = new Map<string, { readonly object: Rendered['object']; readonly namespace: string; readonly before: string | null }>()
  for (const rendered of objects.filter(({ object: { apiVersion, kind } }) => groupOf(apiVersion) === 'apps' && /^(Deployment|StatefulSet|DaemonSet)$/.test(kind))) {
    const { object } = rendered
    const resource = await discovery.find(object.apiVersion, object.kind)
    if (resource === null) continue
    const { name, namespace: where } = subjectOf(rendered, namespace)
    const path = pathOf(resource, where, name)
    const there = await client.find<KubeObject & { readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } } }>(path, { signal })
    if (there !== null) found.set(path, { object, namespace: where, before: there.spec?.template?.metadata?.annotations?.[annotation] ?? null })
  }
  return found
}

/** All pods anew, as `kubectl rollout restart` makes them: by an annotation that no chart sets, so that the next upgrade does not see it. */
export async function restart(place: Place, what: Restarted): Promise<Pick<Finished, 'code' | 'stdout' | 'stderr'>> {
  const at = new Date().toISOString()
  for (const [path, { object, namespace }] of what) await annotate(place, path, object, namespace, at)
  return { code: 0, stdout: '', stderr: '' }
}

/** The pods of before, which are there still as far as nothing has replaced them. */
export async function takeBack(place: Place, what: Restarted): Promise<Pick<Finished, 'code' | 'stdout' | 'stderr'>> {
  for (const [path, { object, namespace, before }] of what) await annotate(place, path, object, namespace, before)
  return { code: 0, stdout: '', stderr: '' }
}

/** Null: without it. What one manager does not say any more goes. */
async function annotate({ client, signal }: Place, path: string, { apiVersion, kind, metadata: { name } }: Rendered['object'], namespace: string, at: string | null): Promise<void> {
  const spec = at === null ? {} : { spec: { template: { metadata: { annotations: { [annotation]: at } } } } }
  await client.apply(path, { apiVersion, kind, metadata: { name, namespace }, ...spec }, { query: { fieldManager: manager, force: true }, signal })
}
