import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../../..')

/** A folder of its own below the system's temporary one. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'slipway-toolchain-'))
}

/** A copy of all that a build needs, at another path. Packages are hard-linked where that can be. */
export function copyOfTree(): string {
  const folder = emptyFolder()
  const sources = ['src', 'actions', 'action.yml', 'script', 'package.json', 'package-lock.json', 'tsconfig.json', 'dist']
  for (const name of sources) cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true })
  const packages = join(root, 'node_modules')
  // A symbolic link would not do: the bundler numbers modules by their real paths.
  if (spawnSync('cp', ['-al', packages, folder]).status !== 0) spawnSync('cp', ['-a', packages, folder])
  return folder
}

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function runIn(folder: string, program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env, input = ''): Outcome {
  return spawnSync(program, words, { cwd: folder, encoding: 'utf8', env, input })
}

/** Path of a Node 24. */
export function node24(): string {
  const { status, stdout, stderr } = runIn(root, join(root, 'script/node24'), [])
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}
