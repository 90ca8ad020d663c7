import { runAction, startAction, type ActionOptions, type ActionRun, type StartedAction } from './action'
import { mirror, type Host } from './hosts'
import type { Repository } from './repository'

/** The inputs that say where: hosts and what logs in. */
export function reach(...hosts: readonly Host[]): Record<string, string> {
  return {
    hosts: hosts.map(({ line }) => line).join('\n'),
    'ssh-key': hosts[0]?.key ?? '',
    'known-hosts': hosts.map(({ knownHosts }) => knownHosts.trim()).join('\n'),
  }
}

/** setup-vm for the app of a repository, tools from the rig's mirror. */
export async function setUp(host: Host, repository: Repository, options: ActionOptions = {}): Promise<ActionRun> {
  const inputs = { ...reach(host), ...await mirror(), ...options.inputs }
  return runAction('setup-vm', { timeout: 600_000, workspace: repository.path, ...options, inputs })
}

/** push-release of what the repository's HEAD is. */
export async function push(host: Host, repository: Repository, options: ActionOptions = {}): Promise<ActionRun> {
  return (await startPush(host, repository, options)).done
}

/** The same, started: to be watched and killed. */
export function startPush(host: Host, repository: Repository, options: ActionOptions = {}): Promise<StartedAction> {
  return startAction('push-release', { workspace: repository.path, ...options, inputs: { ...reach(host), ...options.inputs } })
}

/** For a step that has to go well before the test begins: an error with the log when it did not. */
export function succeeded(run: ActionRun): ActionRun {
  if (run.code !== 0) throw new Error(`The action ended with ${run.signal ?? run.code}:\n${run.log}`)
  return run
}
