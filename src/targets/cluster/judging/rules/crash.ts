import { conditionOf, type Ended, type Kept } from '../objects'
import { soon, type ContainerCase, type Finding, type PodCase, type PodRule } from '../verdict'
import { endedRuns } from '../world'
import { refusalOf } from './start'

/** A shell's words for a command that is not there, or that may not be executed: the same at each attempt. */
const commandMissing = [126, 127]

/**
 * The process ends with an error, and so did the run before. The kubelet starts it again at once after the first time, and the
 * second end shows 1–3 s later: soon enough. A container that runs is never doomed for what it did earlier, so whoever
 * crashes once because the database is late lives. On a first installation the database may be in the same chart:
 * while another workload that serves nobody yet is starting as it should, it takes four, the last 45 s after the second.
 */
export const crashAtStart: PodRule = (at) => crashes(at, 'main', ({ spec }, last, runs) => ({
  message: `${spec.name} ends with exit code ${last.exitCode}${signalOf(last)} soon after its start${runs > 1 ? `, ${runs} times so far` : ''}.`,
  cure: commandMissing.includes(last.exitCode) ? 'The command was not found or is not executable: correct `command` in the chart or the Dockerfile.'
    : `Read its log: kubectl logs ${at.pod.name} --container ${spec.name} --previous --namespace ${at.pod.namespace}`,
}))

/** As `crash-at-start`, of a container that has to be done before the others begin. */
export const initContainerFailed: PodRule = (at) => crashes(at, 'init', ({ spec }, last, runs) => ({
  message: `Init container ${spec.name} failed with exit code ${last.exitCode}${signalOf(last)}${runs > 1 ? `, ${runs} times so far` : ''}; the others wait for it.`,
  cure: `Read its log: kubectl logs ${at.pod.name} --container ${spec.name} --namespace ${at.pod.namespace}`,
}))

/**
 * The kernel ended it at its memory limit. The limit does not depend on anything that may be late, so once is enough. Some
 * nodes do not tell the reason (cgroup v1): then it is a SIGKILL that the kubelet did not send, in a container that has a limit, and
 * it has to come twice.
 */
export const outOfMemory: PodRule = (at) => at.containers.flatMap((one) => {
  const ended = badEnd(at, one)
  if (ended === null || !isOutOfMemory(at, one, ended.last)) return []
  const { memoryLimit, name } = one.spec
  const told = ended.last.reason === 'OOMKilled'
  const limit = `its limit${memoryLimit === '' ? '' : ` of ${memoryLimit}`}`
  return [{
    container: name, grace: ended.runs >= (told ? at.patience.outOfMemory : at.patience.crashes) ? 0 : Infinity, wantsLogs: true,
    message: told ? `${name} needs more memory than ${limit}.` : `${name} is ended by SIGKILL and not by the kubelet: most likely it needs more memory than ${limit}.`,
    cure: 'Raise resources.limits.memory in the values of the chart, or let it need less: fewer workers, a smaller heap.',
  }]
})

/** It ends without an error, though it should stay: a command that forks, or a shell without a terminal. Twice, as above. */
export const endsAtOnce: PodRule = (at) => at.containers.flatMap((one) => {
  if (one.spec.role === 'init' || at.ownedBy === 'job' || at.parts.spec.restartPolicy !== 'Always') return []
  const last = lastEnd(one)
  const runs = newRuns(at, one)
  if (last?.exitCode !== 0 || runs < at.patience.crashes || killedByProbe(at, one) !== null) return []
  return [{
    container: one.spec.name, grace: 0, wantsLogs: true,
    message: `${one.spec.name} comes to its end without an error, ${runs} times so far, where a service should stay.`,
    cure: 'Let its command run in the foreground; what should run once is a Job.',
  }]
})

/** Its own start-up or liveness probe had the kubelet end it, twice: it will not be given more time than that. */
export const probeKills: PodRule = (at) => at.containers.flatMap((one) => {
  const killed = killedByProbe(at, one)
  if (killed === null || newRuns(at, one) < at.patience.crashes || one.status.ready) return []
  const [, kind = 'liveness'] = /failed (startup|liveness) probe/.exec(killed) ?? []
  const answer = at.said.findLast(({ reason, message }) => reason === 'Unhealthy' && message.toLowerCase().startsWith(`${kind} probe`))
  return [{
    container: one.spec.name, event: answer?.message ?? killed, grace: 0, wantsLogs: true,
    message: `The ${kind} probe of ${one.spec.name} fails, so the kubelet ended it, ${newRuns(at, one)} times so far.`,
    cure: `Correct path and port of the ${kind} probe, or give it more time: a startupProbe with a higher failureThreshold.`,
  }]
})

function crashes(
  at: PodCase, role: 'main' | 'init', say: (one: ContainerCase, last: Ended, runs: number) => Pick<Finding, 'message' | 'cure'>,
): readonly Finding[] {
  // A Job counts for itself how often its pods may fail, and a pod that is never started again has failed as a whole.
  if (at.ownedBy === 'job' || at.parts.spec.restartPolicy === 'Never') return []
  return at.containers.flatMap((one) => {
    if ((one.spec.role === 'init') !== (role === 'init')) return []
    const ended = badEnd(at, one)
    if (ended === null || isOutOfMemory(at, one, ended.last) || killedByProbe(at, one) !== null || refusalOf(one) !== null) return []
    const final = commandMissing.includes(ended.last.exitCode)
    const lenient = !final && ended.runs >= at.patience.crashes && othersStart(at)
    const allowed = final ? 1 : lenient ? at.patience.crashesWhileOthersStart : at.patience.crashes
    return [{
      ...say(one, ended.last, ended.runs), container: one.spec.name, wantsLogs: true,
      // Below that it is worth a word, but time alone does not make it doom.
      grace: ended.runs >= allowed ? 0 : Infinity, ...(lenient ? { recheck: soon } : {}),
      ...(ended.last.message === '' ? {} : { event: ended.last.message }),
    }]
  })
}

/** The last end, if it was a bad one and the container does not run again. */
function badEnd(at: PodCase, one: ContainerCase): { readonly last: Ended; readonly runs: number } | null {
  const last = lastEnd(one)
  const runs = newRuns(at, one)
  return last === null || last.exitCode === 0 || runs < 1 ? null : { last, runs }
}

function lastEnd({ status }: ContainerCase): Ended | null {
  return status.runningSince === null ? status.ended ?? status.endedBefore : null
}

/** Runs that ended since the rollout began. */
function newRuns(at: PodCase, { spec, status }: ContainerCase): number {
  return endedRuns(status) - at.world.endedBefore(at.pod.uid, spec.name)
}

function killedByProbe(at: PodCase, { spec }: ContainerCase): string | null {
  return at.said.findLast(({ reason, message }) =>
    reason === 'Killing' && message.includes(`Container ${spec.name} failed `) && /failed (startup|liveness) probe/.test(message))?.message ?? null
}

function isOutOfMemory(at: PodCase, { spec }: ContainerCase, last: Ended): boolean {
  if (last.reason === 'OOMKilled') return true
  return last.exitCode === 137 && spec.memoryLimit !== '' && !at.said.some(({ reason }) => reason === 'Killing')
}

function signalOf({ exitCode }: Ended): string {
  const names: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' }
  const name = names[exitCode]
  return name === undefined ? '' : ` (${name})`
}

/** Is there another workload of the rollout that serves nobody yet, and is starting as it should? */
function othersStart(at: PodCase): boolean {
  const own = new Set(above(at, at.pod))
  for (const subject of at.world.followed) {
    if (subject.namespace !== at.pod.namespace || (subject.kind !== 'Deployment' && subject.kind !== 'StatefulSet')) continue
    const other = at.world.get(subject)
    if (other === null || own.has(other.uid) || Number(other.status['readyReplicas'] ?? 0) > 0 || other.spec['replicas'] === 0) continue
    const pods = at.world.descendants(other.uid).filter(({ pod }) => pod !== null)
    if (pods.length > 0 && pods.every(startsWell)) return true
  }
  return false
}

/** On its way, with no sign of trouble. */
function startsWell(pod: Kept): boolean {
  if (conditionOf(pod, 'PodScheduled')?.status === 'False') return false
  return pod.pod?.containers.every((status) => (
    (status.waiting === null || /^(ContainerCreating|PodInitializing)$/.test(status.waiting.reason))
    && (endedRuns(status) === 0 || (status.restarts === 0 && status.ended?.exitCode === 0)))) === true
}

function above(at: PodCase, object: Kept): readonly string[] {
  return object.owners.flatMap(({ uid }) => {
    const owner = at.world.byUid(uid)
    return owner === null ? [uid] : [uid, ...above(at, owner)]
  })
}
