import type { Failure } from '../errors'
import type { PushReleaseInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { closeFailed, tellIfKilled } from './closing'
import { roll } from './rolling'

export async function main(inputs: PushReleaseInputs): Promise<void> {
  await roll(inputs, { target: 'vm', accepts: ['vm'], compose: null })
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  await tellIfKilled()
}
