import { ApiError, pathOf, resources, type KubernetesClient, type Resource } from '../../drivers/kubernetes'
import { Failure, throwAll } from '../../errors'
import type { Rendered } from './manifest'
import { podTemplates } from './pod-templates'
import { sideBySide } from './side-by-side'

/** Requests at once. */
const most = 8

interface Reference { readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim'; readonly name: string; readonly namespace: string; readonly by: string; readonly pulls: boolean }

const served: Readonly<Record<Reference['kind'], Resource>> = {
  ConfigMap: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  Secret: resources.secrets,
  ServiceAccount: { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
  PersistentVolumeClaim: resources.claims,
}

/** What pods need and neither the chart nor the namespace has. Lines for what may not be asked. Throws every `Failure`: `reference-missing`. */
export async function checkReferences(client: KubernetesClient, namespace: string, objects: readonly Rendered[], signal: AbortSignal): Promise<readonly string[]> {
  const made = new Set(objects.map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`))
  const wanted = new Map<string, Reference>()
  for (const reference of objects.flatMap((one) => referencesOf(one, namespace))) {
    const key = `${reference.kind} ${reference.namespace}/${reference.name}`
    if (!made.has(key) && !wanted.has(key)) wanted.set(key, reference)
  }
  const failures: Failure[] = []
  const unasked = new Set<string>()
  await sideBySide([...wanted.values()], most, async (reference) => {
    try {
      const there = await client.find(pathOf(served[reference.kind], reference.namespace, reference.name), { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', signal })
      if (there === null) failures.push(missing(reference))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 403) throw error
      unasked.add(served[reference.kind].plural)
    }
  })
  throwAll(failures)
  return [...unasked].sort().map((plural) => `whether all ${plural} are there that pods need is not known: they may not be read (get ${plural})`)
}

function referencesOf(rendered: Rendered, namespace: string): readonly Reference[] {
  return podTemplates(rendered).flatMap((template) => {
    const found: Reference[] = []
    const add = (kind: Reference['kind'], name: string | undefined, optional = false, pulls = false): void => {
      if (name !== undefined && name !== '' && !optional) found.push({ kind, name, namespace: template.namespace ?? namespace, by: template.title, pulls })
    }
    for (const { env = [], envFrom = [] } of [...template.containers, ...template.initContainers]) {
      for (const { valueFrom } of env) {
        add('ConfigMap', valueFrom?.configMapKeyRef?.name, valueFrom?.configMapKeyRef?.optional)
        add('Secret', valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.optional)
      }
      for (const { configMapRef, secretRef } of envFrom) {
        add('ConfigMap', configMapRef?.name, configMapRef?.optional)
        add('Secret', secretRef?.name, secretRef?.optional)
      }
    }
    for (const { configMap, secret, persistentVolumeClaim, projected } of template.volumes) {
      add('ConfigMap', configMap?.name, configMap?.optional)
      add('Secret', secret?.secretName, secret?.optional)
      add('PersistentVolumeClaim', persistentVolumeClaim?.claimName)
      for (const source of projected?.sources ?? []) {
        add('ConfigMap', source.configMap?.name, source.configMap?.optional)
        add('Secret', source.secret?.name, source.secret?.optional)
      }
    }
    add('ServiceAccount', template.serviceAccount)
    for (const name of template.pullSecrets) add('Secret', name, false, true)
    return found
  })
}

function missing({ kind, name, namespace, by, pulls }: Reference): Failure {
  const what = pulls ? 'pull secret' : kind
  const cure = pulls ? `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=… --docker-username=…`
    : kind === 'Secret' ? `kubectl create secret generic ${name} --namespace ${namespace} --from-literal=KEY=…`
      : kind === 'ConfigMap' ? `kubectl create configmap ${name} --namespace ${namespace} --from-literal=KEY=…` : kind === 'ServiceAccount'
        ? `kubectl create serviceaccount ${name} --namespace ${namespace}` : `make a PersistentVolumeClaim ${name} in ${namespace}`
  return new Failure({
    code: 'reference-missing', what: `${by} needs the ${what} ${name}, which is neither in ${namespace} nor in the chart.`, why: 'Its pods could not start.',
    cure: `Make it (${cure}), or correct its name; if pods can do without, mark it \`optional: true\`.`,
  })
}
