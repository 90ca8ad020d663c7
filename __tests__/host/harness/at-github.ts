import { startGitHub, type GitHubServer, type Permissions } from '../../../rig/github/server.mjs'
import type { ActionOptions } from './action'
import type { Repository } from './repository'

/** A repository as it is at GitHub, and what a step needs to reach it there. */
export interface AtGitHub {
  readonly server: GitHubServer
  /** The variables of the runner. */
  readonly env: Readonly<Record<string, string>>
  /** Pushes what the checkout has, tags too. */
  push(): Promise<void>
  /** Options of a step with these inputs; `token`: `all`, or `reads`. */
  step(inputs: Readonly<Record<string, string>>, token?: string): ActionOptions
}

const all: Permissions = { contents: 'write', deployments: 'write', checks: 'read', statuses: 'read' }

/** Starts a server that has the repository of a checkout, as ada/shop. */
export async function atGitHub(repository: Repository): Promise<AtGitHub> {
  const server = await startGitHub({ tokens: { all, reads: { contents: 'read', deployments: 'read' } } })
  const env = { GITHUB_API_URL: server.apiUrl, GITHUB_SERVER_URL: server.apiUrl }
  const push = async (): Promise<void> => void (await repository.git('push', '--quiet', '--force', server.repository.path, 'HEAD:refs/heads/main', '--tags'))
  await push()
  return {
    server, env, push,
    step: (inputs, token = 'all') => ({ workspace: repository.path, ref: 'refs/heads/main', env, inputs: { 'github-token': token, ...inputs } }),
  }
}

/** As it was before the first call, but for what Git holds. */
export function forget({ server }: AtGitHub): void {
  server.heal()
  server.calls.length = 0
  server.violations.length = 0
  Object.assign(server.state, { releases: [], deployments: [], checks: [], statuses: [], latest: null })
}
