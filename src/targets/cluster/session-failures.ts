import type { RolloutPolicy } from '../../config/types'
import { Failure } from '../../errors'

export function overtaken(release: string, revision: number): Failure {
  return new Failure({
    code: 'overtaken', what: `Somebody else has worked on ${release} meanwhile: revision ${revision} was not made by this run.`, why: 'What was looked at is not what is there.',
    cure: 'Find out who works there by hand, and run the job again.',
  })
}

export function cancelled(doing: string): Failure {
  return new Failure({ code: 'cancelled', what: `The run was cancelled before it could ${doing}.`, cure: 'Run it again: it settles what it finds, and says how.' })
}

/** What a cluster cannot do is never ignored. */
export function refuse({ maintenance }: RolloutPolicy): void {
  if (!maintenance) return
  throw new Failure({
    code: 'maintenance-impossible', what: '`rollout: { maintenance: true }` is not possible in a cluster.', why: 'There is no page of ours that users could get instead.',
    cure: 'Remove it from slipway.yml, and write migrations that suit both releases.',
  })
}
