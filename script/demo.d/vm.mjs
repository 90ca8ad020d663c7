// Bare host → v1.0.0 → v1.1.0 → v1.0.0, under constant load.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startLoad } from '../../rig/load.mjs'

const root = join(import.meta.dirname, '..', '..')
const work = mkdtempSync(join(tmpdir(), 'slipway-demo-'))
const shop = join(work, 'shop')
const tty = process.stdout.isTTY
const paint = (code, text) => tty ? `\x1b[${code}m${text}\x1b[0m` : text
const bold = (text) => paint(1, text)
const dim = (text) => paint(2, text)
const good = (text) => paint(32, text)
const bad = (text) => paint(31, text)
const say = (text = '') => console.log(text)

/** An action's log as it comes, less the commands to the runner and what is printed again from the files it wrote. */
function showLog(stream) {
  let over = false
  createInterface({ input: stream }).on('line', (line) => {
    over ||= line.startsWith('──── ')
    if (!over && line.trim() !== '' && !line.startsWith('::')) say(dim(`   ${line}`))
  })
}

/** Runs a program; `{ stdout, took }`, or the end of the demo with what it said. */
function must(program, words, { cwd = root, env = {}, follow } = {}) {
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
      if (code === 0) {
        resolve({ stdout: stdout.trim(), took: performance.now() - began })
        return
      }
      say(all)
      say(bad(`\n✗ ${[program.replace(`${root}/`, ''), words[0]].join(' ')} ended with ${code}.`))
      process.exit(1)
    })
  })
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
const rig = (...words) => must(join(root, 'script/rig'), words, { follow: 'notes' })
const author = {
  GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com',
}
const git = (...words) => must('git', words, { cwd: shop, env: author })

let step = 0
/** Runs an action in the checkout and prints its summary as GitHub would show it. */
async function action(title, name, inputs, env = {}) {
  const files = Object.fromEntries(['GITHUB_STEP_SUMMARY', 'GITHUB_OUTPUT'].map((file) => [file, join(work, `${file}-${step}`)]))
  for (const file of Object.values(files)) writeFileSync(file, '')
  const told = inputs.filter((input) => !/^(ssh-key|known-hosts|mirror)/.test(input))
  say(`\n${bold(`${++step}. ${title}`)}  ${dim([name, ...told].join(' '))}`)
  const words = [name, ...inputs, 'DATABASE_URL=sqlite:data/shop.sqlite']
  const { took } = await must(join(root, 'script/action'), words, { cwd: shop, env: { ...files, ...env }, follow: 'log' })
  for (const line of readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8').trim().split('\n')) say(`   ${dim('│')} ${line}`)
  say(`   ${good('✓')} ${seconds(took)}`)
}

async function served(address) {
  const answers = await Promise.all(['/', '/js/'].map(async (path) => {
    const url = `http://${address}${path}`
    try {
      const response = await fetch(url)
      return `${path} ${(await response.json()).version}`
    } catch (error) {
      say(bad(`   ✗ ${url} does not answer: ${error.cause?.message ?? error.message}. Look there: script/rig ssh demo`))
      process.exit(1)
    }
  }))
  return answers.join(', ')
}

say(bold('Slipway: a bare Debian host, two tags and a way back, under load\n'))
cpSync(join(root, 'examples/shop'), shop, { recursive: true, filter: (file) => !/node_modules|__pycache__/.test(file) })
await git('init', '--quiet', '--initial-branch', 'main')
await git('add', '--all')
await git('commit', '--quiet', '--message', 'The shop opens')
await git('tag', 'v1.0.0')

await rig('down', 'demo')
const { stdout: address, took: booted } = await rig('up', 'demo', '--image', 'bare', '--user', 'deploy')
const [key, knownHosts] = (await rig('key', 'demo')).stdout.split('\n')
const [mirror, checksum] = (await rig('mirror')).stdout.split('\n')
say(`A host: ${address}, Debian with systemd and sshd, nothing else ${dim(`(${seconds(booted)})`)}`)
say(`A repository: examples/shop, tagged v1.0.0 ${dim(shop)}`)
const reach = [`hosts=deploy@${address}`, `ssh-key=@${key}`, `known-hosts=@${knownHosts}`]

await action('The host is made ready', 'setup-vm', [...reach, `mirror=${mirror}`, `mirror-checksum=${checksum}`])
await action('v1.0.0 goes out', 'push-release', reach)
say(`   served: ${await served(address)}`)

const rate = 50
const requests = ['GET /', 'POST /echo', 'GET /js/', 'POST /js/echo']
const load = startLoad({ address, port: 80, rate, kept: 5, seconds: 1800, requests })
say(dim(`\nFrom here on ${rate} requests a second: half on new connections, half on 5 kept ones that never reconnect.`))
const marks = []
const mark = (text) => marks.push({ at: Date.now() - load.startedAt, text })

writeFileSync(join(shop, 'VERSION'), '1.1.0\n')
await git('commit', '--quiet', '--all', '--message', 'One line changed')
await git('tag', 'v1.1.0')
mark('v1.1.0 begins')
await action('v1.1.0 goes out', 'push-release', reach)
say(`   served: ${await served(address)}`)

mark('rollback begins')
await action('and back', 'push-release', [...reach, 'operation=rollback'], { GITHUB_EVENT_NAME: 'workflow_dispatch' })
say(`   served: ${await served(address)}`)
await new Promise((resolve) => setTimeout(resolve, 2000))

const result = await load.stop()
const path = result.changes.filter((change) => change.path === '/').map(({ at, to }) => ({ at, text: `/ answers ${to}` }))
say(`\n${bold('The load')}`)
for (const { at, text } of [...marks, ...path].toSorted((a, b) => a.at - b.at)) say(`   ${seconds(at).padStart(8)}  ${text}`)
const by = Object.entries(result.versions).map(([version, answers]) => `${answers} answered by ${version}`).join(', ')
say(`   ${result.sent} requests in ${result.seconds.toFixed(0)} s: ${by}`)
say(`   answered in ${result.p50} ms (median), ${result.p99} ms (99 %); longest time without an answer: ${result.longestGap} ms`)
for (const { at, kind, request, error } of result.failures.slice(0, 10)) {
  say(bad(`   ✗ ${seconds(at)} ${kind} ${request}: ${error}`))
}

const seen = Object.keys(result.versions).toSorted().join(' ')
const problems = [
  ...result.failed ? [`${result.failed} of ${result.sent} requests failed`] : [],
  ...seen === '1.0.0 1.1.0' ? [] : [`versions 1.0.0 and 1.1.0 should have answered, and these did: ${seen || 'none'}`],
  ...path.at(-1)?.text === '/ answers 1.0.0' ? [] : ['the rollback does not serve 1.0.0'],
]
say(problems.length > 0 ? bad(`   ✗ ${problems.join('; ')}`) : good('   ✓ 0 failed requests'))
say(`\nThe host is still there: ${bold(`http://${address}/`)} and http://${address}/js/`)
say(`Look around: script/rig ssh demo     Remove it: script/rig down demo`)
rmSync(work, { recursive: true })
process.exit(problems.length > 0 ? 1 : 0)
