import { join } from 'node:path'
import { must, root } from '../../host/harness/command'

/** A program of rig/workflow, brought if need be. */
export const workflowProgram = (name: 'act' | 'actionlint' | 'zizmor'): Promise<string> =>
  must(join(root, 'rig', 'workflow', 'programs'), [name], { timeout: 600_000 })
