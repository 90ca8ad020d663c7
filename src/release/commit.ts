import { Failure, failuresOf, nearestVersion } from '../errors'
import type { Git, GitObject } from '../drivers/git'
import { datedVersion } from './version'

/** What a run asks for. Empty strings are the same as nothing. */
export interface CommitRequest {
  /** The input `version`. */
  readonly version: string
  /** `GITHUB_REF`. */
  readonly ref: string
  /** `GITHUB_SHA`. */
  readonly sha: string
}

export interface Found {
  /** 40 hex. */
  readonly commit: string
  /** The committer's date in seconds since 1970. */
  readonly committed: number
  /** The tag that names it; null: named by the commit itself, or not named at all. */
  readonly tag: string | null
}

/** The tag prefix that slipway.yml of a commit declares. */
export type PrefixAt = (commit: string) => Promise<string>

/** How many tags are looked at for a version given without its prefix. */
const mostCandidates = 20

/**
 * The commit to deploy, from the checkout alone. With a version: the tag of that name, with or without the prefix, else a
 * commit by 7 or more of its digits. Without: the tag that started the run, which must still be the commit that started
 * it; for a branch, a pull request or nothing, what is checked out. `versionOf` then names it.
 * Throws a `Failure`: `unknown-version`, `ambiguous-version`, `ambiguous-commit`, `tag-moved`, `commit-missing`,
 * `no-commit`.
 */
export async function resolveCommit(git: Git, request: CommitRequest, prefixAt: PrefixAt): Promise<Found> {
  if (request.version !== '') return await named(git, request.version, prefixAt)
  const [, tag] = /^refs\/tags\/(.+)$/s.exec(request.ref) ?? []
  return tag === undefined ? await checkedOut(git) : await triggered(git, tag, request.sha)
}

async function named(git: Git, version: string, prefixAt: PrefixAt): Promise<Found> {
  const exact = await tagged(git, version)
  if (exact !== null) return exact
  const tags = await git.tags()
  const found = await withoutPrefix(git, version, tags, prefixAt) ?? await byDigits(git, version)
  if (found === null) throw await unknownVersion(git, version, tags)
  return found
}

async function tagged(git: Git, tag: string): Promise<Found | null> {
  // Git would read these as operators on a name, not as a part of it.
  if (/[\s~^:?*[\\]|\.\.|@\{/.test(tag)) return null
  const commit = await git.read(`refs/tags/${tag}^{commit}`)
  return commit === null ? null : { ...foundIn(commit), tag }
}

/** The prefix stands in the commit's own slipway.yml, so each tag that ends in the version is asked for its own. */
async function withoutPrefix(git: Git, version: string, tags: readonly string[], prefixAt: PrefixAt): Promise<Found | null> {
  const candidates = tags.filter((tag) => tag.endsWith(version) && tag !== version)
    .toSorted((a, b) => a.length - b.length).slice(0, mostCandidates)
  const matching: Found[] = []
  const unreadable: unknown[] = []
  for (const tag of candidates) {
    const found = await tagged(git, tag)
    if (found === null) continue
    try {
      if (await prefixAt(found.commit) + version === tag) matching.push({ ...found, tag })
    } catch (error) {
      if (failuresOf(error).length === 0) throw error
      unreadable.push(error)
    }
  }
  const [first, ...others] = matching
  if (first === undefined && unreadable.length > 0 && unreadable.length === candidates.length) throw unreadable[0]
  if (others.some(({ commit }) => commit !== first?.commit)) {
    throw new Failure({
      code: 'ambiguous-version',
      what: `Several tags are version \`${version}\`: ${matching.map(({ tag }) => `\`${tag}\``).join(', ')}.`,
      why: '`tag-prefix` in slipway.yml changed between them.',
      cure: `Give the whole tag, e.g. \`version: ${first?.tag}\`.`,
    })
  }
  return first ?? null
}

async function byDigits(git: Git, version: string): Promise<Found | null> {
  const [, dated] = datedVersion.exec(version) ?? []
  const digits = dated ?? (/^[0-9a-f]{7,40}$/i.test(version) ? version.toLowerCase() : null)
  if (digits === null) return null
  // Only the bare digits say whether there is none or several.
  const commit = await git.read(`${digits}^{commit}`) ?? (await git.read(digits), null)
  // A branch may be named like the digits of another commit.
  return commit?.id.startsWith(digits) === true ? foundIn(commit) : null
}

/** The tag that started the run. GitHub's own word is its commit; the tag in the checkout must agree. */
async function triggered(git: Git, tag: string, sha: string): Promise<Found> {
  const [found, started] = await Promise.all([tagged(git, tag), sha === '' ? null : git.read(`${sha}^{commit}`)])
  if (found !== null && sha !== '' && found.commit !== (started?.id ?? sha)) {
    throw new Failure({
      code: 'tag-moved',
      what: `The tag \`${tag}\` is ${found.commit.slice(0, 12)} in the checkout, `
        + `but it was ${sha.slice(0, 12)} when this run began.`,
      why: started === null
        ? 'It was moved since, or another repository is checked out.'
        : 'It was moved since. A version that names two commits cannot be told apart afterwards.',
      cure: `Start a new run for the tag as it is now, better with a new tag; `
        + `or give \`version: ${sha.slice(0, 12)}\` to deploy that commit.`,
    })
  }
  if (found !== null) return found
  if (started !== null) return { ...foundIn(started), tag }
  throw new Failure({
    code: 'commit-missing',
    what: `Neither the tag \`${tag}\` nor its commit ${sha.slice(0, 12)} is in the checkout.`,
    cure: 'Set `fetch-depth: 0` at actions/checkout, and leave out its `ref:` or name this tag there.',
  })
}

async function checkedOut(git: Git): Promise<Found> {
  const head = await git.read('HEAD^{commit}')
  if (head !== null) return foundIn(head)
  throw new Failure({
    code: 'no-commit',
    what: 'The checkout has no commit, so there is nothing to deploy.',
    cure: 'Commit and push, and run actions/checkout with `fetch-depth: 0` before this step.',
  })
}

/** The commit that an object's id is or names, under this tag. The tag itself need not be there yet. */
export async function commitOf(git: Git, id: string, tag: string | null): Promise<Found> {
  const commit = await git.read(`${id}^{commit}`)
  if (commit !== null) return { ...foundIn(commit), tag }
  throw new Failure({
    code: 'not-a-commit',
    what: `${tag === null ? id.slice(0, 12) : `The tag \`${tag}\``} names no commit.`,
    cure: 'Tag a commit: git tag v1.0.0 COMMIT',
  })
}

function foundIn(commit: GitObject): Found {
  const [, seconds = '0'] = /^committer .*> (\d+) [+-]\d{4}$/m.exec(commit.content.toString('utf8')) ?? []
  return { commit: commit.id, committed: Number(seconds), tag: null }
}

async function unknownVersion(git: Git, version: string, tags: readonly string[]): Promise<Failure> {
  const near = nearestVersion(version, tags)
  const [newest] = tags
  const listed = tags.slice(0, 5).map((tag) => `\`${tag}\``).join(', ')
  const shallow = await git.isShallow()
  const why = tags.length === 0 ? 'The checkout has no tags.' : `The newest tags are ${listed}.`
  const deepen = 'set `fetch-depth: 0` at actions/checkout, which brings all tags and commits'
  const meant = near === undefined ? null : `Did you mean \`version: ${near}\`?`
  const such = near !== undefined || newest === undefined ? '' : `, such as the newest (\`version: ${newest}\`)`
  return new Failure({
    code: 'unknown-version',
    what: `There is no tag and no commit \`${version}\` in the checkout.`,
    why: shallow ? `${why} It is shallow: most of the history was not fetched.` : why,
    cure: [
      meant,
      shallow || tags.length === 0
        ? `${meant === null ? 'S' : 'Else s'}${deepen.slice(1)}.`
        : `Give a tag${such}, or at least 7 digits of a commit; a branch is not a version. `
          + 'A new tag must be pushed before it is deployed.',
    ].filter((line) => line !== null).join(' '),
  })
}
