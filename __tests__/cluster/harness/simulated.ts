import { join } from 'node:path'
import { must, root } from '../../host/harness/command'

/** Starts so many nodes that are only told of; a node takes 250 pods. They stay until the cluster ends. */
export async function simulatedNodes(number: number): Promise<void> {
  await must(join(root, 'script', 'rig'), ['simulated-nodes', String(number)], { timeout: 600_000 })
}

/** Of a pod's spec: it comes to such a node, and to no other. Ready at once there, without a container: its image need not be anywhere. */
export const onSimulatedNode = {
  nodeSelector: { 'slipway.rig/simulated': 'true' },
  tolerations: [{ key: 'slipway.rig/simulated', operator: 'Exists' }],
} as const
