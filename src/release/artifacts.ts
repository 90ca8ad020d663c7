import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Failure } from '../errors'
import { problemOf, quoted } from './paths'
import { blobHash, textKey } from './sources'
import type { SourcedFile } from './sources'

export interface Artifacts {
  readonly files: readonly SourcedFile[]
  readonly links: ReadonlyMap<string, string>
  readonly failures: readonly Failure[]
}

/** How many files are hashed at once. */
const parallel = 4

/**
 * Files and folders that an earlier step made, from the app's folder in the work tree. `committed` is what the commit holds:
 * the very same file twice is one file (a tracked `.gitkeep`); another one under a path in Git is a failure, because the
 * release would not be what was tagged. All that is wrong is in `failures`.
 */
export async function collectArtifacts(folder: string, paths: readonly string[], committed: readonly SourcedFile[],
  signal?: AbortSignal): Promise<Artifacts> {
  const scan: Scan = { folder, found: [], special: [], failures: [] }
  for (const path of new Set(paths)) await scanArtifact(scan, path)
  if (scan.special.length > 0) scan.failures.push(specialFailure(scan.special))
  const inGit = new Map(committed.map((file) => [file.path, file]))
  const files: SourcedFile[] = []
  const clashing: string[] = []
  const left = scan.found.toReversed()
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      signal?.throwIfAborted()
      const { file, blobId } = await hashed(item)
      const twin = inGit.get(file.path)
      if (twin === undefined) files.push(file)
      else if (twin.mode !== file.mode || ![`git:${blobId}`, file.key].includes(twin.key)) clashing.push(file.path)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  if (clashing.length > 0) scan.failures.push(clashFailure(clashing.toSorted()))
  const links = new Map(files.flatMap(({ path, source }) => (source.kind === 'text' ? [[path, source.text] as const] : [])))
  return { files, links, failures: scan.failures }
}

interface Item {
  readonly path: string
  readonly file: string
  readonly kind: 'file' | 'link'
  readonly executable: boolean
}

interface Scan {
  readonly folder: string
  readonly found: Item[]
  readonly special: string[]
  readonly failures: Failure[]
}

async function scanArtifact(scan: Scan, given: string): Promise<void> {
  const path = given.replace(/\/+$/, '')
  if (problemOf(path) !== null) {
    scan.failures.push(notAPath(given))
    return
  }
  const file = join(scan.folder, path)
  const top = await lstat(file).catch(() => null)
  const before = scan.found.length
  if (top === null) scan.failures.push(missing(path))
  else if (top.isSymbolicLink() || !(await isWithin(scan.folder, file))) scan.failures.push(elsewhere(path))
  else if (top.isDirectory()) {
    await scanFolder(scan, path)
    if (scan.found.length === before && scan.special.length === 0) scan.failures.push(missing(path, 'is empty'))
  } else add(scan, path, top)
}

async function scanFolder(scan: Scan, folder: string): Promise<void> {
  for (const name of await readdir(join(scan.folder, folder), { encoding: 'buffer' })) {
    // A name that is not UTF-8 comes out with U+FFFD, and is then not found under it.
    const path = `${folder}/${name.toString('utf8')}`
    const state = await lstat(join(scan.folder, path)).catch(() => null)
    if (state === null) scan.special.push(path)
    else if (state.isDirectory()) await scanFolder(scan, path)
    else add(scan, path, state)
  }
}

function add(scan: Scan, path: string, state: Awaited<ReturnType<typeof lstat>>): void {
  if (!state.isFile() && !state.isSymbolicLink()) {
    scan.special.push(path)
    return
  }
  const kind = state.isFile() ? 'file' : 'link'
  scan.found.push({ path, file: join(scan.folder, path), kind, executable: (Number(state.mode) & 0o100) !== 0 })
}

/** A folder on the way may be a link to somewhere else on the runner. */
async function isWithin(folder: string, file: string): Promise<boolean> {
  const top = await realpath(folder)
  return relative(top, await realpath(dirname(file))) === relative(folder, dirname(file))
}

async function hashed({ path, file, kind, executable }: Item): Promise<{ file: SourcedFile; blobId: string }> {
  if (kind === 'link') {
    const text = await readlink(file)
    const bytes = Buffer.from(text)
    const blob = blobHash(bytes.length)
    blob.add(bytes)
    const entry = { path, mode: '120000', key: textKey(text), size: bytes.length, source: { kind: 'text', text } } as const
    return { file: entry, blobId: blob.id() }
  }
  const hash = createHash('sha256')
  const blob = blobHash((await lstat(file)).size)
  let size = 0
  for await (const chunk of createReadStream(file)) {
    const bytes = chunk as Buffer
    size += bytes.length
    hash.update(bytes)
    blob.add(bytes)
  }
  const mode = executable ? '100755' : '100644'
  return { file: { path, mode, key: `sha256:${hash.digest('hex')}`, size, source: { kind: 'file', file } }, blobId: blob.id() }
}

function missing(path: string, how = 'is not there'): Failure {
  return new Failure({
    code: 'artifact-missing',
    what: `The artifact \`${path}\` ${how}.`,
    why: 'slipway.yml names it under `artifacts`: an earlier step makes it in the checkout.',
    cure: 'Build it in a step between actions/checkout and this one; or, if another job builds it, name that job in `needs:` and '
      + `fetch it here by actions/download-artifact with \`path: ${path}\`.`,
  })
}

function notAPath(path: string): Failure {
  return new Failure({
    code: 'artifact-path-refused',
    what: `${quoted([path])} cannot be an artifact.`,
    why: 'Artifacts are plain paths below the app\'s folder.',
    cure: 'Write it without a leading slash, `..` or `.`: e.g. `artifacts: [dist]`.',
  })
}

function elsewhere(path: string): Failure {
  return new Failure({
    code: 'artifact-elsewhere',
    what: `The artifact \`${path}\` is a symbolic link, or lies behind one.`,
    why: 'What travels must lie in the checkout.',
    cure: 'Copy it into the checkout in an earlier step: '
      + `\`cp -rL ${path} ${path}.copy && rm ${path} && mv ${path}.copy ${path}\`.`,
  })
}

function specialFailure(paths: readonly string[]): Failure {
  return new Failure({
    code: 'artifact-special',
    what: `These are neither files nor links, or their names are not UTF-8: ${quoted(paths)}.`,
    why: 'A release holds files, links and folders with UTF-8 names.',
    cure: 'Remove them in the step that makes the artifact.',
  })
}

function clashFailure(paths: readonly string[]): Failure {
  return new Failure({
    code: 'artifact-in-git',
    what: `These paths are in Git and, with other content, in \`artifacts\`: ${quoted(paths)}.`,
    why: 'An artifact replaces nothing: the release would not be the commit that it is named after.',
    cure: 'Take them out of Git (`git rm --cached`, and a line in .gitignore), or build into another folder.',
  })
}
