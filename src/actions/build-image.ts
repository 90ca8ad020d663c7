import { removeConfig } from '../drivers/docker'
import type { Failure } from '../errors'
import type { BuildImageInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { cancellation, failuresBefore } from './cancellation'
import { closeFailed, tellIfKilled } from './closing'
import { buildImages } from './image/building'
import { tellImages, toldOf } from './image/telling'

export async function main(inputs: BuildImageInputs): Promise<void> {
  const redactor = new Redactor([inputs.registryPassword, inputs.githubToken, inputs.buildSshKey].filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  try {
    const { images, notes } = await buildImages({ inputs, signal: cancelled.signal, redactor })
    await tellImages(toldOf(images, notes, redactor), redactor)
  } catch (error) {
    const failures = failuresBefore(error, cancelled.signal)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor)
  } finally {
    cancelled.end()
  }
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  const core = await import('@actions/core')
  const folder = core.getState('docker-config')
  if (folder !== '') await removeConfig(folder)
  await tellIfKilled('What was built so far is in the builder\'s cache, and no tag was moved by half. Run it again.')
}
