// Runs a program and takes what it took, with all that it started: see bench/measured.py.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../script/build.d/metadata.mjs'

/**
 * Resolves with `{ code, log, begun, ended, cpu, peak }`: Unix time in milliseconds, seconds, and bytes (null unless `memory`).
 * `strikeAt`: as soon as its output matches, it is killed with all that it started; `code` is negative then.
 */
export function measured([program, ...words], { env = process.env, cwd = root, memory = false, strikeAt } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
  const result = join(folder, 'result.json')
  const all = [join(root, 'bench/measured.py'), result, ...(memory ? ['--memory'] : []), program, ...words]
  return new Promise((resolve, reject) => {
    const child = spawn('python3', all, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        log += text
        if (strikeAt?.test(log)) child.kill('SIGTERM')
      })
    }
    child.on('error', reject)
    child.on('close', () => {
      try {
        const { begun, ended, cpu, peak, code } = JSON.parse(readFileSync(result, 'utf8'))
        resolve({ code, log, begun: begun * 1000, ended: ended * 1000, cpu, peak })
      } catch (error) {
        reject(new Error(`${program} could not be measured:\n${log}`, { cause: error }))
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  })
}
