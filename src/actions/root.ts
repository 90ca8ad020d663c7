import type { Failure } from '../errors'
import type { RootInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { closeFailed, tellIfKilled } from './closing'
import { roll } from './rolling'
import { main as setUp } from './setup-vm'

/** The whole pipeline in one step, by the functions that the other actions consist of. */
export async function main(inputs: RootInputs): Promise<void> {
  const { operation } = inputs
  if (operation === 'setup') await setUp({ ...inputs, compose: inputs })
  else await roll({ ...inputs, operation }, { target: null, accepts: ['vm', 'docker'], compose: inputs })
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  await tellIfKilled()
}
