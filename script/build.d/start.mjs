// Starts what was built. A bundle that lacks a package is built without a murmur and fails when it is loaded.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './metadata.mjs'

/** Loads every action with all its chunks in an empty folder; throws what went wrong. */
export function start(metadatas) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-start-'))
  try {
    for (const { name } of metadatas) {
      const script = `require(${JSON.stringify(join(root, 'dist/bundle/index.js'))}).load('${name}')`
      const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(`dist/${name} does not start:\n${stderr.slice(0, 4000)}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
