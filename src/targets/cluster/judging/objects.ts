/**
 * What is kept of the API's objects. Names are Kubernetes' own; what no rule asks for is dropped by `trim.ts`. A field that the
 * API leaves out is left out here too.
 */

/** An object as it comes from the API: a body of GET, an item of a list, or `object` of a watch event. */
export interface ApiObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: Record<string, unknown>
  readonly [field: string]: unknown
}

/** What is judged. `group` is empty for the core group; `namespace` for what has none. */
export interface Subject {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  /** When it last turned, by the API's clock in ms. */
  readonly turned: number
  readonly observedGeneration?: number
}

export interface Kept extends Subject {
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number | null
  readonly observedGeneration: number | null
  readonly owners: readonly Owner[]
  /** Only those that rules ask for. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly deleting: boolean
  readonly conditions: readonly Condition[]
  /** Numbers, strings and flags of `spec` and `status` that this kind is judged by. */
  readonly spec: Readonly<Record<string, unknown>>
  readonly status: Readonly<Record<string, unknown>>
  readonly pod: PodParts | null
}

export interface PodParts {
  /** One object for all pods that are alike, so 2,000 pods cost as much as their templates. */
  readonly spec: PodSpec
  readonly node: string
  readonly phase: string
  readonly reason: string
  readonly message: string
  readonly nominatedNode: string
  readonly containers: readonly ContainerStatus[]
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly restartPolicy: string
  readonly pullSecrets: readonly string[]
  readonly claims: readonly string[]
}

export interface Container {
  readonly name: string
  readonly image: string
  /** `init`: runs to its end before the others. `sidecar`: begins with those, and stays. */
  readonly role: 'main' | 'init' | 'sidecar'
  readonly ports: readonly { readonly name: string; readonly port: number }[]
  readonly memoryLimit: string
  readonly probes: Readonly<Partial<Record<ProbeKind, Probe>>>
}

export type ProbeKind = 'startup' | 'liveness' | 'readiness'

export interface Probe {
  /** `httpGet`, `tcpSocket`, `grpc` and `exec`. */
  readonly how: string
  /** A name, or a number; null for `exec`. */
  readonly port: string | number | null
  readonly path: string
  /** Whether the kubelet asks the pod, and not another host. */
  readonly own: boolean
  /** Milliseconds from the container's start until the probe has failed for good. */
  readonly window: number
}

export interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly started: boolean
  readonly restarts: number
  readonly imageID: string
  readonly waiting: { readonly reason: string; readonly message: string } | null
  /** When it was started, by the node's clock in ms; null: it does not run. */
  readonly runningSince: number | null
  readonly ended: Ended | null
  readonly endedBefore: Ended | null
  /** The last pull error with its reason: `ImagePullBackOff` says it only from Kubernetes 1.31 on. */
  readonly pullError: string
}

export interface Ended {
  readonly exitCode: number
  readonly reason: string
  readonly message: string
}

/** The key by which an object is told from all others. */
export function keyOf({ group, kind, namespace, name }: Subject): string {
  return `${group}/${kind}/${namespace}/${name}`
}

/** `pod/web-6d5f`, as kubectl takes it. */
export function named({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind.toLowerCase()}/${name}`
}

export function conditionOf(object: Kept, type: string): Condition | null {
  return object.conditions.find((condition) => condition.type === type) ?? null
}

/** Whether the controller has seen the newest spec; a controller that does not say so is believed. */
export function observed(object: Kept): boolean {
  return object.generation === null || object.observedGeneration === null || object.observedGeneration >= object.generation
}

export function numberIn(fields: Readonly<Record<string, unknown>>, name: string, otherwise: number): number {
  const value = fields[name]
  return typeof value === 'number' ? value : otherwise
}

export function textIn(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}
