import type { Finished } from '../../drivers/helm'
import { pathOf } from '../../drivers/kubernetes'
import { groupOf, subjectOf, type Rendered } from './manifest'
import type { Place } from './place'

/** All pods anew, as `kubectl rollout restart` makes them: by an annotation that no chart sets, so that the next upgrade does not see it. */
export async function restart({ client, discovery, namespace, signal }: Place, objects: readonly Rendered[]): Promise<Finished> {
  const at = new Date().toISOString()
  for (const rendered of objects.filter(({ object: { apiVersion, kind } }) => groupOf(apiVersion) === 'apps' && /^(Deployment|StatefulSet|DaemonSet)$/.test(kind))) {
    const { object } = rendered
    const resource = await discovery.find(object.apiVersion, object.kind)
    if (resource === null) continue
    const { name, namespace: where } = subjectOf(rendered, namespace)
    await client.apply(pathOf(resource, where, name), {
      apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace: where },
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at } } } },
    }, { query: { fieldManager: 'slipway-restart', force: true }, signal })
  }
  return { code: 0, stdout: '', stderr: '', interrupted: false }
}
