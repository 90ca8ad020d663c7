// Runs layer after layer, streams what they print, and adds up.
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const names = ['unit', 'driver', 'contract', 'host', 'docker', 'cluster', 'workflow']
const args = process.argv.slice(2)
const unknown = args.filter((arg) => arg !== '--required' && !names.includes(arg))
if (unknown.length > 0) {
  console.error(`script/test does not know ${unknown.join(', ')}. Layers: ${names.join(', ')}; and --required`)
  process.exit(2)
}
const required = args.includes('--required') || Boolean(process.env.CI)
const asked = names.filter((name) => args.includes(name))
const layers = asked.length > 0 ? asked : names
const env = { ...process.env, SLIPWAY_TEST_RUN: `${Date.now()}-${process.pid}`, PYTHONDONTWRITEBYTECODE: '1' }

/** `{ code, text }`; what it prints is passed on at once. */
function run(program, words) {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      from.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
        to.write(chunk)
      })
    }
    child.on('error', (error) => resolve({ code: 127, text: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, text }))
  })
}

const none = { passed: 0, failed: 0, skipped: 0 }
const one = (good) => good ? { ...none, passed: 1 } : { ...none, failed: 1 }
const plus = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped })
const sum = (all) => all.reduce(plus, none)
const told = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`

/** A check that is no test of Jest's counts as one. */
async function check(title, program, ...words) {
  const { code } = await run(program, words)
  console.log(`  ${code === 0 ? '✓' : '✗'} ${title}`)
  return one(code === 0)
}

async function jest(layer) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-jest-'))
  const report = join(folder, 'report.json')
  // What machines, programs and builds take leaves a core for another file; more than two would only wait for each other.
  const workers = layer === 'unit' ? [] : ['--maxWorkers=2']
  // For a test that hangs, not for a machine that is slow.
  const limit = `--testTimeout=${slow.has(layer) ? 300_000 : 60_000}`
  // What takes minutes begins with the longest, and tells of each test as it ends.
  const patient = ['--testSequencer=<rootDir>/script/test.d/longest-first.mjs', '--reporters=default',
    '--reporters=<rootDir>/script/test.d/live.mjs']
  const { code } = await run(process.execPath, [
    '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js',
    '--selectProjects', layer, '--ci', '--json', '--outputFile', report, limit, ...workers, ...(slow.has(layer) ? patient : []),
  ])
  let counted
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    counted = {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    }
  } catch {
    counted = none
  }
  rmSync(folder, { recursive: true })
  return code !== 0 && counted.failed === 0 ? sum([counted, one(false)]) : counted
}

/** Python's own tests, of the program that runs on hosts. */
async function unittests() {
  const folders = new Set(globSync('__tests__/unit/**/test_*.py', { cwd: root }).map((file) => dirname(file)))
  const counts = []
  for (const folder of folders) {
    const { code, text } = await run('python3', ['-m', 'unittest', 'discover', '--start-directory', folder])
    const number = (pattern) => Number(pattern.exec(text)?.[1] ?? 0)
    const ran = number(/^Ran (\d+) test/m)
    const failed = number(/failures=(\d+)/) + number(/errors=(\d+)/) || (code === 0 ? 0 : 1)
    const skipped = number(/skipped=(\d+)/)
    counts.push({ passed: Math.max(0, ran - failed - skipped), failed, skipped })
  }
  return sum(counts)
}

const slow = new Set(['host', 'docker', 'cluster', 'workflow'])

/** Brings what a layer needs. Why something could not be brought: what it said, less the cure; or nothing. */
async function prepared(...commands) {
  for (const [program, ...words] of commands) {
    const { code, text } = await run(program, words)
    if (code !== 0) return text.trim().split('\n').at(-2) ?? `${[program, ...words].join(' ')} failed`
  }
  return undefined
}

/** What comes before a layer's tests; returns why they cannot run, or nothing. */
const prepare = {
  /** They can always: those that miss a program are skipped one by one. */
  async unit() {
    const { text } = await run('script/test.d/programs', ['unit', ...(required ? ['--required'] : [])])
    env.PATH = [env.PATH, ...text.split('\n').filter((line) => line.startsWith('/'))].join(':')
  },
  driver: () => prepared(['script/test.d/programs', 'driver']),
  // It has a real sshd too, to be refused by.
  contract: () => prepared(['script/test.d/programs', 'driver']),
  async host() {
    if (process.platform !== 'linux') return 'hosts need Linux'
    return await prepared(['rig/host/image', 'bare'], ['rig/host/image', 'ready'], ['rig/mirror', 'folder'], ['rig/acme', 'build'])
  },
  async docker() {
    if (process.platform !== 'linux') return 'an Engine of our own needs Linux'
    return await prepared(
      ['rig/host/image', 'docker'], ['rig/host/image', 'docker', 'trixie'], ['rig/mirror', 'folder'], ['rig/image/plugins'],
      ['rig/image/registry', 'program'], ['rig/image/buildkit', 'program'], ['rig/image/busybox'], ['rig/library'],
    )
  },
  async cluster() {
    if (process.platform !== 'linux') return 'a cluster of our own needs Linux'
    // Here, not in the first test: what it takes to start once is no test's time.
    return await prepared(
      ['rig/cluster/programs', 'hyperkube', 'coredns', 'helm3', 'helm4'], ['rig/cluster/image', '1.0.0'], ['script/rig', 'up', '--cluster', '--fresh-for', env.SLIPWAY_TEST_RUN],
    )
  },
}

/** What is not left running after a layer, for it is never idle. */
const after = {
  cluster: async () => void (await run('script/rig', ['down', '--cluster'])),
}

/** What a layer has beside its tests of Jest's, at the same time: Python's mostly wait, and the rest takes one core. */
const beside = {
  unit: async () => sum(await Promise.all([check('lint', 'script/lint'), unittests()])),
}

/** What it has before them: nobody builds while how long something takes is measured. */
const before = {
  contract: async () => check('dist/ and generated files are fresh', 'script/build', '--check'),
}

const total = []
for (const layer of layers) {
  const began = performance.now()
  console.log(`\n── ${layer} ${'─'.repeat(60 - layer.length)}`)
  if (globSync(`__tests__/${layer}/**/*.test.ts`, { cwd: root }).length === 0) {
    console.log(`${layer}: no tests yet`)
    continue
  }
  const obstacle = await prepare[layer]?.()
  if (obstacle !== undefined) {
    console.log(`${layer}: ${required ? 'cannot run, and has to' : 'skipped'}: ${obstacle}`)
    total.push(required ? one(false) : { ...none, skipped: 1 })
    continue
  }
  const first = await before[layer]?.() ?? none
  const counted = sum([first, ...await Promise.all([beside[layer]?.() ?? none, jest(layer)])])
  await after[layer]?.()
  total.push(counted)
  console.log(`${layer}: ${told(counted)} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
}
const all = sum(total)
if (required && all.skipped > 0) console.log(`\n${all.skipped} skipped, and all have to run: what they say above has to be brought`)
console.log(`\n${told(all)}`)
process.exitCode = all.failed > 0 || (required && all.skipped > 0) ? 1 : 0
