import type { Failure } from '../errors'
import type { ComposeUpInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { closeFailed, tellIfKilled } from './closing'
import { roll } from './rolling'

export async function main(inputs: ComposeUpInputs): Promise<void> {
  await roll({ ...inputs, takeOver: null }, { target: 'docker', accepts: ['docker'], compose: inputs })
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  await tellIfKilled()
}
