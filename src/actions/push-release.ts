import type { Failure } from '../errors'
import type { PushReleaseInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { closeFailed, tellIfKilled } from './closing'
import { settleIfLeft } from './publication/opening'
import { roll } from './rolling'

export async function main(inputs: PushReleaseInputs): Promise<void> {
  const { operation } = inputs
  if (operation === 'publish') await (await import('./publication')).publish(inputs)
  else await roll({ ...inputs, operation }, { target: 'vm', accepts: ['vm'], compose: null, publishing: inputs })
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  await tellIfKilled()
  await settleIfLeft()
}
