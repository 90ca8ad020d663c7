import { conditionOf, type Probe } from '../objects'
import type { ContainerCase, PodCase, PodRule } from '../verdict'

/**
 * A readiness or start-up probe asks a port by a name that its container does not have. The kubelet then asks nobody, and the
 * pod is never ready. It is in the pod itself, so no time has to pass. (A liveness probe of that kind counts as passed.)
 */
export const probePortUnknown: PodRule = (at) => at.containers.flatMap(({ spec }) => (['startup', 'readiness'] as const).flatMap((kind) => {
  const port = spec.probes[kind]?.port
  if (typeof port !== 'string' || spec.ports.some(({ name }) => name === port)) return []
  const named = spec.ports.flatMap(({ name }) => name === '' ? [] : [name])
  return [{
    container: spec.name, grace: at.patience.settle,
    message: `The ${kind} probe of ${spec.name} asks port \`${port}\`, which the container does not have.`,
    cure: named.length === 0 ? `Name a port of the container \`${port}\`, or give the probe its number.` : `Ask one that it has: ${named.join(', ')}.`,
  }]
}))

/**
 * Nothing listens at the port that a probe asks. Slow applications look just like that, and containers may listen at ports that
 * they do not declare. So it takes all of these: the pod declares ports, and this is none of them; refused three times; and
 * the application is up, or should be: its start-up probe passed at another port, or three times what the older
 * revision took to be ready is over. Where nothing is known of either, it has two minutes.
 */
export const probePortRefused: PodRule = (at) => at.containers.flatMap((one) => {
  const { spec, status } = one
  const kind = spec.probes.startup !== undefined && !status.started ? 'startup' : 'readiness'
  const probe = spec.probes[kind]
  if (probe === undefined || status.runningSince === null || status.ready || typeof probe.port !== 'number' || !probe.own) return []
  const declared = at.containers.flatMap((other) => other.spec.ports.map(({ port }) => port))
  if (declared.length === 0 || declared.includes(probe.port)) return []
  const refusal = at.said.findLast(({ reason, message }) => reason === 'Unhealthy' && message.includes(`:${String(probe.port)}: connect: connection refused`))
  if (refusal === undefined || refusal.times < 3) return []
  return [{
    container: spec.name, event: refusal.message, wantsLogs: true, grace: patienceWith(at, one, kind, probe),
    message: `The ${kind} probe of ${spec.name} asks port ${probe.port}, where nothing listens; the pod declares ${declared.join(', ')}.`,
    cure: `Let the probe ask the port that ${spec.name} listens at, or declare ${probe.port} under its ports if that is the one.`,
  }]
})

function patienceWith(at: PodCase, { spec, status }: ContainerCase, kind: 'startup' | 'readiness', probe: Probe): number {
  const startup = spec.probes.startup
  if (kind === 'readiness' && startup !== undefined && startup.port !== probe.port && status.started) return at.patience.appears
  const known = at.older.flatMap((pod) => {
    const running = pod.pod?.containers.find(({ name }) => name === spec.name)
    const ready = conditionOf(pod, 'Ready')
    const took = ready?.status === 'True' && running?.restarts === 0 && running.runningSince !== null ? ready.turned - running.runningSince : -1
    return took < 0 ? [] : [took]
  })
  const usual = known.length === 0 ? at.patience.undeclaredPort : Math.min(at.patience.undeclaredPort, Math.max(10_000, 3 * Math.max(...known)))
  return kind === 'startup' ? Math.max(usual, probe.window) : usual
}
