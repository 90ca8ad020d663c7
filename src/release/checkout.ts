import type { Git } from '../drivers/git'
import { Failure, throwAll } from '../errors'
import { linkFollower } from './links'
import type { Manifest } from './manifest'
import { placesOf } from './paths'
import { contentOf, entryOf } from './sources'
import { submoduleFailures, treeOf } from './tree'
import type { CommittedTree } from './tree'

/**
 * The files of a commit, as the reader of the config wants them. Paths are relative to the app's folder; links are followed
 * as long as they stay in it.
 */
export interface CommitFiles {
  /** UTF-8 text; null when there is no such file. Throws a `Failure` (`file-not-utf8`) when it is no text. */
  read(path: string): Promise<string | null>
  /** Is there a file or a folder? */
  exists(path: string): boolean
  /** Names in a folder (`.`: the app's own), sorted; empty when there is no such folder. */
  list(folder: string): readonly string[]
}

/** What a repository's commits hold; each commit is read once, whoever asks. */
export class Checkout {
  readonly git: Git
  readonly #trees = new Map<string, Promise<CommittedTree>>()

  constructor(git: Git) {
    this.git = git
  }

  /** A commit that is in the checkout. Throws a `Failure` when some of its objects are not. */
  tree(commit: string): Promise<CommittedTree> {
    const known = this.#trees.get(commit)
    if (known !== undefined) return known
    const read = treeOf(this.git, commit)
    this.#trees.set(commit, read)
    return read
  }

  /** Throws a `Failure` when the app's folder (`unknown-folder`) or a submodule is missing in the commit. */
  async files(commit: string): Promise<CommitFiles> {
    const tree = await this.tree(commit)
    throwAll(submoduleFailures(tree))
    if (tree.files.length === 0 && this.git.prefix !== '') throw unknownFolder(this.git.prefix, commit)
    return filesOf(tree)
  }

  /** The manifest of a commit without artifacts; null when the checkout does not hold all of the commit. */
  async manifestAt(commit: string): Promise<Manifest | null> {
    if (!/^[0-9a-f]{40}$/.test(commit)) return null
    if ((await this.git.read(`${commit}^{commit}`)) === null) return null
    const tree = await this.tree(commit).catch((error: unknown) => {
      if (error instanceof Failure) return null
      throw error
    })
    return tree === null || tree.missing.length > 0 ? null : tree.files.map(entryOf)
  }
}

function filesOf(tree: CommittedTree): CommitFiles {
  const files = new Map(tree.files.map((file) => [file.path, file]))
  const places = placesOf(tree.files)
  const names = namesByFolder(places)
  const follow = linkFollower(tree.links)
  return {
    async read(path) {
      const end = follow(path)
      const file = end === null ? undefined : files.get(end)
      if (file === undefined) return null
      const chunks: Uint8Array[] = []
      for await (const chunk of contentOf(file)) chunks.push(chunk)
      return textOf(path, Buffer.concat(chunks))
    },
    exists(path) {
      const end = follow(path)
      return end !== null && places.has(end)
    },
    list(folder) {
      const end = follow(folder)
      return end === null ? [] : names.get(end) ?? []
    },
  }
}

function namesByFolder(places: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const byFolder = new Map<string, string[]>()
  for (const place of places) {
    if (place === '') continue
    const slash = place.lastIndexOf('/')
    const folder = place.slice(0, Math.max(slash, 0))
    const names = byFolder.get(folder)
    if (names === undefined) byFolder.set(folder, [place.slice(slash + 1)])
    else names.push(place.slice(slash + 1))
  }
  for (const names of byFolder.values()) names.sort()
  return byFolder
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Failure({
      code: 'file-not-utf8',
      what: `\`${path}\` is not UTF-8 text.`,
      cure: `Convert it, e.g. \`iconv -f latin1 -t utf-8 ${path}\`, and commit.`,
      at: { file: path, line: 1 },
      cause,
    })
  }
}

function unknownFolder(folder: string, commit: string): Failure {
  return new Failure({
    code: 'unknown-folder',
    what: `The commit ${commit.slice(0, 12)} has no folder \`${folder}\`.`,
    why: 'Files are read from the commit, whatever lies in the work tree.',
    cure: 'Check the input `working-directory`, and that the folder is committed.',
  })
}
