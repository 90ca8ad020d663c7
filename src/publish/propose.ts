import type { Git } from '../drivers/git'
import { changesOf } from './changes'
import type { Change } from './changes'
import { lineOf, nameOf, tagOf } from './line'
import type { Line, Release } from './line'
import { since } from './merges'
import type { Commit } from './merges'
import type { Level } from './message'
import { basesOf, decide, isLatest } from './next'
import type { Decision, Wish } from './next'
import { reasonOf } from './reason'
import { badKind } from './refusals'
import { readScheme } from './scheme'

export interface ReleaseRequest extends Wish {
  /** 40 hex: what is to be released. */
  readonly commit: string
  /** `tag-prefix` of slipway.yml. */
  readonly prefix: string
  /** `semver` or empty, or a calendar scheme such as `YYYY.0M.MICRO`. */
  readonly scheme: string
  /** The app's folder, relative to the repository's top; empty: all of it. Only commits that change it count. */
  readonly folder: string
}

/** What is behind a release, for its notes. */
interface Since {
  /** The release before, of this line; null: there is none. For a pre-release that may be another. */
  readonly previous: { readonly tag: string; readonly commit: string } | null
  /** What is new since then, the newest first. */
  readonly changes: readonly Change[]
  /** One line for the log, with words of others in it. */
  readonly reason: string
}

export type Proposal =
  /** The tag is there (`tagged`), or is to be made (`next`). */
  | Since & {
    readonly kind: 'tagged' | 'next'
    readonly tag: string
    /** The tag without the prefix. */
    readonly version: string
    /** Null when the tag is there. */
    readonly level: Level | null
    readonly isPreRelease: boolean
    /** The highest stable version of all branches; a backport is not. */
    readonly isLatest: boolean
  }
  | Since & { readonly kind: 'unchanged' }

/**
 * The release that a commit is or is to be, from the checkout alone. It starts two processes of Git for the tags, and one for the commits, two with a folder.
 * Throws a `Failure`: `shallow-checkout`, `version-scheme`, `pre-release-name`, and those of `decide`.
 */
export async function proposeRelease(git: Git, request: ReleaseRequest): Promise<Proposal> {
  const scheme = readScheme(request.scheme)
  if (request.preRelease !== '' && !/^[A-Za-z][A-Za-z0-9-]{0,19}$/.test(request.preRelease)) throw badKind(request.preRelease)
  const line = lineOf(await git.tagsAround(request.commit, request.prefix), request.prefix, scheme)
  const { stable } = basesOf(line, request.commit, request.preRelease)
  return propose(line, await git.log(request.commit, stable?.commit ?? null, request.folder), request)
}

/** The same of what was read. `commits` are those since the last stable release, each before its parents. */
export function propose(line: Line, commits: readonly Commit[], request: Wish & { readonly commit: string }): Proposal {
  const bases = basesOf(line, request.commit, request.preRelease)
  const changes = changesOf(commits)
  const later = bases.pre === null ? commits : since(commits, bases.pre.commit)
  const recent = bases.pre === null ? changes : changesOf(later)
  const decision = decide(line, bases, request, changes, recent)
  const fromPre = decision.previous !== null && decision.previous === bases.pre
  const about = { previous: of(decision.previous), changes: fromPre ? recent : changes }
  const decidedBy = decision.kind === 'unchanged' && bases.pre !== null ? { changes: recent, commits: later } : { changes, commits }
  const reason = reasonOf(decision, line, decidedBy.changes, decidedBy.commits.length)
  if (decision.kind === 'unchanged') return { kind: 'unchanged', ...about, reason }
  return { ...released(decision, line), ...about, reason }
}

function released(decision: Exclude<Decision, { readonly kind: 'unchanged' }>, line: Line): Omit<Exclude<Proposal, { readonly kind: 'unchanged' }>, keyof Since> {
  const tagged = decision.kind === 'tagged'
  const version = tagged ? decision.release : decision.version
  const tag = tagged ? decision.release.tag : tagOf(line, version)
  return {
    kind: decision.kind, tag, version: tagged ? tag.slice(line.prefix.length) : nameOf(line, version), level: tagged ? null : decision.level,
    isPreRelease: version.pre.length > 0, isLatest: isLatest(line, version),
  }
}

const of = (release: Release | null): Since['previous'] => release === null ? null : { tag: release.tag, commit: release.commit }

