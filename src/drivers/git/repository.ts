import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { Failure } from '../../errors'
import type { Place } from './process'

export interface Located extends Place {
  /** The folder asked for, relative to the work tree's top, with `/`; empty for the top itself. */
  readonly prefix: string
  /** Where objects, `shallow`, submodules and LFS objects are; another than `gitDir` in a linked work tree. */
  readonly commonDir: string
}

/**
 * The repository that a folder belongs to, found as Git finds it but without a process. Not above `ceiling`: a workspace
 * without a checkout must not fall through to a repository that the runner happens to live in.
 */
export async function locate(directory: string, ceiling?: string): Promise<Located> {
  const start = await realpath(directory).catch(() => null)
  if (start === null || !(await stat(start)).isDirectory()) {
    throw new Failure({
      code: 'working-directory-missing',
      what: `The folder \`${directory}\` is not there.`,
      why: 'The version is resolved in the Git checkout that it belongs to.',
      cure: directory.includes('\\') ? `Separate folders with \`/\`, which all runners understand, from the checkout on: \`working-directory: ${directory.replaceAll('\\', '/').replace(/^([a-z]:|\.)?\/+/i, '')}\`.`
        : 'Run actions/checkout before this step, and check the input `working-directory`.',
    })
  }
  const last = ceiling === undefined ? null : await realpath(ceiling).catch(() => null)
  for (let folder = start; ; folder = dirname(folder)) {
    const gitDir = await gitDirIn(folder)
    if (gitDir !== null) {
      const prefix = relative(folder, start).split(sep).join('/')
      return { workTree: folder, gitDir, prefix, commonDir: await commonDirOf(gitDir) }
    }
    if (folder === last || folder === dirname(folder)) break
  }
  throw new Failure({
    code: 'not-a-checkout',
    what: directory === '.' ? 'There is no Git checkout where this step runs.' : `\`${directory}\` is not in a Git checkout.`,
    why: 'The version is resolved in the checkout, and every file is read from its commit.',
    cure: 'Run actions/checkout with `fetch-depth: 0` before this step. In a container job Git must be there before the '
      + 'checkout, or it downloads an archive without history.',
  })
}

/** The Git folder of a work tree's top, or null. Its `.git` is a folder, or a file that says where the folder is. */
export async function gitDirIn(top: string): Promise<string | null> {
  const candidate = join(top, '.git')
  const kind = await stat(candidate).catch(() => null)
  if (kind === null) return null
  if (kind.isDirectory()) return (await isGitDir(candidate)) ? candidate : null
  const [, target] = /^gitdir: (.+?)\r?\n?$/.exec(await readFile(candidate, 'utf8')) ?? []
  if (target === undefined) return null
  const gitDir = isAbsolute(target) ? target : resolve(top, target)
  return (await isGitDir(gitDir)) ? gitDir : null
}

/** A repository without a work tree; `folder` is the app's in its commits. Throws a `Failure` (`not-a-repository`). */
export async function bare(gitDir: string, folder: string, env: NodeJS.ProcessEnv): Promise<Located> {
  const found = await realpath(gitDir).catch(() => null)
  if (found === null || !(await isGitDir(found))) {
    throw new Failure({
      code: 'not-a-repository',
      what: `\`${gitDir}\` is no Git repository.`,
      cure: 'Run setup-vm with `git-push: true`, which makes it.',
    })
  }
  const quarantine = Object.fromEntries(quarantined.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const prefix = folder.split('/').filter((part) => part !== '' && part !== '.').join('/')
  return { workTree: found, gitDir: found, prefix, commonDir: found, quarantine }
}

/** What Git tells a hook that runs before a push is accepted. */
const quarantined = ['GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_QUARANTINE_PATH']

export async function isGitDir(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'HEAD')).catch(() => null)) !== null
}

async function commonDirOf(gitDir: string): Promise<string> {
  const text = await readFile(join(gitDir, 'commondir'), 'utf8').catch(() => null)
  return text === null ? gitDir : resolve(gitDir, text.trim())
}
