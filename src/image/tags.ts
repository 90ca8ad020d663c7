import { Failure } from '../errors'
import { commitTag, nameOfRef } from './names'
import { compareVersions, linesOf, parseVersion, versionOfTag, type ImageVersion, type Line } from './version'

export interface TagRequest {
  /** `refs/heads/main`, `refs/tags/v1.4.2`, `refs/pull/7/merge`; empty: the commit alone. */
  readonly ref: string
  /** 40 hex. */
  readonly commit: string
  /** `tag-prefix` of slipway.yml. */
  readonly prefix: string
  readonly git: GitTags
  /** Null: not asked, because nothing is pushed. */
  readonly registry: RegistryTags | null
}

export interface GitTags {
  readonly tags: readonly string[]
  /** Are these all there are? A shallow checkout has the one that it was made for. */
  readonly complete: boolean
}

export interface RegistryTags {
  readonly tags: readonly string[]
  /** What the tags that this ref may have stand for now; those that are not there are left out. */
  readonly held: Readonly<Record<string, Held>>
  /** Commits that come after the one that is built, as far as the checkout knows. */
  readonly newer: readonly string[]
}

export interface Held {
  readonly digest: string
  /** The commit by its label; null: somebody else's image. */
  readonly revision: string | null
}

export type TagKind = 'commit' | 'branch' | 'pull' | 'tag' | 'version' | 'line'

/** What becomes of one tag, and why. */
export interface TagDecision {
  readonly name: string
  readonly kind: TagKind
  readonly moves: boolean
  readonly why: string
}

/**
 * The tags of a ref in the order in which they are moved: the commit's, the ref's own, and those of a version last, from the
 * narrowest line to `latest`. Throws a `Failure`: `version-tag-taken`, `tags-collide`.
 */
export function decideTags(request: TagRequest): readonly TagDecision[] {
  const { ref, commit, prefix, git } = request
  const name = nameOfRef(ref, prefix)
  const own: TagDecision = { name: commitTag(commit), kind: 'commit', moves: true, why: 'the commit' }
  if (name.kind === 'none') return [own]
  if (name.kind !== 'version') return [own, moving(name.kind, name.tag, request)]
  const version = parseVersion(name.tag)
  if (version === null) throw new Error(`${name.tag} was taken for a version`)
  refuseTwins(ref, version, prefix, git.tags)
  refuseTaken(version, request)
  return [
    own,
    { name: version.name, kind: 'version', moves: true, why: `the version of the Git tag \`${ref.replace(/^refs\/tags\//, '')}\`` },
    ...linesOf(version).map((line) => lineDecision(line, version, request)),
  ]
}

/** Tags that stand for whatever was built last. A run that comes late must not turn them back. */
function moving(kind: 'branch' | 'pull' | 'tag', tag: string, { registry }: TagRequest): TagDecision {
  const revision = registry?.held[tag]?.revision ?? null
  if (revision !== null && registry?.newer.includes(revision) === true) {
    return { name: tag, kind, moves: false, why: `it stands at ${revision.slice(0, 12)} already, which comes after this commit` }
  }
  const what = { branch: 'the branch', pull: 'the pull request', tag: 'the Git tag' } as const
  return { name: tag, kind, moves: true, why: what[kind] }
}

function lineDecision(line: Line, version: ImageVersion, { prefix, git, registry }: TagRequest): TagDecision {
  const stays = (why: string): TagDecision => ({ name: line.tag, kind: 'line', moves: false, why })
  if (version.pre !== null) return stays(`${version.name} is a pre-release`)
  const inGit = highest(line, git.tags.map((tag) => versionOfTag(tag, prefix)))
  const inRegistry = highest(line, (registry?.tags ?? []).map(parseVersion))
  const above = (found: ImageVersion | null): string => found !== null && compareVersions(found, version) > 0 ? found.name : ''
  const [higherInGit, higherInRegistry] = [above(inGit), above(inRegistry)]
  if (higherInGit !== '' && higherInGit === higherInRegistry) return stays(`${higherInGit} is in Git and in the registry`)
  if (higherInGit !== '') return stays(`${higherInGit} is in Git`)
  if (higherInRegistry !== '') return stays(`${higherInRegistry} is in the registry`)
  if (!git.complete) return stays('the checkout does not hold all tags, so a higher one may exist: set `fetch-depth: 0` at actions/checkout')
  if (registry === null) return stays('the registry was not asked for higher versions')
  return { name: line.tag, kind: 'line', moves: true, why: `${version.name} is the highest of ${line.tag === 'latest' ? 'all' : `${line.tag}.*`}` }
}

function highest(line: Line, versions: readonly (ImageVersion | null)[]): ImageVersion | null {
  const stable = versions.filter((version) => version !== null).filter((version) => version.pre === null && line.holds(version))
  return stable.toSorted(compareVersions).at(-1) ?? null
}

/** `v1.4.2` and `1.4.2` are two tags of Git and would be one of the image. */
function refuseTwins(ref: string, version: ImageVersion, prefix: string, tags: readonly string[]): void {
  const tag = ref.replace(/^refs\/tags\//, '')
  const twin = tags.find((other) => other !== tag && versionOfTag(other, prefix)?.name === version.name)
  if (twin === undefined) return
  throw new Failure({
    code: 'tags-collide',
    what: `The Git tags \`${tag}\` and \`${twin}\` are both version ${version.name} of the image.`,
    why: 'Whichever was built last would be what people get.',
    cure: `Delete the one that is wrong: git push --delete origin ${twin}`,
  })
}

function refuseTaken(version: ImageVersion, { commit, registry }: TagRequest): void {
  const held = registry?.held[version.name]
  if (held === undefined || held.revision === commit) return
  throw new Failure({
    code: 'version-tag-taken',
    what: `The image ${version.name} is in the registry already, ${held.revision === null ? 'and does not say of which commit'
      : `made of commit ${held.revision.slice(0, 12)}`}.`,
    why: `A version is never moved: whoever runs ${version.name} would get something else under the same name. It is ${held.digest}.`,
    cure: `Tag this commit with a version of its own, such as the next patch; or, if ${version.name} was a mistake, delete that tag in the registry.`,
  })
}
