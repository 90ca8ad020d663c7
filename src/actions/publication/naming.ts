import type { Located } from '../../config'
import type { Git } from '../../drivers/git'
import { Failure } from '../../errors'
import { releaseNamed, type NamedRelease } from '../../publish/named'
import { proposeRelease, type Proposal, type ReleaseRequest } from '../../publish/propose'
import type { Found } from '../../release'
import type { Asked } from './asked'
import { NothingToRelease } from './nothing'

/** The tag that a commit is deployed by. */
export interface Named {
  readonly tag: string
  /** What is new in it; null: nobody asked for notes. */
  readonly release: NamedRelease | null
  /** A line, with words of others in it. */
  readonly reason: string
}

/** The tag that a run is to make or to find; null: it has none and needs none. Throws `NothingToRelease`, `tag-elsewhere`, `release-without-tag`, and those of `proposeRelease`. */
export async function nameOf(git: Git, found: Found, located: Located, { naming, release, notices }: Asked, version: string | null, now: Date): Promise<Named | null> {
  const { commit } = found
  const request = { commit, prefix: located.config.tagPrefix, scheme: located.versionScheme, folder: git.prefix }
  if (naming?.kind === 'bump') {
    const proposal = await proposeRelease(git, { ...request, bump: naming.bump, preRelease: naming.preRelease, now })
    if (proposal.kind === 'unchanged') throw new NothingToRelease(located.config.app, proposal.reason, notices)
    return { tag: proposal.tag, release: proposal, reason: proposal.reason }
  }
  if (naming !== null) {
    const there = (await git.read(`refs/tags/${naming.tag}^{commit}`))?.id ?? commit
    if (there !== commit) throw elsewhere(naming.tag, there, commit)
    return { tag: naming.tag, ...await toldOf(git, naming.tag, request, release !== null, 'as the input `tag` says') }
  }
  if (found.tag !== null) return { tag: found.tag, ...await toldOf(git, found.tag, request, release !== null, 'the run is of that tag') }
  if (release === null) return null
  const tagged = await proposeRelease(git, { ...request, bump: 'none', preRelease: '', now })
  if (tagged.kind !== 'unchanged') return { tag: tagged.tag, release: tagged, reason: tagged.reason }
  if (version !== null) return null
  throw new Failure({
    code: 'release-without-tag', what: `\`github-release\` is given, and ${commit.slice(0, 12)} has no tag that is a version.`, why: 'A Release is of a tag.',
    cure: 'Add `bump: auto`, which finds the next version and tags it; or name one with `tag`, or run this workflow on `push` of a tag.',
  })
}

/** The tag that an earlier job has made for a commit. Throws `nothing-to-publish`, `NothingToRelease`, and those of `proposeRelease`. */
export async function madeEarlier(
  git: Git, found: Found, located: Located, { naming, notices }: Asked, preRelease: string, now: Date,
): Promise<{ readonly tag: string; readonly release: NamedRelease }> {
  const { commit } = found
  const request = { commit, prefix: located.config.tagPrefix, scheme: located.versionScheme, folder: git.prefix }
  const named = naming?.kind === 'tag' ? naming.tag : found.tag
  const there = named === null ? null : (await git.read(`refs/tags/${named}^{commit}`))?.id ?? null
  if (named !== null && there === null) throw unmade(commit, `There is no tag \`${named}\` in the checkout.`)
  if (named !== null && there !== null && there !== commit) throw elsewhere(named, there, commit)
  if (named !== null) return { tag: named, release: await releaseNamed(git, named, request) }
  const proposal: Proposal = await proposeRelease(git, { ...request, bump: naming?.kind === 'bump' ? naming.bump : 'none', preRelease, now })
  if (proposal.kind === 'tagged') return { tag: proposal.tag, release: proposal }
  if (proposal.kind === 'unchanged' && naming !== null) throw new NothingToRelease(located.config.app, proposal.reason, notices)
  throw unmade(commit, `${commit.slice(0, 12)} has no tag that is a version${proposal.kind === 'next' ? `; it would be \`${proposal.tag}\`` : ''}.`)
}

function unmade(commit: string, what: string): Failure {
  return new Failure({
    code: 'nothing-to-publish', what, why: `\`operation: publish\` publishes what jobs before it have tagged and deployed, and this is ${commit.slice(0, 12)}.`,
    cure: 'Let the job wait for them with `needs`, check the commit out with `fetch-depth: 0`, and give it the same `bump` or `tag` as they have.',
  })
}

async function toldOf(git: Git, tag: string, request: Omit<ReleaseRequest, 'bump' | 'preRelease' | 'now'>, notes: boolean, reason: string): Promise<Pick<Named, 'release' | 'reason'>> {
  return { release: notes ? await releaseNamed(git, tag, request) : null, reason }
}

function elsewhere(tag: string, there: string, commit: string): Failure {
  return new Failure({
    code: 'tag-elsewhere', what: `The tag ${tag} stands for ${there.slice(0, 12)} in the checkout, and not for ${commit.slice(0, 12)}.`, why: 'A tag that people have seen is never moved.',
    cure: `To deploy what it stands for, give \`version: ${tag}\`; else give this commit a tag of its own: \`bump: auto\` finds the next version.`,
  })
}
