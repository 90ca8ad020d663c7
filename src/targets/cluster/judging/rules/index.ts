import type { ObjectRule, PodRule } from '../verdict'
import { admissionRefused, namespaceTerminating, podsRefused, quotaExceeded } from './admission'
import { configMissing, configRefused } from './config'
import { crashAtStart, endsAtOnce, initContainerFailed, outOfMemory, probeKills } from './crash'
import { resourceStalled, scalerCannotScale } from './custom'
import { jobFailed, podFailed } from './ends'
import { imageArchitecture, imageMissing, imageNameInvalid, imagePrivate, imageUnreachable } from './image'
import { probePortRefused, probePortUnknown } from './probes'
import { deleted, neverReady, oldPodInTheWay, paused, progressDeadline } from './rollout'
import { nodeCannotHost, podsTurnedAway, unschedulable } from './scheduling'
import { containerCannotStart, wrongArchitecture } from './start'
import { claimUnbound } from './storage'

/** Names are those of docs/cluster-rules.md, and part of the report. */
export const podRules = {
  'image-missing': imageMissing,
  'image-private': imagePrivate,
  'image-architecture': imageArchitecture,
  'image-unreachable': imageUnreachable,
  'image-name-invalid': imageNameInvalid,
  'config-missing': configMissing,
  'config-refused': configRefused,
  'wrong-architecture': wrongArchitecture,
  'container-cannot-start': containerCannotStart,
  'out-of-memory': outOfMemory,
  'probe-kills': probeKills,
  'crash-at-start': crashAtStart,
  'init-container-failed': initContainerFailed,
  'ends-at-once': endsAtOnce,
  'probe-port-unknown': probePortUnknown,
  'probe-port-refused': probePortRefused,
  'unschedulable': unschedulable,
  'node-cannot-host': nodeCannotHost,
  'pod-failed': podFailed,
} satisfies Record<string, PodRule>

/** Of whatever there is. */
export const always = { 'deleted': deleted, 'never-ready': neverReady } satisfies Record<string, ObjectRule>

/** Of what makes pods. */
const makers = {
  'namespace-terminating': namespaceTerminating,
  'quota-exceeded': quotaExceeded,
  'admission-refused': admissionRefused,
  'pods-refused': podsRefused,
} satisfies Record<string, ObjectRule>

const workloads = { ...makers, 'pods-turned-away': podsTurnedAway, 'paused': paused, 'progress-deadline': progressDeadline } satisfies Record<string, ObjectRule>

/** By kind; what is not named here is judged as a custom resource. */
export const objectRules: Readonly<Record<string, Readonly<Record<string, ObjectRule>>>> = {
  Deployment: { ...always, ...workloads },
  StatefulSet: { ...always, ...workloads, 'old-pod-in-the-way': oldPodInTheWay },
  DaemonSet: { ...always, ...workloads },
  Job: { ...always, ...makers, 'job-failed': jobFailed },
  Pod: always,
  PersistentVolumeClaim: { ...always, 'claim-unbound': claimUnbound },
  HorizontalPodAutoscaler: { ...always, 'scaler-cannot-scale': scalerCannotScale },
}

export const customRules = { ...always, 'resource-stalled': resourceStalled } satisfies Record<string, ObjectRule>

export const ruleNames: readonly string[] = [...new Set([
  ...Object.keys(podRules), ...Object.keys(customRules), ...Object.values(objectRules).flatMap((rules) => Object.keys(rules)),
])]
