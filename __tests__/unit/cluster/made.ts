import { judge, patience, World, type ApiObject, type Cause, type Patience, type Subject, type Verdict } from '../../../src/targets/cluster/judging'

/** Objects in the shape in which the API of Kubernetes 1.30–1.34 gives them, and a watch with a clock that is set by hand. */
export class Watch {
  readonly world = new World()
  now = 1_000_000
  #version = 0

  put(...objects: ApiObject[]): void {
    for (const object of objects) {
      this.#version += 1
      this.world.put({ ...object, metadata: { resourceVersion: String(this.#version), ...object.metadata } }, this.now)
    }
  }

  judge(subject: ApiObject, others: Partial<Patience> = {}): Verdict {
    return judge(this.world, subjectOf(subject), this.now, { ...patience, ...others })
  }

  /** Judges now, and again after so many ms. */
  after(ms: number, subject: ApiObject, others: Partial<Patience> = {}): Verdict {
    this.judge(subject, others)
    this.now += ms
    return this.judge(subject, others)
  }
}

export function subjectOf({ apiVersion = '', kind = '', metadata }: ApiObject): Subject {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
  return { group, kind, namespace: textOf(metadata?.['namespace']), name: textOf(metadata?.['name']) }
}

const textOf = (value: unknown): string => typeof value === 'string' ? value : ''

export const rulesOf = ({ causes }: Verdict): string[] => causes.map(({ rule }: Cause) => rule)

type Fields = Record<string, unknown>

/** Any object: metadata, spec and status are laid over what is usual. */
export function object(apiVersion: string, kind: string, name: string, { metadata, ...rest }: { metadata?: Fields; spec?: Fields; status?: Fields; [more: string]: unknown } = {}): ApiObject {
  return { apiVersion, kind, metadata: { name, namespace: 'shop', uid: `${kind}-${name}`, generation: 1, managedFields: [{ manager: 'helm', fieldsV1: {} }], ...metadata }, ...rest }
}

export function ownedBy({ apiVersion, kind, metadata }: ApiObject): Fields[] {
  return [{ apiVersion, kind, name: metadata?.['name'], uid: metadata?.['uid'], controller: true, blockOwnerDeletion: true }]
}

export function deployment(spec: Fields = {}, status: Fields = {}, metadata: Fields = {}): ApiObject {
  return object('apps/v1', 'Deployment', 'web', {
    metadata: { generation: 2, annotations: { 'deployment.kubernetes.io/revision': '2' }, ...metadata },
    spec: { replicas: 3, progressDeadlineSeconds: 600, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, ...spec },
    status: {
      observedGeneration: 2, replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 1,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' },
        { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: 'ReplicaSet "web-2" is progressing.' },
      ], ...status,
    },
  })
}

/** `web-1` is the old one, `web-2` the new one. */
export function replicaSet(revision: number, spec: Fields = {}, status: Fields = {}): ApiObject {
  return object('apps/v1', 'ReplicaSet', `web-${revision}`, {
    metadata: { annotations: { 'deployment.kubernetes.io/revision': String(revision) }, ownerReferences: ownedBy(deployment()) },
    spec: { replicas: revision === 1 ? 3 : 1, ...spec }, status: { replicas: revision === 1 ? 3 : 1, observedGeneration: 1, ...status },
  })
}

export const app = (more: Fields = {}): Fields => ({
  name: 'app', image: 'registry.example/shop/web:2', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  readinessProbe: { httpGet: { path: '/', port: 'http', scheme: 'HTTP' }, periodSeconds: 1, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 },
  resources: { limits: { memory: '64Mi' } }, imagePullPolicy: 'IfNotPresent', ...more,
})

/** A pod of the new ReplicaSet, scheduled and pending, unless told otherwise. */
export function pod(name: string, { owner = replicaSet(2), containers = [app()], spec, status, metadata }: {
  owner?: ApiObject | null; containers?: Fields[]; spec?: Fields; status?: Fields; metadata?: Fields
} = {}): ApiObject {
  return object('v1', 'Pod', name, {
    metadata: { generation: undefined, ...(owner === null ? {} : { ownerReferences: ownedBy(owner) }), ...metadata },
    spec: { containers, nodeName: 'node-a', restartPolicy: 'Always', ...spec },
    status: { phase: 'Pending', conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False', 'ContainersNotReady')], ...status },
  })
}

export const condition = (type: string, status: string, reason = '', message = '', at = '2026-11-27T12:00:10Z'): Fields => (
  { type, status, lastProbeTime: null, lastTransitionTime: at, ...(reason === '' ? {} : { reason, message }) })

export const status = (state: Fields, more: Fields = {}): Fields => ({
  name: 'app', image: 'registry.example/shop/web:2', imageID: '', ready: false, started: false, restartCount: 0, state, lastState: {}, ...more,
})

export const waiting = (reason: string, message?: string): Fields => ({ waiting: { reason, ...(message === undefined ? {} : { message }) } })
export const running = (at = '2026-11-27T12:00:00Z'): Fields => ({ running: { startedAt: at } })
export const ended = (exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error', message?: string): Fields => ({
  terminated: { exitCode, reason, startedAt: '2026-11-27T12:00:00Z', finishedAt: '2026-11-27T12:00:01Z', containerID: 'containerd://0a', ...(message === undefined ? {} : { message }) },
})

/** A pod whose one container stands like that. */
export const podWith = (name: string, state: Fields, more: Fields = {}, made: Parameters<typeof pod>[1] = {}): ApiObject => (
  pod(name, { ...made, status: { ...pod('x')['status'] as Fields, phase: 'running' in state ? 'Running' : 'Pending', containerStatuses: [status(state, more)], ...made.status } }))

export const readyPod = (name: string, made: Parameters<typeof pod>[1] = {}): ApiObject => pod(name, {
  ...made, status: {
    phase: 'Running', conditions: [condition('PodScheduled', 'True'), condition('Ready', 'True')],
    containerStatuses: [status(running(), { ready: true, started: true, imageID: 'registry.example/shop/web@sha256:aa' })], ...made.status,
  },
})

let events = 0

export function event(about: ApiObject, reason: string, message: string, more: Fields = {}): ApiObject {
  events += 1
  return object('v1', 'Event', `e.${events}`, {
    involvedObject: { kind: about.kind, namespace: 'shop', name: about.metadata?.['name'], uid: about.metadata?.['uid'], apiVersion: about.apiVersion },
    reason, message, type: 'Warning', count: 1, source: { component: 'kubelet', host: 'node-a' }, reportingComponent: 'kubelet', ...more,
  })
}

/** As the scheduler leaves a pod that no node takes. */
export const unscheduledPod = (name: string, message: string, made: Parameters<typeof pod>[1] = {}): ApiObject => pod(name, {
  ...made, spec: { nodeName: undefined, ...made.spec },
  status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable', message)], ...made.status },
})

/** A watch in which the rollout of `web` has begun, with its old pods serving. */
export function rollout(...put: ApiObject[]): Watch {
  const watch = new Watch()
  const old = { owner: replicaSet(1) }
  watch.put(deployment({}, { observedGeneration: 1, updatedReplicas: 3, replicas: 3 }, { generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' } }))
  watch.put(replicaSet(1), readyPod('web-1-a', old), readyPod('web-1-b', old), readyPod('web-1-c', old))
  watch.world.follow(subjectOf(deployment()))
  watch.world.begin()
  watch.put(deployment(), replicaSet(2), ...put)
  return watch
}
