import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GitHub } from '../../../../src/drivers/github'
import { beginDeployment, settleDeployment, type WantedDeployment } from '../../../../src/publish/github-deployment'
import { ensureDraft, publishRelease, type WantedRelease } from '../../../../src/publish/github-release'

export interface RunOf {
  readonly apiUrl: string
  /** A clone whose `origin` takes pushes, with the tag in it; null: the tag is pushed. */
  readonly clone: string | null
  readonly release: WantedRelease
  readonly deployment: WantedDeployment
}

/** All that a job tells GitHub, in its order; what a rollout would do is between. Gives how each step ended. */
export async function run({ apiUrl, clone, release, deployment }: RunOf): Promise<readonly string[]> {
  if (clone !== null) await promisify(execFile)('git', ['push', '--quiet', 'origin', `refs/tags/${release.tag}`], { cwd: clone })
  const github = new GitHub({ apiUrl, token: 'all', repository: 'ada/shop', waits: [1, 1, 1], timeout: 2_000 })
  const begun = await beginDeployment(github, deployment)
  const draft = await ensureDraft(github, release)
  const published = await publishRelease(github, release, true, draft)
  const told = { description: release.tag, url: 'https://shop.example.com' }
  const settled = await settleDeployment(github, deployment, 'success', told, begun.status === 'untold' ? null : begun.id)
  return [begun.status, draft.status, published.status, settled.status]
}
