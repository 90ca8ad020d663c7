import { Failure } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'
import { Redactor } from '../../report/redact'
import { cancellation } from '../cancellation'
import { refuseStrangers, runContext } from '../run-context'
import type { ClusterAsked } from './asked'
import { prepareCluster } from './prepared'

/** A whole rollout to a cluster, from what is asked to the summary. */
export async function rollToCluster(inputs: HelmUpgradeInputs, asked: ClusterAsked): Promise<void> {
  const cancelled = cancellation(() => process.exit(1))
  try {
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const work = await prepareCluster(inputs, asked, context, cancelled.signal, new Redactor(asked.secrets))
    if (work.kind === 'deploy') await work.source[Symbol.asyncDispose]()
    throw new Failure({
      code: 'not-yet-available', what: 'This version of helm-upgrade checks inputs and configuration, and reaches no cluster yet.', cure: 'Use a later version of Slipway.',
    })
  } finally {
    cancelled.end()
  }
}
