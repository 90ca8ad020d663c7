import type { GitHub } from './client'
import { shapeOf, type Shape } from './shape'

export interface ReleaseAsset {
  readonly id: number
  /** As GitHub has it, which renames. */
  readonly name: string
  /** `starter`: an upload that never came to its end. */
  readonly state: string
  readonly size: number
  /** `sha256:` and 64 hex; null: this GitHub does not tell. */
  readonly digest: string | null
}

export interface Release {
  readonly id: number
  readonly tag: string
  readonly name: string
  readonly body: string
  readonly draft: boolean
  readonly prerelease: boolean
  /** Its assets and its tag are locked. */
  readonly immutable: boolean
  /** For people; that of a draft changes when it is published. */
  readonly url: string
  readonly uploadUrl: string
}

export interface ReleaseFields {
  readonly tag: string
  readonly name: string
  /** Markdown. */
  readonly body: string
  readonly prerelease: boolean
}

interface RawRelease {
  readonly id: number
  readonly tag_name: string
  readonly name: string | null
  readonly body: string | null
  readonly draft: boolean
  readonly prerelease: boolean
  readonly immutable?: boolean
  readonly html_url: string
  readonly upload_url: string
}

const isAsset = shapeOf<ReleaseAsset>({ id: 'number', name: 'string', state: 'string', size: 'number', digest: 'string?' })
const hasFields = shapeOf<RawRelease>({
  id: 'number', tag_name: 'string', name: 'string?', body: 'string?', draft: 'boolean', prerelease: 'boolean', immutable: 'boolean?', html_url: 'string', upload_url: 'string',
})
const isRelease: Shape<RawRelease> = (said): said is RawRelease => hasFields(said) && URL.canParse(withoutTemplate(said.upload_url))

const reads = { needs: 'contents: read' }
const writes = { needs: 'contents: write' }

/** The published release of a tag; null: there is none. Drafts are not found that way. */
export async function publishedRelease(github: GitHub, tag: string): Promise<Release | null> {
  const found = await github.find(`releases/tags/${encodeURIComponent(tag)}`, { ...reads, what: `look up the release ${tag}` }, isRelease)
  return found === null ? null : shape(found)
}

/** All drafts for a tag, the oldest first: there may be several, for nothing at GitHub keeps their tags apart. Others see none. */
export async function draftsOf(github: GitHub, tag: string): Promise<readonly Release[]> {
  const all = await github.list('releases', { ...writes, what: 'list the releases' }, isRelease)
  return all.filter((one) => one.draft && one.tag_name === tag).sort((a, b) => a.id - b.id).map(shape)
}

/** Null: it is gone. */
export async function releaseById(github: GitHub, id: number): Promise<Release | null> {
  const found = await github.find(`releases/${id}`, { ...reads, what: `look at release ${id}` }, isRelease)
  return found === null ? null : shape(found)
}

/**
 * Its tag has to be there already. No commit is named: where the commit changes workflows, GitHub asks for a right that no
 * token of a job has.
 */
export async function createDraft(github: GitHub, { tag, name, body, prerelease }: ReleaseFields): Promise<Release> {
  return shape(await github.send('POST', 'releases', { ...writes, what: `make the release ${tag}` }, isRelease, { body: { tag_name: tag, name, body, prerelease, draft: true } }))
}

export async function updateRelease(github: GitHub, { id, tag }: Release, { name, body, prerelease }: ReleaseFields): Promise<Release> {
  const doing = { ...writes, what: `change the release ${tag}` }
  return shape(await github.send('PATCH', `releases/${id}`, doing, isRelease, { body: { name, body, prerelease }, repeatable: true }))
}

/** Everybody sees it from then on. `latest`: is it the one that the repository shows first? */
export async function publishDraft(github: GitHub, { id, tag }: Release, latest: boolean): Promise<Release> {
  const body = { tag_name: tag, draft: false, make_latest: latest ? 'true' : 'false' }
  return shape(await github.send('PATCH', `releases/${id}`, { ...writes, what: `publish the release ${tag}` }, isRelease, { body }))
}

export async function deleteRelease(github: GitHub, { id, tag }: Release): Promise<void> {
  await github.delete(`releases/${id}`, { ...writes, what: `delete a draft of ${tag}` })
}

export async function assetsOf(github: GitHub, { id, tag }: Release): Promise<readonly ReleaseAsset[]> {
  return await github.list(`releases/${id}/assets`, { ...reads, what: `list the assets of ${tag}` }, isAsset)
}

/** `body`: bytes, or a file of that size. */
export async function uploadAsset(
  github: GitHub, { uploadUrl, tag }: Release, name: string, body: Buffer | { readonly file: string; readonly size: number },
): Promise<ReleaseAsset> {
  const url = new URL(withoutTemplate(uploadUrl))
  url.searchParams.set('name', name)
  return await github.upload(url.href, 'application/octet-stream', body, { ...writes, what: `upload ${name} to ${tag}` }, isAsset)
}

export async function deleteAsset(github: GitHub, { id, name }: ReleaseAsset): Promise<void> {
  await github.delete(`releases/assets/${id}`, { ...writes, what: `delete the asset ${name}` })
}

/** `https://…/assets{?name,label}`. */
const withoutTemplate = (url: string): string => url.replace(/\{.*$/, '')

function shape({ id, tag_name, name, body, draft, prerelease, immutable, html_url, upload_url }: RawRelease): Release {
  return { id, tag: tag_name, name: name ?? '', body: body ?? '', draft, prerelease, immutable: immutable ?? false, url: html_url, uploadUrl: upload_url }
}
