import type { Git } from '../drivers/git'
import { lineOf } from './line'
import type { Tag } from './line'
import { basesOf } from './next'
import { propose, type Proposal, type ReleaseRequest } from './propose'
import { readScheme } from './scheme'

/** A release whose tag is given, not found. */
export type NamedRelease = Extract<Proposal, { readonly kind: 'tagged' | 'next' }>

/**
 * What a commit is under a tag that somebody chose, there or not yet: what is new in it, and whether it is the latest. A name that is no version of the line
 * tells what is new since its last stable one, and is the latest only where there are no versions. Throws as `proposeRelease` does.
 */
export async function releaseNamed(git: Git, tag: string, request: Pick<ReleaseRequest, 'commit' | 'prefix' | 'scheme' | 'folder'>): Promise<NamedRelease> {
  const { commit, prefix, folder } = request
  const line = lineOf(withTag(await git.tagsAround(commit, prefix), tag, commit), prefix, readScheme(request.scheme))
  const own = line.behind.find((release) => release.tag === tag)
  const wish = { commit, bump: 'none', preRelease: own?.pre[0] ?? '', now: new Date(0) } as const
  const { stable } = basesOf(line, commit, wish.preRelease)
  const proposal = propose(line, await git.log(commit, stable?.commit ?? null, folder), wish)
  const reason = `${tag} was asked for`
  if (proposal.kind !== 'unchanged') return { ...proposal, reason }
  const { previous, changes } = proposal
  return {
    kind: 'tagged', tag, version: tag.slice(prefix.length), level: null, isPreRelease: false, isLatest: line.behind.length + line.elsewhere.length === 0,
    previous, changes, reason,
  }
}

/** Other tags of the same commit are names of the same, and no release before it. */
function withTag(tags: readonly Tag[], tag: string, commit: string): readonly Tag[] {
  return [...tags.filter((other) => other.name !== tag && other.commit !== commit), { name: tag, commit, behind: true }]
}
