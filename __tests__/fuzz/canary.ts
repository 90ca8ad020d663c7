import child from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

/** Starts the program that a surface is of: everybody else is caught at it. */
export const starting = child.spawn

const started: string[] = []

// Node's permission model keeps files; a program must be startable, since the host program is one.
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  Object.assign(child, {
    [name](...words: readonly unknown[]): never {
      started.push(`${name} ${JSON.stringify(words).slice(0, 500)}`)
      throw new Error('no program is started here')
    },
  })
}
syncBuiltinESMExports()

/** What was started since this was asked last, whoever caught the error. */
export function startedSince(): readonly string[] {
  return started.splice(0)
}
