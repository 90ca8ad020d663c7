import { runnersHelm, type HelmProgram } from '../drivers/helm/program'
import { pluginEnvironment } from '../drivers/kubernetes/plugin-environment'
import type { Failure } from '../errors'
import type { HelmUpgradeInputs } from '../inputs'
import { saveMemory } from './cluster/memory'
import { refuseStrangers, runContext } from './run-context'
import type { Beside } from './cluster/rolling'

export async function main(inputs: HelmUpgradeInputs, beside: Beside = {}): Promise<void> {
  saveMemory()
  const helm = begun(inputs)
  const { upgrade } = await import('./cluster/upgrade')
  await upgrade(inputs, { ...helm === null ? {} : { helm }, ...beside })
}

/** Helm takes as long to tell its version as the rest of this action to be loaded. Null: the runner's is not asked, as where another is brought with its checksum. */
function begun({ helmVersion }: HelmUpgradeInputs): Promise<HelmProgram> | null {
  if (helmVersion?.includes('@') === true) return null
  try {
    refuseStrangers(runContext(process.env), process.env)
  } catch {
    // It is told below, with all else.
    return null
  }
  const helm = runnersHelm(pluginEnvironment(process.env))
  // Whoever needs it hears of it.
  helm.catch(() => undefined)
  return helm
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  const [{ closeFailed }, { Redactor }] = await Promise.all([import('./closing'), import('../report/redact')])
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  const [core, { removeFolders }, { tellIfKilled, whatClustersDo }] = await Promise.all([import('@actions/core'), import('./cluster/private-folders'), import('./closing')])
  await removeFolders(core.getState('folders'))
  await tellIfKilled(whatClustersDo)
}
