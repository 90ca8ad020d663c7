import { GitHub, type GitHubOptions } from '../../../src/drivers/github'
import { startGitHub, type GitHubServer, type Permissions } from '../../../rig/github/server.mjs'

/** What a release and a deployment need. */
export const all: Permissions = { contents: 'write', deployments: 'write', checks: 'read', statuses: 'read' }

/** A server with one commit on `main`, tagged v1.0.0; tokens `all` and `reads`. */
export async function startShop(): Promise<GitHubServer & { readonly commit: string }> {
  const server = await startGitHub({ tokens: { all, reads: { contents: 'read' } } })
  const commit = server.repository.commit('The shop')
  server.repository.git('tag', 'v1.0.0', commit)
  return Object.assign(server, { commit })
}

/** Hurries: what is tried again is tried at once. */
export function client(server: GitHubServer, more: Partial<GitHubOptions> = {}): GitHub {
  return new GitHub({ apiUrl: server.apiUrl, token: 'all', repository: 'ada/shop', waits: [1, 1, 1], timeout: 5_000, ...more })
}

/** As it was before the first call, but for what Git holds. */
export function reset(server: GitHubServer): void {
  server.heal()
  server.calls.length = 0
  server.violations.length = 0
  Object.assign(server.state, { releases: [], deployments: [], checks: [], statuses: [], latest: null, immutableReleases: false, digests: true, lag: 0, burned: new Set() })
}

/** How often each operation was asked for. */
export function asked(server: GitHubServer): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of server.calls) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}
