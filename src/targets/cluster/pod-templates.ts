import { titled, type Rendered } from './manifest'

export interface Probe { readonly initialDelaySeconds?: number; readonly periodSeconds?: number; readonly successThreshold?: number }
interface Named { readonly name?: string; readonly optional?: boolean }
export interface ContainerSpec {
  readonly name: string
  readonly image?: string
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly env?: readonly { readonly name: string; readonly valueFrom?: { readonly configMapKeyRef?: Named; readonly secretKeyRef?: Named } }[]
  readonly envFrom?: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[]
}
export interface VolumeSpec {
  readonly configMap?: Named
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean }
  readonly persistentVolumeClaim?: { readonly claimName?: string }
  readonly projected?: { readonly sources?: readonly { readonly configMap?: Named; readonly secret?: Named }[] }
}
export interface PodTemplate {
  /** `Deployment web`. */
  readonly title: string
  readonly namespace: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly containers: readonly ContainerSpec[]
  readonly initContainers: readonly ContainerSpec[]
  readonly volumes: readonly VolumeSpec[]
  readonly serviceAccount: string | undefined
  readonly pullSecrets: readonly string[]
}

interface PodSpec {
  readonly containers?: readonly ContainerSpec[]
  readonly initContainers?: readonly ContainerSpec[]
  readonly volumes?: readonly VolumeSpec[]
  readonly serviceAccountName?: string
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | undefined }
  readonly spec?: PodSpec
}

/** What pods an object of Kubernetes' own kinds makes; empty for others. */
export function podTemplates(rendered: Rendered): readonly PodTemplate[] {
  const { object } = rendered
  const spec = (object['spec'] ?? {}) as { readonly template?: Template; readonly jobTemplate?: { readonly spec?: { readonly template?: Template } } } & PodSpec
  const template: Template | undefined = object.kind === 'Pod' ? { spec, metadata: object.metadata } : object.kind === 'CronJob' ? spec.jobTemplate?.spec?.template
    : /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job)$/.test(object.kind) ? spec.template : undefined
  const pod = template?.spec
  if (pod === undefined) return []
  const { containers = [], initContainers = [], volumes = [], serviceAccountName, imagePullSecrets = [] } = pod
  return [{
    title: titled(rendered), namespace: object.metadata.namespace, labels: template?.metadata?.labels ?? {}, containers, initContainers, volumes, serviceAccount: serviceAccountName,
    pullSecrets: imagePullSecrets.flatMap(({ name }) => name ?? []),
  }]
}
