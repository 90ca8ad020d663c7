import { textIn } from '../objects'
import type { ObjectRule } from '../verdict'

/**
 * A claim that nothing will fill: no such storage class, no class at all, or its volume is lost. A provisioner that reports an error
 * tries again, so that is given its time; one that is at work says so (`ExternalProvisioning`), and a class that waits for the
 * first pod (`WaitForFirstConsumer`) is in order.
 */
export const claimUnbound: ObjectRule = ({ object, said, patience }) => {
  const phase = textIn(object.status, 'phase')
  if (phase === 'Bound') return []
  const name = object.name
  if (phase === 'Lost') {
    return [{ message: `The volume of claim ${name} is gone.`, cure: `Restore it, or delete the claim: kubectl delete pvc ${name} --namespace ${object.namespace}`, grace: 0 }]
  }
  const failed = said.findLast(({ reason }) => reason === 'ProvisioningFailed' || reason === 'FailedBinding')
  if (failed === undefined) return []
  const event = failed.message
  const [, missing] = /storageclass(?:\.storage\.k8s\.io)? "([^"]+)" not found/.exec(event) ?? []
  if (missing !== undefined) {
    return [{ event, grace: patience.appears, message: `Claim ${name} asks for the storage class ${missing}, which is not there.`, cure: 'Name one of: kubectl get storageclass' }]
  }
  if (/no storage class is set/.test(event)) {
    return [{
      event, grace: patience.appears, message: `Claim ${name} names no storage class, and the cluster has no default one.`,
      cure: 'Set storageClassName to one of: kubectl get storageclass',
    }]
  }
  return [{
    event, grace: patience.passing, message: `The volume of claim ${name} cannot be made.`,
    cure: `See what the provisioner says: kubectl describe pvc ${name} --namespace ${object.namespace}`,
  }]
}
