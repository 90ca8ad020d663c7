// What every demo has: lines for people, programs that have to end well, an app in a repository, a host, and actions run as on GitHub.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileCommands } from '../action.d/file-commands.mjs'

export const root = join(import.meta.dirname, '..', '..')
const tty = process.stdout.isTTY
const paint = (code, text) => tty ? `\x1b[${code}m${text}\x1b[0m` : text
export const bold = (text) => paint(1, text)
export const dim = (text) => paint(2, text)
export const good = (text) => paint(32, text)
export const bad = (text) => paint(31, text)
export const say = (text = '') => console.log(text)
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** Ends the demo; the host stays, to be looked at. */
export function giveUp(text) {
  say(bad(`\n   ✗ ${text}`))
  process.exit(1)
}

/** An action's log as it comes, less the commands to the runner and what is printed again from the files it wrote. */
function showLog(stream) {
  let over = false
  createInterface({ input: stream }).on('line', (line) => {
    over ||= line.startsWith('──── ')
    if (!over && line.trim() !== '' && !line.startsWith('::')) say(dim(`   ${line}`))
  })
}

/** Runs a program; `{ stdout, took }`, or the end of the demo with what it said when it does not end with `code`. */
export function must(program, words, { cwd = root, env = {}, follow, code: expected = 0 } = {}) {
  return new Promise((resolve) => {
    const began = performance.now()
    const child = spawn(program, words, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let all = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => { stdout += chunk; all += chunk })
    child.stderr.setEncoding('utf8').on('data', (chunk) => { all += chunk })
    if (follow === 'notes') child.stderr.on('data', (chunk) => process.stderr.write(dim(chunk)))
    if (follow === 'log') showLog(child.stdout)
    child.on('close', (code) => {
      if (code === expected) {
        resolve({ stdout: stdout.trim(), took: performance.now() - began })
        return
      }
      say(all)
      giveUp(`${[program.replace(`${root}/`, ''), words[0]].join(' ')} ended with ${code}.`)
    })
  })
}

export const rig = (...words) => must(join(root, 'script/rig'), words, { follow: 'notes' })

const author = {
  GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
}

/** An example in a repository of its own, named `name`, and the actions that are run in its checkout. */
export class Checkout {
  #work = mkdtempSync(join(tmpdir(), 'slipway-demo-'))
  #step = 0

  constructor(example, name) {
    this.path = join(this.#work, name)
    cpSync(join(root, 'examples', example), this.path, { recursive: true, filter: (file) => !/node_modules|__pycache__/.test(file) })
  }

  git(...words) {
    return must('git', words, { cwd: this.path, env: author })
  }

  /** Changes a file by a function of its text. */
  change(file, how) {
    const path = join(this.path, file)
    const before = readFileSync(path, 'utf8')
    const after = how(before)
    if (after === before) giveUp(`There is nothing to change in ${file}.`)
    writeFileSync(path, after)
  }

  write(file, text) {
    writeFileSync(join(this.path, file), text)
  }

  async release(tag, message) {
    if (this.#step === 0) await this.git('init', '--quiet', '--initial-branch', 'main')
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--message', message)
    await this.git('tag', tag)
  }

  /**
   * Runs an action here, and prints its summary as GitHub would show it; resolves with its outputs. `variables` are the step's `env`,
   * `fails` says that it has to.
   */
  async action(title, name, inputs, { variables = {}, env = {}, fails = false } = {}) {
    const names = ['GITHUB_STEP_SUMMARY', 'GITHUB_OUTPUT']
    const files = Object.fromEntries(names.map((file) => [file, join(this.#work, `${file}-${this.#step}`)]))
    for (const file of Object.values(files)) writeFileSync(file, '')
    const told = inputs.filter((input) => !/^(ssh-key|known-hosts|mirror|kubeconfig)/.test(input))
    say(`\n${bold(`${++this.#step}. ${title}`)}  ${dim([name, ...told].join(' ').replaceAll('\n', ' '))}`)
    const words = [name, ...inputs, ...Object.entries(variables).map(([key, value]) => `${key}=${value}`)]
    const options = { cwd: this.path, env: { ...files, ...env }, follow: 'log', code: fails ? 1 : 0 }
    const { took } = await must(join(root, 'script/action'), words, options)
    const { summary, outputs } = fileCommands(this.#work, files)
    for (const line of summary().trim().split('\n')) say(`   ${dim('│')} ${line}`)
    say(`   ${fails ? good('✓ red, as it has to be:') : good('✓')} ${seconds(took)}`)
    return outputs()
  }

  remove() {
    rmSync(this.#work, { recursive: true })
  }
}

/** A host of the rig, made anew; `reach` are the inputs that lead to it. */
export async function freshHost(name, ...options) {
  await rig('down', name)
  const { stdout: address, took } = await rig('up', name, '--user', 'deploy', ...options)
  const [key, knownHosts] = (await rig('key', name)).stdout.split('\n')
  return {
    address, took,
    reach: [`hosts=deploy@${address}`, `ssh-key=@${key}`, `known-hosts=@${knownHosts}`],
    shell: (script) => must(join(root, 'script/rig'), ['ssh', name, script]).then(({ stdout }) => stdout),
    leave() {
      say(`Look around: script/rig ssh ${name}     Remove it: script/rig down ${name}`)
    },
  }
}
