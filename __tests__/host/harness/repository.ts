import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { must, root } from './command'

/** A Git repository as `actions/checkout` leaves it, in a folder of its own. */
export interface Repository {
  readonly path: string
  /** Writes files (path → text; undefined removes) without a commit. */
  write(files: Readonly<Record<string, string | undefined>>): void
  /** Replaces text in a file; throws when it is not there. */
  replace(file: string, from: string | RegExp, to: string): void
  /** Commits all there is, tags it when told, and resolves with the commit's 40 hex. */
  commit(message: string, tag?: string): Promise<string>
  git(...args: string[]): Promise<string>
  remove(): void
}

export interface RepositoryOptions {
  /** Files over those of the example. */
  readonly files?: Readonly<Record<string, string | undefined>>
  /** Tag of the first commit. */
  readonly tag?: string
  /** The name in slipway.yml (`app:`), so that several live on one host. */
  readonly app?: string
}

/** Makes a repository of one of `examples/`, or of files alone, with one commit. */
export async function makeRepository(example: string | undefined, options: RepositoryOptions = {}): Promise<Repository> {
  const path = mkdtempSync(join(tmpdir(), 'slipway-repository-'))
  if (example !== undefined) cpSync(join(root, 'examples', example), path, { recursive: true, filter: isSource })
  const env = {
    PATH: process.env['PATH'], HOME: path, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
  }
  const git = (...args: string[]): Promise<string> => must('git', args, { cwd: path, env })
  const repository: Repository = {
    path,
    git,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) {
        const file = join(path, name)
        if (text === undefined) rmSync(file, { recursive: true })
        else {
          mkdirSync(dirname(file), { recursive: true })
          writeFileSync(file, text)
        }
      }
    },
    replace: (name, from, to) => {
      const file = join(path, name)
      const before = readFileSync(file, 'utf8')
      const after = before.replace(from, to)
      if (after === before) throw new Error(`${name} does not hold ${String(from)}`)
      writeFileSync(file, after)
    },
    commit: async (message, tag) => {
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', message)
      if (tag !== undefined) await git('tag', tag)
      return git('rev-parse', 'HEAD')
    },
    remove: () => { rmSync(path, { recursive: true, force: true }) },
  }
  await git('init', '--quiet', '--initial-branch', 'main')
  await git('remote', 'add', 'origin', 'https://github.example/ada/shop.git')
  if (options.files) repository.write(options.files)
  if (options.app !== undefined) repository.replace('slipway.yml', /^app:.*$/m, `app: ${options.app}`)
  await repository.commit('first', options.tag)
  return repository
}

const isSource = (file: string): boolean => !/[/](node_modules|__pycache__|[.]venv)([/]|$)/.test(file)
