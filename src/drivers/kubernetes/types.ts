/** An object as the API gives it. Only what all have is named: the rest is for whoever knows its kind. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
  readonly [key: string]: unknown
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  /** Who has set what, and when, by the server's clock. */
  readonly managedFields?: readonly { readonly time?: string; readonly subresource?: string }[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** A kind as the server serves it. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** `deployments`: what stands in paths and in RBAC rules. */
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** `/apis/apps/v1/namespaces/shop/deployments/web`. */
export function pathOf({ group, version, plural, namespaced }: Resource, namespace: string | null, name?: string): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = namespaced && namespace !== null ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${base}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

const core = (plural: string, kind: string): Resource => ({ group: '', version: 'v1', plural, kind, namespaced: true })
const of = (group: string, version: string, plural: string, kind: string): Resource => ({ group, version, plural, kind, namespaced: true })

/** Those that we ask for ourselves; others are found by discovery. */
export const resources = {
  pods: core('pods', 'Pod'),
  events: core('events', 'Event'),
  secrets: core('secrets', 'Secret'),
  claims: core('persistentvolumeclaims', 'PersistentVolumeClaim'),
  deployments: of('apps', 'v1', 'deployments', 'Deployment'),
  replicaSets: of('apps', 'v1', 'replicasets', 'ReplicaSet'),
  jobs: of('batch', 'v1', 'jobs', 'Job'),
  endpointSlices: of('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  autoscalers: of('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  leases: of('coordination.k8s.io', 'v1', 'leases', 'Lease'),
} as const satisfies Record<string, Resource>
