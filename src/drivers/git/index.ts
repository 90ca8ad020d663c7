import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logArguments, parseLog, parseTags, tagArguments } from './log'
import type { LoggedCommit, TagAt } from './log'
import { ObjectReader } from './objects'
import type { GitObject } from './objects'
import { askGit, gitFailed, runGit, shallowCheckout } from './process'
import type { RunOptions } from './process'
import { bare, gitDirIn, isGitDir, locate } from './repository'
import type { Located } from './repository'
import { listArguments, parseTree } from './tree'
import { dropTag, makeTag, pushTag, tagAtRemote, type NewTag, type Remote } from './tagging'
import type { TreeEntry } from './tree'

export { objectsMissing } from './process'
export type { LoggedCommit, TagAt } from './log'
export type { GitObject } from './objects'
export type { NewTag, Remote, Signing } from './tagging'
export type { TreeEntry } from './tree'

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  /** The repository is not searched above this folder, e.g. `GITHUB_WORKSPACE`. */
  readonly ceiling?: string | undefined
}

/**
 * The Git repository of a checkout. But for tags that are made and pushed it is read only: nothing is fetched, no hook runs, nothing is asked at a terminal, and it does
 * not matter who owns the folder. To be closed when done: `await using git = await Git.open(folder)`.
 */
export class Git implements AsyncDisposable {
  readonly #place: Located
  readonly #signal: AbortSignal | undefined
  readonly #objects: ObjectReader
  readonly #trees = new Map<string, Promise<readonly TreeEntry[]>>()
  readonly #submodules = new Map<string, Promise<Git | null>>()
  #ran = 0

  private constructor(place: Located, signal: AbortSignal | undefined) {
    this.#place = place
    this.#signal = signal
    this.#objects = new ObjectReader(place, signal)
  }

  /** Throws a `Failure`: `working-directory-missing`, `not-a-checkout`. Starts no process yet. */
  static async open(directory: string, options: OpenOptions = {}): Promise<Git> {
    return new Git(await locate(directory, options.ceiling), options.signal)
  }

  /**
   * A repository without a work tree, seen by a hook of it: with what a push has brought, which the environment names. Throws a
   * `Failure`: `not-a-repository`.
   */
  static async openBare(gitDir: string, folder: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Git> {
    return new Git(await bare(gitDir, folder, env), signal)
  }

  /** Absolute path of the work tree's top. */
  get top(): string {
    return this.#place.workTree
  }

  /** The folder that was opened, relative to the top; empty for the top. */
  get prefix(): string {
    return this.#place.prefix
  }

  /** Absolute path of what all work trees of the repository share: objects, submodules, LFS objects. */
  get commonDir(): string {
    return this.#place.commonDir
  }

  get signal(): AbortSignal | undefined {
    return this.#signal
  }

  /** Git processes started so far, those of opened submodules apart. */
  get processes(): number {
    return this.#ran + (this.#objects.started ? 1 : 0)
  }

  /** Any object by any name Git knows, null when there is none. Throws a `Failure` (`ambiguous-commit`, `git-failed`). */
  read(name: string): Promise<GitObject | null> {
    return this.#objects.read(name)
  }

  /** All files of a commit below a folder (empty: all), in the bytewise order of their paths. The commit must be there. */
  tree(commit: string, folder: string): Promise<readonly TreeEntry[]> {
    const key = `${commit}:${folder}`
    const known = this.#trees.get(key)
    if (known !== undefined) return known
    const below = folder === '' ? [] : ['--', `${folder}/`]
    const listed = this.#ask([...listArguments, commit, ...below]).then(parseTree)
    this.#trees.set(key, listed)
    return listed
  }

  /** Names of all tags, the newest first. */
  async tags(): Promise<readonly string[]> {
    const output = await this.#ask(['for-each-ref', '--sort=-creatordate', '--format=%(refname:lstrip=2)', 'refs/tags'])
    return output.toString('utf8').split('\n').filter((tag) => tag !== '')
  }

  /**
   * Branches of a remote as the checkout has them, and which of them a commit lies behind. Throws a `Failure` (`shallow-checkout`) when history was cut
   * off: then nobody could tell.
   */
  async remoteBranches(remote: string, commit: string): Promise<{ readonly all: readonly string[]; readonly behind: readonly string[] }> {
    if (await this.isShallow()) throw shallowCheckout()
    const args = ['for-each-ref', '--format=%(refname:lstrip=3)', `refs/remotes/${remote}/`]
    const [all, behind] = await Promise.all([this.#ask(args), this.#ask([...args, `--contains=${commit}`])])
    const names = (output: Buffer): readonly string[] => output.toString('utf8').split('\n').filter((name) => name !== '' && name !== 'HEAD')
    return { all: names(all), behind: names(behind) }
  }

  /**
   * All tags of commits whose names begin so and have no slash after that, and which of them lie behind a commit or at it. In no order. Throws a
   * `Failure` (`shallow-checkout`) when history was cut off: tags and commits are missing then, and nobody could tell which.
   */
  async tagsAround(commit: string, prefix: string): Promise<readonly TagAt[]> {
    if (await this.isShallow()) throw shallowCheckout()
    const [all, behind] = await Promise.all([this.#ask(tagArguments(prefix)), this.#ask([...tagArguments(prefix), `--merged=${commit}`])])
    const names = new Set(parseTags(behind).map(({ name }) => name))
    const tags = await Promise.all(parseTags(all).map(async ({ name, id, type }) => {
      // Git peels once here, and a tag of a tag is rare; a tag of a file or a folder is no release.
      const peeled = type === 'tag' ? await this.#commit(`refs/tags/${name}`) : type === 'commit' ? id : null
      return peeled === null ? [] : [{ name, commit: peeled, behind: names.has(name) }]
    }))
    return tags.flat()
  }

  /**
   * The commits that lie behind a commit or are it, and do not lie behind `since` (null: all there are), each before its parents. Throws a `Failure`:
   * `shallow-checkout`; with a folder also `git-objects-missing`, when a partial clone lacks folders.
   */
  async log(commit: string, since: string | null, folder: string): Promise<readonly LoggedCommit[]> {
    if (await this.isShallow()) throw shallowCheckout()
    const range = since === null ? [commit] : [commit, `^${since}`]
    // Which commits change the folder is asked apart: only those that a merge brought, and all of those, and with the merges still there to tell of.
    const inside = folder === '' ? null : this.#ask(['rev-list', '--full-history', '--no-merges', ...range, '--', folder])
    const [log, changing] = await Promise.all([this.#ask([...logArguments, ...range, '--']), inside])
    return parseLog(log, changing === null ? null : new Set(changing.toString('utf8').split('\n')))
  }

  /** The commit that a tag stands for at GitHub; null: there is none of that name. Throws a `Failure`: `git-remote`. */
  tagAt(remote: Remote, name: string): Promise<string | null> {
    this.#ran++
    return tagAtRemote(this.#place, remote, name, { signal: this.#signal })
  }

  /** Makes an annotated tag in the checkout; signed where there is a key. Throws a `Failure`: `tag-signing`, `git-failed`. */
  async makeTag(tag: NewTag): Promise<void> {
    this.#ran++
    await makeTag(this.#place, tag, { signal: this.#signal })
  }

  /** Takes a tag that was never pushed away from the checkout. */
  async dropTag(name: string): Promise<void> {
    this.#ran++
    await dropTag(this.#place, name, { signal: this.#signal })
  }

  /** `exists`: GitHub has that name already, and it stays what it is. Throws a `Failure`: `git-remote`, `tag-refused`. */
  pushTag(remote: Remote, name: string): Promise<'pushed' | 'exists'> {
    this.#ran++
    return pushTag(this.#place, remote, name, { signal: this.#signal })
  }

  /** Was history cut off when this was cloned? */
  async isShallow(): Promise<boolean> {
    const text = await readFile(join(this.#place.commonDir, 'shallow'), 'utf8').catch(() => '')
    return text.trim() !== ''
  }

  /** Is `older` an ancestor of `newer`, or the same? Unknown when the checkout holds too little to tell. */
  async isAncestor(older: string, newer: string): Promise<'yes' | 'no' | 'unknown'> {
    const [first, second] = await Promise.all([this.#commit(older), this.#commit(newer)])
    if (first === null || second === null) return 'unknown'
    if (first === second) return 'yes'
    if (await this.#reaches(first, second)) return 'yes'
    if (!(await this.isShallow())) return 'no'
    // Where history is cut off, only the opposite proves it: with `newer` behind `older` it cannot be ahead too.
    return (await this.#reaches(second, first)) ? 'no' : 'unknown'
  }

  /** The `filter` attribute of each of these files of a commit: `lfs`, or null. Paths relative to the top. */
  async filters(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    if (paths.length === 0) return new Map()
    const folder = await mkdtemp(join(tmpdir(), 'slipway-'))
    try {
      // `check-attr --source` needs Git 2.40; an index of the commit beside the checkout's own does for all.
      const env = { GIT_INDEX_FILE: join(folder, 'index') }
      await this.#ask(['read-tree', commit], { env })
      const input = paths.map((path) => `${path}\0`).join('')
      const output = await this.#ask(['check-attr', '--cached', '-z', '--stdin', 'filter'], { env, input })
      const fields = output.toString('utf8').split('\0')
      const filters = new Map<string, string | null>()
      for (let i = 0; i + 2 < fields.length; i += 3) {
        const value = fields[i + 2] ?? ''
        filters.set(fields[i] ?? '', ['unspecified', 'unset', 'set'].includes(value) ? null : value)
      }
      return filters
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /**
   * Files of a commit that are not the same in the work tree, or not there, below these folders (empty: all). Paths relative to the top.
   * Those whose content LFS keeps are left out: without its filter they always seem to differ.
   */
  async changed(commit: string, folders: readonly string[]): Promise<readonly string[]> {
    // By content: times are the checkout's, and a build may raise them.
    const args = ['-c', 'diff.autoRefreshIndex=true', 'diff', '--name-only', '-z', '--no-ext-diff', '--no-textconv', '--no-renames', '--ignore-submodules=all']
    const output = await this.#ask([...args, commit, '--', ...folders])
    const paths = output.toString('utf8').split('\0').filter((path) => path !== '')
    const filters = await this.filters(commit, paths)
    return paths.filter((path) => filters.get(path) !== 'lfs')
  }

  /** The repository of a submodule, by its path and its name in .gitmodules; null when it was not checked out. */
  submodule(path: string, name: string): Promise<Git | null> {
    const known = this.#submodules.get(path)
    if (known !== undefined) return known
    const opened = this.#openSubmodule(path, name)
    this.#submodules.set(path, opened)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const submodules = await Promise.allSettled(this.#submodules.values())
    await Promise.all([
      this.#objects.close(),
      ...submodules.map((opened) => (opened.status === 'fulfilled' ? opened.value?.[Symbol.asyncDispose]() : undefined)),
    ])
  }

  async #openSubmodule(path: string, name: string): Promise<Git | null> {
    const workTree = join(this.top, ...path.split('/'))
    // Not there on disk when it was added by a later commit than the one checked out, or removed by it: its store still is.
    const stored = join(this.commonDir, 'modules', ...name.split('/'))
    const inTree = await gitDirIn(workTree)
    const gitDir = inTree ?? (!name.split('/').includes('..') && (await isGitDir(stored)) ? stored : null)
    if (gitDir === null) return null
    const top = inTree === null ? gitDir : workTree
    return new Git({ workTree: top, gitDir, prefix: '', commonDir: gitDir }, this.#signal)
  }

  async #commit(name: string): Promise<string | null> {
    return (await this.read(`${name}^{commit}`))?.id ?? null
  }

  async #reaches(from: string, to: string): Promise<boolean> {
    this.#ran++
    const args = ['merge-base', '--is-ancestor', from, to]
    const { code, errors } = await runGit(this.#place, args, { signal: this.#signal })
    if (code > 1) throw gitFailed(args, `exit code ${code}`, errors)
    return code === 0
  }

  #ask(args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    this.#ran++
    return askGit(this.#place, args, { ...options, signal: this.#signal })
  }
}
