import type { Failure } from '../errors'
import type { RootInputs } from '../inputs'
import { hostAssets } from '../targets/host/assets'

export async function main(inputs: RootInputs): Promise<void> {
  const core = await import('@actions/core')
  core.info(`${inputs.hosts.join(', ')}: ${hostAssets()}`)
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  const core = await import('@actions/core')
  core.setOutput('status', 'failed')
  core.setOutput('changed', 'false')
  core.debug(String(failures.length))
}

export async function post(): Promise<void> {
  await import('@actions/core')
}
