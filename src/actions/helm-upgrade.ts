import { failuresOf, type Failure } from '../errors'
import { kubeconfigSecrets, type HelmUpgradeInputs } from '../inputs'
import { Redactor } from '../report/redact'
import { readCluster } from './cluster/asked'
import { removeFolders } from './cluster/private-folders'
import { rollToCluster } from './cluster/rolling'
import { closeFailed, tellIfKilled } from './closing'
import { hide } from './hiding'

export async function main(inputs: HelmUpgradeInputs): Promise<void> {
  const redactor = new Redactor([inputs.registryPassword ?? '', inputs.githubToken ?? '', ...kubeconfigSecrets(inputs.kubeconfig ?? '')])
  try {
    const asked = await readCluster(inputs, process.env)
    hide(asked.secrets, redactor)
    await rollToCluster(inputs, asked)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor)
  }
}

export async function refused(failures: readonly Failure[]): Promise<void> {
  await closeFailed(failures, new Redactor(), true)
}

export async function post(): Promise<void> {
  const core = await import('@actions/core')
  await removeFolders(core.getState('folders'))
  await tellIfKilled('What Helm had begun is finished or put back by the next run, which says which. Until then the cluster goes on with what it was told last.')
}
