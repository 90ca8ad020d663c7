import { ApiError, pathOf, resources, type KubernetesClient, type Resource } from '../../drivers/kubernetes'
import { Failure, throwAll } from '../../errors'
import type { HookObject } from './hooks'
import type { Rendered } from './manifest'
import { podTemplates } from './pod-templates'
import { sideBySide } from '../../concurrency/side-by-side'

/** Requests at once. */
const most = 8

interface Reference {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim'
  readonly name: string
  readonly namespace: string
  readonly by: string
  readonly pulls: boolean
  /** The chart has it too, and makes it when the hook that needs it has run. */
  readonly later?: boolean
}

const served: Readonly<Record<Reference['kind'], Resource>> = {
  ConfigMap: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  Secret: resources.secrets,
  ServiceAccount: { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
  PersistentVolumeClaim: resources.claims,
}

/**
 * What pods need and neither the chart nor the namespace has, by the time they start: a hook that runs first has what earlier hooks make, and nothing of the
 * release. Lines for what may not be asked. Throws every `Failure`: `reference-missing`.
 */
export async function checkReferences(client: KubernetesClient, namespace: string, objects: readonly Rendered[], hooks: readonly HookObject[], signal: AbortSignal): Promise<readonly string[]> {
  const keysOf = (items: readonly Rendered[]): ReadonlySet<string> => new Set(items.map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`))
  const made = keysOf([...objects, ...hooks])
  const wanted = new Map<string, Reference>()
  const want = (one: Rendered, there: ReadonlySet<string>): void => {
    for (const reference of referencesOf(one, namespace)) {
      const key = `${reference.kind} ${reference.namespace}/${reference.name}`
      if (!there.has(key) && !wanted.has(key)) wanted.set(key, made.has(key) ? { ...reference, later: true } : reference)
    }
  }
  for (const hook of hooks) want(hook, hook.early ? keysOf(hooks.filter(({ early, weight }) => early && weight <= hook.weight)) : made)
  for (const one of objects) want(one, made)
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

function missing({ kind, name, namespace, by, pulls, later = false }: Reference): Failure {
  const what = pulls ? 'pull secret' : kind
  if (later) {
    return new Failure({
      code: 'reference-missing', what: `The hook ${by} needs the ${what} ${name}, which the chart makes only after it has run.`, why: 'Its pods could not start, and Helm would wait for them.',
      cure: kind === 'PersistentVolumeClaim'
        // Helm removes a hook before it makes it anew: the data would be gone.
        ? `Have the hook run after the release is applied (\`post-install,post-upgrade\`), or make the claim outside of the chart.`
        : `Make ${name} a hook of the same kind, with a smaller \`helm.sh/hook-weight\`${kind === 'ServiceAccount' ? ' (it is made anew at each upgrade then, so give the pods that serve another one)' : ''}; or have the hook run after the release is applied.`,
    })
  }
  const cure = pulls ? `kubectl create secret docker-registry ${name} --namespace ${namespace} --docker-server=… --docker-username=…`
    : kind === 'Secret' ? `kubectl create secret generic ${name} --namespace ${namespace} --from-literal=KEY=…`
      : kind === 'ConfigMap' ? `kubectl create configmap ${name} --namespace ${namespace} --from-literal=KEY=…` : kind === 'ServiceAccount'
        ? `kubectl create serviceaccount ${name} --namespace ${namespace}` : `make a PersistentVolumeClaim ${name} in ${namespace}`
  return new Failure({
    code: 'reference-missing', what: `${by} needs the ${what} ${name}, which is neither in ${namespace} nor in the chart.`, why: 'Its pods could not start.',
    cure: `Make it (${cure}), or correct its name; if pods can do without, mark it \`optional: true\`.`,
  })
}
