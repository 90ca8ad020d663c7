// Stands in for the runner: see script/action.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actions, metadata, root } from '../build.d/metadata.mjs'
import { runnerEnvironment } from './environment.mjs'
import { fileCommands } from './file-commands.mjs'
import { Masked } from './masked.mjs'

const [name, ...given] = process.argv.slice(2)
const action = actions.find((candidate) => candidate.name === name)
if (action === undefined) {
  console.error(`usage: script/action ${actions.map((one) => one.name).join('|')} [input=value | input=@file | NAME=value]…`)
  process.exit(2)
}
const { inputs: declared, runs, folder } = metadata(action)

function assignments(words) {
  const inputs = {}
  const env = {}
  for (const word of words) {
    const [, key, value] = /^([^=]+)=([\s\S]*)$/.exec(word) ?? []
    if (key === undefined) {
      console.error(`\`${word}\` assigns nothing. Write input=value or NAME=value.`)
      process.exit(2)
    }
    const isInput = /^[a-z]/.test(key)
    if (isInput && value.startsWith('@')) inputs[key] = readFileSync(value.slice(1), 'utf8')
    else (isInput ? inputs : env)[key] = value
  }
  return { inputs, env }
}

/** All declared inputs, and those that are not: the runner hands those over as well. */
function inputVariables(inputs, env) {
  const all = Object.fromEntries(declared.map(({ name: input, fallback = '' }) => [input, fallback]))
  const values = Object.entries({ ...all, ...inputs })
  return Object.fromEntries(
    values.map(([input, value]) => [
      `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`,
      value.replaceAll('${{ github.token }}', env.GITHUB_TOKEN ?? ''),
    ]),
  )
}

/** Runs an entry to its end. A signal goes on to it as when a job is cancelled: then SIGTERM after 7.5 s, the end 2.5 s later. */
function runEntry(path, env, masked) {
  return new Promise((resolve) => {
    // A process group of its own, so that a Ctrl-C comes to it once, and from here.
    const child = spawn(process.execPath, [join(root, folder, path)], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    masked.follow(child.stdout, process.stdout)
    masked.follow(child.stderr, process.stderr)
    const timers = []
    const cancel = () => {
      child.kill('SIGINT')
      timers.push(setTimeout(() => child.kill('SIGTERM'), 7_500))
      timers.push(setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 10_000))
    }
    process.once('SIGINT', cancel)
    process.once('SIGTERM', cancel)
    child.on('close', (code, signal) => {
      timers.forEach(clearTimeout)
      process.off('SIGINT', cancel)
      process.off('SIGTERM', cancel)
      resolve(code ?? (signal === 'SIGKILL' ? 137 : 143))
    })
  })
}

const { inputs, env: stepEnv } = assignments(given)
const temporary = mkdtempSync(join(tmpdir(), 'slipway-runner-'))
const commands = fileCommands(temporary, process.env)
const env = { ...runnerEnvironment(process.env, temporary), ...commands.env, ...stepEnv }
const masked = new Masked()
const code = await runEntry(runs.main, { ...env, ...inputVariables(inputs, env) }, masked)
if (runs.post !== undefined) {
  // Inputs are handed to post as well, though an action had better not rely on them.
  await runEntry(runs.post, { ...env, ...inputVariables(inputs, env), ...commands.state() }, masked)
}
const summary = commands.summary()
if (summary !== '') process.stdout.write(`\n──── summary ────\n${masked.hide(summary)}\n`)
const outputs = Object.entries(commands.outputs())
if (outputs.length > 0) {
  process.stdout.write(`\n──── outputs ────\n${masked.hide(outputs.map(([key, value]) => `${key}=${value}`).join('\n'))}\n`)
}
rmSync(temporary, { recursive: true, force: true })
process.exitCode = code
