import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { AppConfig } from '../config/types'
import { Failure, throwAll } from '../errors'
import type { ReleaseSource } from '../rollout/target'
import { collectArtifacts } from './artifacts'
import type { Artifacts } from './artifacts'
import type { Checkout } from './checkout'
import type { ContentReader } from './encoding'
import { lfsFailures } from './lfs'
import { linkFailures } from './links'
import { manifestDigest, sorted } from './manifest'
import type { FileEntry, Manifest } from './manifest'
import { pathFailures } from './paths'
import { contentOf, entryOf } from './sources'
import type { SourcedFile } from './sources'
import { submoduleFailures } from './tree'

/** What a target's `stage` reads code and artifacts from. */
export interface ReleaseContent {
  readonly manifest: Manifest
  /** `manifestDigest` of it. */
  readonly digest: string
  /** The bytes of an entry, checked against its key on the way. Throws a `Failure` when they changed. */
  readonly read: ContentReader
  /**
   * The manifest of a release that a host has, recomputed from the checkout; null when the commit is not in it. Right only if
   * its digest is the one that the host names: that release may have had artifacts, or another folder of the repository.
   */
  manifestAt(commit: string): Promise<Manifest | null>
}

export interface Release extends ReleaseSource {
  readonly content: ReleaseContent
}

export interface SourceRequest {
  readonly checkout: Checkout
  /** 40 hex; in the checkout. */
  readonly commit: string
  readonly version: string
  readonly config: AppConfig
  /** For Docker: the texts that Compose itself reads. */
  readonly project?: Readonly<Record<string, string>> | undefined
}

/**
 * The release of a commit: its files, the artifacts, and the id of all that. The same commit, version, config and artifacts
 * give the same release on every machine. Throws every `Failure` it finds at once: missing submodules, LFS objects and
 * artifacts, links that escape, paths that cannot be; nothing is read beyond what that takes.
 */
export async function buildSource({ checkout, commit, version, config, project }: SourceRequest): Promise<Release> {
  const tree = await checkout.tree(commit)
  const artifacts = await artifactsOf(checkout, commit, config, tree.files)
  const files = sorted([...tree.files, ...artifacts.files])
  const lfs = tree.files.flatMap(({ path, size, source }) => (source.kind === 'file' ? [{ path, size, file: source.file }] : []))
  throwAll([
    ...submoduleFailures(tree),
    ...await lfsFailures(lfs),
    ...artifacts.failures,
    ...pathFailures(files),
    ...linkFailures(new Map([...tree.links, ...artifacts.links])),
    ...(files.length === 0 ? [emptyRelease(checkout.git.prefix, commit)] : []),
  ])
  const manifest = files.map(entryOf)
  const digest = manifestDigest(manifest)
  const byKey = new Map(files.map((file) => [file.key, file]))
  const content: ReleaseContent = {
    manifest,
    digest,
    read: (entry) => contentOf(known(byKey, entry)),
    manifestAt: (base) => checkout.manifestAt(base),
  }
  return { id: releaseId(version, digest, config), version, commit, config, content, ...(project === undefined ? {} : { project }) }
}

/** The version and 8 hex of all that is in the release. */
export function releaseId(version: string, digest: string, config: AppConfig): string {
  const hash = createHash('sha256').update(canonicalJson({ config, manifest: digest })).digest('hex')
  return `${version}-${hash.slice(0, 8)}`
}

/** JSON with the keys of every object in one order, so that equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

async function artifactsOf(checkout: Checkout, commit: string, config: AppConfig, committed: readonly SourcedFile[]):
Promise<Artifacts> {
  const none = { files: [], links: new Map<string, string>() }
  if (config.artifacts.length === 0) return { ...none, failures: [] }
  const { git } = checkout
  const head = await git.read('HEAD^{commit}')
  if (head?.id !== commit) return { ...none, failures: [otherCheckout(commit, head?.id ?? null)] }
  return await collectArtifacts(join(git.top, git.prefix), config.artifacts, committed, git.signal)
}

function known(files: ReadonlyMap<string, SourcedFile>, { path, key }: FileEntry): SourcedFile {
  const file = files.get(key)
  if (file === undefined) throw new Error(`No file of the release has the key ${key} (asked for ${path}).`)
  return file
}

function otherCheckout(commit: string, head: string | null): Failure {
  return new Failure({
    code: 'artifacts-of-another-commit',
    what: `The commit to deploy is ${commit.slice(0, 12)}, but ${head === null ? 'none' : head.slice(0, 12)} is checked out.`,
    why: 'slipway.yml names `artifacts`; those in the checkout were made from what is checked out.',
    cure: `Set \`ref: ${commit}\` (or the tag) at actions/checkout, so that the artifacts are built from it.`,
  })
}

function emptyRelease(folder: string, commit: string): Failure {
  return new Failure({
    code: 'release-empty',
    what: `The commit ${commit.slice(0, 12)} has no files${folder === '' ? '' : ` below \`${folder}\``}.`,
    cure: 'Commit the app, and check the input `working-directory`.',
  })
}
