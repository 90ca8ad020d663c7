import { named, type Kept } from '../objects'
import type { Finding, PodCase, PodRule } from '../verdict'

/**
 * A ConfigMap, a Secret or a key of one that the pod names is not there. As variables it shows as `CreateContainerConfigError`, as a
 * volume only by the event `FailedMount`. What is applied in the same moment is waited for; a Secret that a custom resource
 * (ExternalSecret, SealedSecret, Certificate) makes is given a minute, for its operator works after Helm is done.
 */
export const configMissing: PodRule = (at) => [
  ...at.containers.flatMap(({ spec, status: { waiting } }) => {
    if (waiting?.reason !== 'CreateContainerConfigError') return []
    const missing = missingIn(waiting.message)
    return missing === null ? [] : [{ ...tell(at, missing), container: spec.name, event: waiting.message }]
  }),
  ...mounts(at),
]

/** The pod's own settings contradict each other: `runAsNonRoot` with an image that runs as root, for one. No attempt changes that. */
export const configRefused: PodRule = (at) => at.containers.flatMap(({ spec, status: { waiting } }) => {
  if (waiting?.reason !== 'CreateContainerConfigError' || missingIn(waiting.message) !== null) return []
  // The kubelet has not heard of ConfigMaps and Secrets yet; seen on busy nodes.
  const passing = /failed to sync .* cache|timed out|deadline exceeded/i.test(waiting.message)
  const asRoot = /run ?as ?non-?root|non-root policy/i.test(waiting.message)
  return [{
    container: spec.name, event: waiting.message, shared: !passing, grace: passing ? at.patience.passing : at.patience.settle,
    message: asRoot ? `Container ${spec.name} would run as root, which runAsNonRoot forbids.` : `Container ${spec.name} cannot be configured.`,
    cure: asRoot ? 'Give the Dockerfile a line `USER 10001`, or set runAsUser in the securityContext.'
      : `Correct the chart; see: kubectl describe pod ${at.pod.name} --namespace ${at.pod.namespace}`,
  }]
})

interface Missing {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** Null: all of it. */
  readonly key: string | null
}

/** The kubelet's wordings, for variables and for volumes. Null: it speaks of something else. */
export function missingIn(message: string): Missing | null {
  const whole = /\b(configmap|secret)s? "([^"]+)" not found/i.exec(message)
  if (whole !== null) return { kind: kindOf(whole[1]), name: whole[2] ?? '', key: null }
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) (?:[^/\s]+\/)?(\S+)/i.exec(message)
  if (key !== null) return { kind: kindOf(key[2]), name: key[3] ?? '', key: key[1] ?? '' }
  const item = /references non-existent (config|secret) key: (\S+)/i.exec(message)
  if (item !== null) return { kind: item[1] === 'secret' ? 'Secret' : 'ConfigMap', name: '', key: item[2] ?? '' }
  return null
}

/** A pod that waits for its volumes says only `ContainerCreating`; the event speaks of it as long as none of them runs. */
function mounts(at: PodCase): readonly Finding[] {
  if (at.parts.phase !== 'Pending' || !at.containers.every(({ status }) => status.runningSince === null && status.ended === null)) return []
  const said = at.said.findLast(({ reason, message }) => reason === 'FailedMount' && missingIn(message) !== null)
  const missing = said === undefined ? null : missingIn(said.message)
  if (said === undefined || missing === null) return []
  const known = missing.name === '' ? null : at.world.get({ group: '', kind: missing.kind, namespace: at.pod.namespace, name: missing.name })
  // It has come since; the kubelet tries again only after a while.
  if (known !== null && missing.key === null) return []
  const [, volume = ''] = /for volume "([^"]+)"/.exec(said.message) ?? []
  return [{ ...tell(at, missing, volume), event: said.message }]
}

function tell(at: PodCase, { kind, name, key }: Missing, volume = ''): Finding {
  const { namespace } = at.pod
  const maker = kind === 'Secret' ? makerOf(at, name) : null
  // A volume's trouble names the key, and not in what it was looked for.
  const what = name === '' ? `The ${kind} of volume ${volume}` : `${kind} ${name}`
  return {
    message: `${key === null ? `There is no ${what}` : `${what} has no key ${key}`}, which the pod needs${maker === null ? '' : `; ${named(maker)} should have made it`}.`,
    cure: maker !== null ? `See why not: kubectl describe ${maker.kind.toLowerCase()} ${maker.name} --namespace ${namespace}`
      : key === null ? `Make it before the rollout, or put it into the chart: kubectl create ${kind === 'Secret' ? 'secret generic' : 'configmap'} ${name} --namespace ${namespace} …`
        : `Add the key, or correct its name in the chart: kubectl describe ${name === '' ? `pod ${at.pod.name}` : `${kind.toLowerCase()} ${name}`} --namespace ${namespace}`,
    grace: maker === null ? at.patience.appears : at.patience.made, shared: true,
  }
}

/** Who makes a Secret of that name: by what it says it makes, or by its own name. */
function makerOf(at: PodCase, name: string): Kept | null {
  for (const other of at.world.all()) {
    if (other.namespace !== at.pod.namespace || other.group === '' || other.group === 'apps') continue
    if (other.spec['madeSecret'] === name || (other.name === name && /secret/i.test(other.kind))) return other
  }
  return null
}

function kindOf(word: string | undefined): 'ConfigMap' | 'Secret' {
  return word?.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap'
}
