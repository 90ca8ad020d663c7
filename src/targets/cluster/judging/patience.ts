/**
 * How long, or how often, a sign of trouble has to be there before it is doom. Times are milliseconds of the watch's clock, from
 * when the sign was first seen. docs/cluster-rules.md argues each.
 */
export interface Patience {
  /** Runs of a container that ended badly. At the first, whatever it waits for may only be late. */
  readonly crashes: number
  /** The same while another workload of the rollout that nobody serves yet is starting: it may be what the container waits for. */
  readonly crashesWhileOthersStart: number
  /** Runs that ended for want of memory. A limit is no higher at the next attempt. */
  readonly outOfMemory: number
  /** For others of the same pods to show that they fare better. */
  readonly settle: number
  /** What is missing may be applied a moment later: ConfigMap, Secret, service account, storage class. */
  readonly appears: number
  /** A Secret that is missing, but that a custom resource makes. */
  readonly made: number
  /** Creation of pods that is refused with a reason that lies in them. */
  readonly refused: number
  /** Troubles that usually pass: network, registry, webhooks that cannot be reached, the API server itself. */
  readonly passing: number
  /** A registry that asks for fewer requests. */
  readonly throttled: number
  /** No node fits, and nobody is known to add nodes. */
  readonly unschedulable: number
  /** Null: as the cluster shows it by events of an autoscaler. True: there is one, false: there is none, whatever is seen. */
  readonly autoscaler: boolean | null
  /** No node fits, and an autoscaler has said nothing about the pod. */
  readonly autoscalerSilent: number
  /** No node fits, and the autoscaler declined. Another group of nodes may be let grow again. */
  readonly autoscalerDeclined: number
  /** A node was ordered. */
  readonly nodeJoins: number
  /** Without a readiness probe a container is ready as soon as it runs, also one that is about to crash: it has to stay so. */
  readonly steady: number
  /** Pods of the newest revision that a node turned away, or that were evicted. */
  readonly turnedAway: number
  /** All that are not ready are doomed, while some are ready. */
  readonly stragglers: number
  /** Nothing listens at a probed port that no container declares, and nothing is known of how long it takes to start. */
  readonly undeclaredPort: number
  /** When the rollout's time is up, on the watch's clock: from then on, what is not ready is doomed. Null: never. */
  readonly until: number | null
}

export const patience: Patience = {
  crashes: 2,
  crashesWhileOthersStart: 4,
  outOfMemory: 1,
  settle: 1000,
  appears: 4000,
  made: 60_000,
  refused: 2000,
  passing: 90_000,
  throttled: 180_000,
  unschedulable: 4000,
  autoscaler: null,
  autoscalerSilent: 60_000,
  autoscalerDeclined: 30_000,
  nodeJoins: 900_000,
  steady: 3000,
  turnedAway: 5,
  stragglers: 60_000,
  undeclaredPort: 120_000,
  until: null,
}
