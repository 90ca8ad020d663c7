import { failuresOf } from '../../errors'
import { kubeconfigSecrets, type HelmUpgradeInputs } from '../../inputs'
import { Redactor } from '../../report/redact'
import { closeFailed } from '../closing'
import { hide } from '../hiding'
import { readCluster } from './asked'
import { rollToCluster, type Beside } from './rolling'

/** All of helm-upgrade, from inputs to summary. Throws only bugs. */
export async function upgrade(inputs: HelmUpgradeInputs, beside: Beside): Promise<void> {
  const redactor = new Redactor([inputs.registryPassword ?? '', inputs.githubToken ?? '', ...kubeconfigSecrets(inputs.kubeconfig ?? '')])
  try {
    const asked = await readCluster(inputs, process.env)
    hide(asked.secrets, redactor)
    await rollToCluster(inputs, asked, beside)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor, false, beside.alongside)
  }
}
