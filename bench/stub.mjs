// Starts a built entry as the runner does, with nothing in between, so that what is measured is the action.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runnerEnvironment } from '../script/action.d/environment.mjs'
import { fileCommands } from '../script/action.d/file-commands.mjs'
import { actions, metadata, root } from '../script/build.d/metadata.mjs'

/**
 * Runs `main` of an action in the checkout `cwd`. Resolves with `{ code, log, outputs, wall, firstError }`: milliseconds from
 * the start of the process to its end, and to its first `::error` (null: none).
 */
export async function runStub(name, options) {
  const { script, env, cwd, outputs, remove } = prepareStub(name, options)
  try {
    return { ...await timed(script, env, cwd), outputs: outputs() }
  } finally {
    remove()
  }
}

/** What a run of it takes: the script, its environment and folder; what it leaves as outputs is read by `outputs()` before `remove()`. */
export function prepareStub(name, { inputs = {}, env = {}, cwd }) {
  const action = actions.find((one) => one.name === name)
  const { inputs: declared, runs, folder } = metadata(action)
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
  const commands = fileCommands(temporary, {})
  const back = process.cwd()
  process.chdir(cwd)
  const runner = runnerEnvironment({ PATH: process.env.PATH, HOME: process.env.HOME, ...certificates() }, temporary)
  process.chdir(back)
  const defaults = declared.map(({ name: input, fallback = '' }) => [input, fallback.startsWith('$') ? '' : fallback])
  const given = { ...Object.fromEntries(defaults), ...inputs }
  const variables = Object.fromEntries(Object.entries(given).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value]))
  return {
    script: join(root, folder, runs.main), cwd, env: { ...runner, ...commands.env, ...variables, ...env },
    outputs: () => commands.outputs(), remove: () => rmSync(temporary, { recursive: true, force: true }),
  }
}

function certificates() {
  const names = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].filter((name) => process.env[name])
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

/** Starts a script of Node's and takes its times. */
export function timed(script, env, cwd) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    let firstError = null
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        log += chunk
        if (firstError === null && log.includes('::error')) firstError = performance.now() - began
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, log, wall: performance.now() - began, firstError }))
  })
}
