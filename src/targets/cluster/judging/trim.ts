import type { ApiObject, Condition, Container, ContainerStatus, Ended, Kept, Owner, PodParts, PodSpec, Probe, ProbeKind } from './objects'

type Fields = Record<string, unknown>

const keptLabels = ['controller-revision-hash', 'pod-template-generation']
const keptAnnotations = ['deployment.kubernetes.io/revision', 'deprecated.daemonset.template.generation', 'helm.sh/hook']
const keptSpec: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['replicas', 'paused', 'progressDeadlineSeconds'],
  ReplicaSet: ['replicas'],
  StatefulSet: ['replicas', 'podManagementPolicy'],
  Job: ['completions', 'parallelism', 'backoffLimit', 'activeDeadlineSeconds', 'suspend', 'podFailurePolicy', 'backoffLimitPerIndex'],
  CronJob: ['schedule', 'suspend'],
  PersistentVolumeClaim: ['storageClassName'],
}
const keptStatus: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['replicas', 'updatedReplicas', 'availableReplicas', 'readyReplicas'],
  ReplicaSet: ['replicas', 'readyReplicas', 'terminatingReplicas'],
  StatefulSet: ['replicas', 'updatedReplicas', 'availableReplicas', 'readyReplicas', 'updateRevision', 'currentRevision'],
  DaemonSet: ['desiredNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'],
  Job: ['active', 'succeeded', 'failed', 'ready'],
  PersistentVolumeClaim: ['phase'],
  Namespace: ['phase'],
}

/** A kind may be called `constructor`. */
const keptOf = (kept: Readonly<Record<string, readonly string[]>>, kind: string): readonly string[] | undefined => Object.hasOwn(kept, kind) ? kept[kind] : undefined

/** What rules ask of an object; null for what is none (without a name or uid). `previous`: the same object as it was before. */
export function trim(object: ApiObject, previous: Kept | null, share: (spec: PodSpec) => PodSpec): Kept | null {
  const meta = fieldsOf(object.metadata)
  const [kind, apiVersion] = [text(object.kind), text(object.apiVersion)]
  const [name, uid] = [text(meta['name']), text(meta['uid'])]
  if (name === '' || uid === '' || kind === '') return null
  const [spec, status] = [fieldsOf(object['spec']), fieldsOf(object['status'])]
  return {
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind, name, uid,
    namespace: text(meta['namespace']),
    resourceVersion: text(meta['resourceVersion']),
    generation: count(meta['generation']),
    // Some controllers write it as text.
    observedGeneration: count(status['observedGeneration']),
    owners: listOf(meta['ownerReferences']).map((owner): Owner => (
      { kind: text(owner['kind']), name: text(owner['name']), uid: text(owner['uid']) })),
    labels: texts(fieldsOf(meta['labels']), keptLabels),
    annotations: texts(fieldsOf(meta['annotations']), keptAnnotations),
    deleting: text(meta['deletionTimestamp']) !== '',
    conditions: listOf(status['conditions']).map(conditionFrom),
    spec: { ...picked(spec, keptOf(keptSpec, kind) ?? []), ...strategyOf(kind, spec), ...madeSecret(spec), ...revisionOf(kind, object) },
    status: picked(status, keptOf(keptStatus, kind) ?? ['phase']),
    pod: kind === 'Pod' ? podFrom(spec, status, previous?.pod ?? null, share) : null,
  }
}

function conditionFrom(condition: Fields): Condition {
  const generation = count(condition['observedGeneration'])
  return {
    type: text(condition['type']), status: text(condition['status']), reason: text(condition['reason']),
    message: text(condition['message']).slice(0, 2000), turned: Date.parse(text(condition['lastTransitionTime'])) || 0,
    ...(generation === null ? {} : { observedGeneration: generation }),
  }
}

function strategyOf(kind: string, spec: Fields): Fields {
  if (kind !== 'StatefulSet' && kind !== 'DaemonSet') return {}
  const strategy = fieldsOf(spec['updateStrategy'])
  return { strategy: text(strategy['type']), partition: count(fieldsOf(strategy['rollingUpdate'])['partition']) ?? 0 }
}

function revisionOf(kind: string, object: ApiObject): Fields {
  return kind === 'ControllerRevision' ? { revision: count(object['revision']) ?? 0 } : {}
}

/** The Secret that a custom resource says it makes: external-secrets, cert-manager and Vault's operator each name it elsewhere. */
function madeSecret(spec: Fields): Fields {
  const made = text(spec['secretName']) || text(fieldsOf(spec['target'])['name']) || text(fieldsOf(spec['destination'])['name'])
  return made === '' ? {} : { madeSecret: made }
}

function podFrom(spec: Fields, status: Fields, previous: PodParts | null, share: (spec: PodSpec) => PodSpec): PodParts {
  const statuses = [...listOf(status['initContainerStatuses']), ...listOf(status['containerStatuses'])]
  return {
    spec: share(specFrom(spec)),
    node: text(spec['nodeName']),
    phase: text(status['phase']), reason: text(status['reason']), message: text(status['message']),
    nominatedNode: text(status['nominatedNodeName']),
    containers: statuses.map((one) => statusFrom(one, previous?.containers.find(({ name }) => name === one['name']) ?? null)),
  }
}

function specFrom(spec: Fields): PodSpec {
  const volumes = listOf(spec['volumes'])
  return {
    containers: [
      ...listOf(spec['initContainers']).map((one) => containerFrom(one, one['restartPolicy'] === 'Always' ? 'sidecar' : 'init')),
      ...listOf(spec['containers']).map((one) => containerFrom(one, 'main')),
    ],
    restartPolicy: text(spec['restartPolicy']) || 'Always',
    pullSecrets: listOf(spec['imagePullSecrets']).map((one) => text(one['name'])),
    claims: volumes.map((one) => text(fieldsOf(one['persistentVolumeClaim'])['claimName'])).filter((name) => name !== ''),
  }
}

function containerFrom(container: Fields, role: Container['role']): Container {
  const probes: Partial<Record<ProbeKind, Probe>> = {}
  for (const kind of ['startup', 'liveness', 'readiness'] as const) {
    const probe = container[`${kind}Probe`]
    if (probe !== undefined) probes[kind] = probeFrom(fieldsOf(probe))
  }
  return {
    name: text(container['name']), image: text(container['image']), role, probes,
    ports: listOf(container['ports']).map((port) => ({ name: text(port['name']), port: count(port['containerPort']) ?? 0 })),
    memoryLimit: text(fieldsOf(fieldsOf(container['resources'])['limits'])['memory']),
  }
}

function probeFrom(probe: Fields): Probe {
  const how = ['httpGet', 'tcpSocket', 'grpc', 'exec'].find((one) => probe[one] !== undefined) ?? 'exec'
  const handler = fieldsOf(probe[how])
  const port = handler['port']
  const seconds = (name: string, otherwise: number): number => count(probe[name]) ?? otherwise
  return {
    how,
    port: typeof port === 'string' || typeof port === 'number' ? port : null,
    path: text(handler['path']),
    own: text(handler['host']) === '',
    window: (seconds('initialDelaySeconds', 0) + seconds('periodSeconds', 10) * seconds('failureThreshold', 3) + seconds('timeoutSeconds', 1)) * 1000,
  }
}

function statusFrom(status: Fields, previous: ContainerStatus | null): ContainerStatus {
  const [state, last] = [fieldsOf(status['state']), fieldsOf(status['lastState'])]
  const waiting = state['waiting'] === undefined ? null : fieldsOf(state['waiting'])
  const [reason, message] = [text(waiting?.['reason']), text(waiting?.['message']).slice(0, 2000)]
  const pulls = reason === 'ErrImagePull' || reason === 'ImagePullBackOff'
  const fresh = pulls && (reason === 'ErrImagePull' || message.includes('ErrImagePull'))
  return {
    name: text(status['name']), ready: status['ready'] === true, started: status['started'] === true,
    restarts: count(status['restartCount']) ?? 0,
    imageID: text(status['imageID']),
    waiting: waiting === null ? null : { reason, message },
    runningSince: state['running'] === undefined ? null : Date.parse(text(fieldsOf(state['running'])['startedAt'])) || 0,
    ended: endedFrom(state['terminated']),
    endedBefore: endedFrom(last['terminated']),
    pullError: fresh ? message : pulls ? previous?.pullError ?? '' : '',
  }
}

function endedFrom(terminated: unknown): Ended | null {
  if (terminated === undefined) return null
  const fields = fieldsOf(terminated)
  return { exitCode: count(fields['exitCode']) ?? 0, reason: text(fields['reason']), message: text(fields['message']).slice(0, 2000) }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {}
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function count(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null
}

function picked(fields: Fields, names: readonly string[]): Fields {
  const kept: Fields = {}
  for (const name of names) if (fields[name] !== undefined) kept[name] = fields[name]
  return kept
}

function texts(fields: Fields, names: readonly string[]): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of names) if (fields[name] !== undefined) kept[name] = text(fields[name])
  return kept
}
