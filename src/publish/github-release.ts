import { Failure } from '../errors'
import {
  assetsOf, createDraft, deleteAsset, deleteRelease, draftsOf, GitHubFailure, publishDraft, publishedRelease, releaseById, tagCommit, updateRelease, uploadAsset,
  type GitHub, type Release, type ReleaseAsset,
} from '../drivers/github'
import { releaseFiles, sameFile, sumsName, type ReleaseFile } from './release-files'
import { once, unlessOut, type Untold } from './untold'

export interface WantedRelease {
  readonly tag: string
  /** What the tag stands for. */
  readonly commit: string
  /** For people. */
  readonly name: string
  /** Markdown. */
  readonly notes: string
  readonly prerelease: boolean
  /** Paths of files to upload. */
  readonly files: readonly string[]
  /** It is to have files, and they do not come from here: without any it is not published. */
  readonly filesDue: boolean
}

/** `unchanged`: it was published before, with these files. */
export interface GitHubRelease {
  readonly status: 'draft' | 'published' | 'unchanged'
  readonly id: number
  /** For people; that of a draft is seen by few, and changes. */
  readonly url: string
}

/**
 * Makes the draft of a release with all its files, or finishes the one that an earlier run left; nobody but maintainers sees it.
 * Two runs at once come to one: the oldest draft wins. Throws a `Failure`: `release-files`, `release-differs`, `release-immutable`,
 * `github-*` but outages.
 */
export async function ensureDraft(github: GitHub, wanted: WantedRelease): Promise<GitHubRelease | Untold> {
  return await unlessOut(async () => resultOf(await prepared(github, wanted, await releaseFiles(wanted.files))))
}

/**
 * Publishes it: looks through what `ensureDraft` did, does what is missing, and lets everybody see it. `latest`: it is the highest
 * version that is no pre-release. `made`: what `ensureDraft` gave, where that was in this run, since lists may be late. Throws the same,
 * and `release-tag`, `release-files-due`.
 */
export async function publishRelease(
  github: GitHub, wanted: WantedRelease, latest: boolean, made: GitHubRelease | Untold | null = null,
): Promise<GitHubRelease | Untold> {
  return await unlessOut(async () => {
    const files = await releaseFiles(wanted.files)
    const known = made === null || made.status === 'untold' ? null : await releaseById(github, made.id)
    const before = await prepared(github, wanted, files, known)
    if (before.status !== 'draft') return resultOf(before)
    const draft = before.release
    if (files.length === 0 && isDue(wanted, draft) && !isWhole(await assetsOf(github, draft))) throw withoutFiles(wanted)
    // Publishing makes a tag that is not there, at whatever the default branch has.
    const commit = await tagCommit(github, wanted.tag)
    if (commit !== wanted.commit) throw tagElsewhere(wanted, commit)
    try {
      const release = await once(() => publishDraft(github, draft, latest && !wanted.prerelease), async () => {
        const now = await releaseById(github, draft.id)
        return now === null || now.draft ? null : now
      })
      return resultOf({ release, status: 'published' })
    } catch (error) {
      if (!(error instanceof GitHubFailure)) throw error
      if (error.objections.some(({ message }) => message?.includes('used by an immutable release') === true)) throw burned(wanted, error)
      // Another run was quicker, with a draft of its own.
      const other = error.objects('already_exists', 'tag_name') ? await publishedRelease(github, wanted.tag) : null
      if (other === null) throw error
      await deleteRelease(github, draft)
      return resultOf(await completed(github, other, files))
    }
  })
}

interface Prepared {
  readonly release: Release
  readonly status: GitHubRelease['status']
}

function resultOf({ release: { id, url }, status }: Prepared): GitHubRelease {
  return { status, id, url }
}

/** The draft as it is to be, or what was published. `known`: one that is there, whether or not a list has it. */
async function prepared(github: GitHub, wanted: WantedRelease, files: readonly ReleaseFile[], known: Release | null = null): Promise<Prepared> {
  const { tag, name, prerelease } = wanted
  const published = await publishedRelease(github, tag)
  if (published !== null) return await completed(github, published, files)
  const mark = markOf(wanted)
  const bodyOf = (due: boolean): string => `${wanted.notes.trimEnd()}\n\n${mark}${due ? dueMark : ''}\n`.trimStart()
  const fields = { tag, name, body: bodyOf(wanted.filesDue), prerelease }
  let drafts = together(await draftsOf(github, tag), known)
  if (drafts.length === 0) {
    const made = await once(() => createDraft(github, fields), async () => (await draftsOf(github, tag))[0] ?? null)
    // Another run may have made one at the same moment.
    drafts = together(await draftsOf(github, tag), made)
  }
  const [first, ...others] = drafts
  if (first === undefined) throw new Error('a draft was made and is none')
  for (const other of others) if (other.body.includes(mark)) await deleteRelease(github, other)
  // What people wrote stays.
  const theirs = first.body.trim() !== '' && !first.body.includes(mark)
  const due = isDue(wanted, first)
  const now = { tag, prerelease, name: theirs && first.name !== '' ? first.name : name, body: theirs ? first.body : bodyOf(due) }
  const same = first.name === now.name && sameText(first.body, now.body) && first.prerelease === prerelease
  const draft = same ? first : await updateRelease(github, first, now)
  await uploadMissing(github, draft, files)
  // Until all of them are there, they are due.
  return { release: due && files.length > 0 && !theirs ? await updateRelease(github, draft, { ...now, body: bodyOf(false) }) : draft, status: 'draft' }
}

/** The oldest first. A list may be late, and lack what was just made. */
function together(listed: readonly Release[], known: Release | null): readonly Release[] {
  if (known?.draft !== true) return listed
  return [...listed.filter(({ id }) => id !== known.id), known].sort((a, b) => a.id - b.id)
}

/** What drafts of ours are known by, whichever run made them. It is not shown. */
function markOf({ tag }: WantedRelease): string {
  return `<!-- slipway release ${tag} -->`
}

/** In the draft of one that is to have files from whoever publishes it. */
const dueMark = '<!-- slipway files due -->'

/** At its very end, which is no commit's. */
function isDue({ filesDue }: WantedRelease, { body }: Release): boolean {
  return filesDue || body.trimEnd().endsWith(dueMark)
}

/** The list of sums comes last. */
function isWhole(assets: readonly ReleaseAsset[]): boolean {
  return assets.some(({ name, state }) => name === sumsName && state === 'uploaded')
}

/** GitHub gives line ends back otherwise than it got them. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n').trimEnd() === b.replaceAll('\r\n', '\n').trimEnd()
}

/** What is half there, or of another build, is deleted and comes anew; what others added stays. The list of sums comes last. */
async function uploadMissing(github: GitHub, draft: Release, files: readonly ReleaseFile[]): Promise<void> {
  let there = files.length === 0 ? [] : await assetsOf(github, draft)
  for (const file of files) {
    const clear = async (): Promise<true | null> => {
      const found = there.find(({ name }) => name === file.name)
      if (found === undefined) return null
      // Without a digest nobody knows whether the same size is the same build.
      if (sameFile(found, file) === 'yes') return true
      await deleteAsset(github, found)
      return null
    }
    if (await clear() === true) continue
    await once<true>(async () => {
      const got = await uploadAsset(github, draft, file.name, file.body)
      if (got.name === file.name && sameFile(got, file) !== 'no') return true
      throw new Failure({
        code: 'release-upload', what: `GitHub has something else as ${got.name} than was uploaded as ${file.name} (${got.size} bytes of ${file.size}).`,
        cure: 'Run the job again; it uploads that file anew.',
      })
    }, async () => {
      there = await assetsOf(github, draft)
      return await clear()
    })
  }
}

/** A published release has to have the files: those that lack are added where it can still be changed; none is replaced. */
async function completed(github: GitHub, release: Release, files: readonly ReleaseFile[]): Promise<Prepared> {
  if (files.length === 0) return { release, status: 'unchanged' }
  const there = await assetsOf(github, release)
  const standing = files.filter(({ name }) => name !== sumsName).map((file) => {
    const found = there.find(({ name }) => name === file.name)
    return { name: file.name, is: found === undefined ? 'missing' : sameFile(found, file) === 'no' ? 'different' : 'there' }
  })
  const names = (is: string): string => standing.filter((one) => one.is === is).map(({ name }) => name).join(', ')
  const [different, missing] = [names('different'), names('missing')]
  if (different === '' && missing === '') return { release, status: 'unchanged' }
  const what = [different === '' ? '' : `has other files than this run made: ${different}`, missing === '' ? '' : `lacks ${missing}`].filter(Boolean).join(', and ')
  if (release.immutable) {
    throw new Failure({
      code: 'release-immutable', what: `The release ${release.tag} is published and ${what}.`, why: 'It is immutable: GitHub lets nobody change its files or its tag.',
      cure: 'Give the next commit a tag of its own; to keep this release, deploy it with the files that it has.',
    })
  }
  if (different !== '') {
    throw new Failure({
      code: 'release-differs', what: `The release ${release.tag} is published and ${what}.`, why: 'People may have downloaded those; what is published is not replaced.',
      cure: `Give what is new a tag of its own, or delete those files first: gh release delete-asset ${release.tag} NAME`,
    })
  }
  await uploadMissing(github, release, files)
  return { release, status: 'published' }
}

function tagElsewhere({ tag, commit }: WantedRelease, found: string | null): Failure {
  return new Failure({
    code: 'release-tag', what: `The release ${tag} is not published: its tag ${found === null ? 'is not at GitHub' : `stands for ${found.slice(0, 12)} there, and not for ${commit.slice(0, 12)}`}.`,
    why: 'A release shows the commit that its tag stands for.',
    cure: found === null ? `Push the tag: git push origin ${tag}` : 'Give this commit a tag of its own: a tag that people have seen is never moved.',
  })
}

function withoutFiles({ tag }: WantedRelease): Failure {
  return new Failure({
    code: 'release-files-due', what: `The release ${tag} is a draft without files, and is to have some.`,
    why: '`release-files` was given where it was deployed, and its files were left to the job that publishes it, with a work tree of its commit.',
    cure: `Give \`release-files\` to that job, and check ${tag} out there (\`ref: ${tag}\` at actions/checkout); or publish it without: gh release edit ${tag} --draft=false`,
  })
}

function burned({ tag }: WantedRelease, cause: GitHubFailure): Failure {
  return new Failure({
    code: 'release-immutable', what: `The tag ${tag} belonged to an immutable release that was deleted.`, why: 'GitHub never gives such a name again.',
    cure: 'Tag the commit with the next version.', cause,
  })
}
