// Programs that the benchmarks run: to their end at once, or as what is measured.
import { execFileSync, spawn } from 'node:child_process'
import { root } from '../script/build.d/metadata.mjs'

/** Standard output, trimmed; throws when it fails. */
export function call(program, words, options = {}) {
  return execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 64 << 20, ...options }).trim()
}

/** Resolves with `{ code, log }`; code null: it was ended after its time. */
export function run(program, words, { env = {}, limit = 300_000 } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own: what it started ends with it.
    const child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGTERM'), limit)
    let log = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { log += text })
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, log })
    })
  })
}

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time))
