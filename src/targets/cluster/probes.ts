import { Failure, throwAll } from '../../errors'
import { podTemplates, type Probe } from './pod-templates'
import type { Rendered } from './manifest'

/** Probes that cannot have succeeded when the rollout's time is up. Throws every `Failure`: `probe-too-slow`. */
export function checkProbes(objects: readonly Rendered[], timeout: number): void {
  throwAll(objects.flatMap((rendered) => podTemplates(rendered).flatMap(({ title, containers }) => containers.flatMap(({ name, startupProbe, readinessProbe }) =>
    ([['startupProbe', startupProbe], ['readinessProbe', readinessProbe]] as const).flatMap(([kind, probe]) => {
      const least = leastOf(probe)
      return least <= timeout ? [] : [new Failure({
        code: 'probe-too-slow', what: `The ${kind} of ${title}, container ${name}, succeeds after ${least} s at the earliest, and the rollout has ${timeout} s.`,
        cure: 'Lower `initialDelaySeconds`, or allow more: `rollout: { timeout: … }` in slipway.yml.',
      })]
    })))))
}

function leastOf(probe: Probe | undefined): number {
  if (probe === undefined) return 0
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1 } = probe
  return initialDelaySeconds + periodSeconds * (successThreshold - 1)
}
