import { join } from 'node:path'
import { must, root } from '../../host/harness/command'

/** The registry that hosts of the rig reach: one storage, three ways in. */
export interface RegistryForHosts {
  /** From this machine, plain: to push. */
  readonly loopback: string
  /** For hosts, by https. */
  readonly open: string
  /** The same with a password. */
  readonly closed: string
  readonly user: string
  readonly password: string
}

/** Started if need be. It is shared by all tests of this machine: names and versions in it are best one's own. */
export async function registryForHosts(): Promise<RegistryForHosts> {
  const lines = (await must(join(root, 'script', 'rig'), ['registry-for-hosts'])).split('\n')
  const [loopback = '', open = '', closed = '', user = '', password = ''] = lines
  return { loopback, open, closed, user, password }
}
