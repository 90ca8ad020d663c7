// Runs the layers, streams what they print, and adds up. Those that keep a core busy come one after the other; those that mostly wait for machines
// are side by side.
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const usual = ['unit', 'driver', 'contract', 'host', 'docker', 'cluster', 'workflow']
// What is large is asked for by its name: nothing of it is found out by a small change.
const names = [...usual, 'scale']
const args = process.argv.slice(2)
const unknown = args.filter((arg) => arg !== '--required' && !names.includes(arg))
if (unknown.length > 0) {
  console.error(`script/test does not know ${unknown.join(', ')}. Layers: ${names.join(', ')}; and --required`)
  process.exit(2)
}
const required = args.includes('--required') || Boolean(process.env.CI)
const asked = names.filter((name) => args.includes(name))
const layers = asked.length > 0 ? asked : usual
const env = { ...process.env, SLIPWAY_TEST_RUN: `${Date.now()}-${process.pid}`, PYTHONDONTWRITEBYTECODE: '1' }

/** `{ code, text }`; what it prints is passed on at once. `of`: the layer among several, which is in front of its lines. */
function run(program, words, of = null) {
  return new Promise((resolve) => {
    // Machines of the rig are known by their names, and two layers want some of the same name.
    const hosts = [env.SLIPWAY_TEST_HOSTS, of].filter(Boolean).join('-')
    const child = spawn(program, words, { cwd: root, env: of === null ? env : { ...env, SLIPWAY_TEST_HOSTS: hosts }, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      let rest = ''
      from.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
        if (of === null) return void to.write(chunk)
        const lines = `${rest}${chunk}`.split('\n')
        rest = lines.pop()
        to.write(lines.map((line) => `${of.padEnd(8)} │ ${line}\n`).join(''))
      }).on('end', () => { if (rest !== '') to.write(`${of.padEnd(8)} │ ${rest}\n`) })
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

async function jest(layer, of) {
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
  ], of)
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

/** What a layer needs before its tests; returns why they cannot run, or nothing. */
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
    return await prepared(
      ['rig/cluster/programs', 'hyperkube', 'coredns', 'helm3', 'helm4'], ['rig/cluster/image', '1.0.0'],
    )
  },
  async workflow() {
    if (process.platform !== 'linux') return 'hosts and a cluster need Linux'
    return await prepared(
      ['rig/workflow/programs'], ['rig/host/image', 'ready'], ['rig/host/image', 'docker'], ['rig/mirror', 'folder'], ['rig/image/plugins'],
      ['rig/image/registry', 'program'], ['rig/image/buildkit', 'program'], ['rig/image/busybox'],
      ['rig/cluster/programs', 'hyperkube', 'coredns', 'helm4'],
    )
  },
}

/** What is started right before a layer's tests, and not in the first of them: what that takes is no test's time. Returns as `prepare`. */
const start = {
  cluster: () => prepared(['script/rig', 'up', '--cluster', '--fresh-for', env.SLIPWAY_TEST_RUN]),
  workflow: () => prepared(['script/rig', 'up', '--cluster', '--fresh-for', env.SLIPWAY_TEST_RUN]),
}

/** What is not left running after a layer, for it is never idle. */
const after = {
  cluster: async () => void (await run('script/rig', ['down', '--cluster'])),
  workflow: async () => void (await run('script/rig', ['down', '--cluster'])),
}

/** What a layer has beside its tests of Jest's, at the same time: Python's mostly wait, and the rest takes one core. */
const beside = {
  unit: async () => sum(await Promise.all([check('lint', 'script/lint'), unittests()])),
}

/** What it has before them: nobody builds while how long something takes is measured. */
const before = {
  contract: async () => check('dist/ and generated files are fresh', 'script/build', '--check'),
}

/** One layer, once what it needs is there; its counts. `obstacle`: why that could not be brought. `of`: as in `run`. */
async function tested(layer, obstacle, of = null) {
  const began = performance.now()
  console.log(`\n── ${layer} ${'─'.repeat(60 - layer.length)}`)
  if (globSync(`__tests__/${layer}/**/*.test.ts`, { cwd: root }).length === 0) {
    console.log(`${layer}: no tests yet`)
    return none
  }
  const missing = obstacle ?? await start[layer]?.()
  if (missing !== undefined) {
    console.log(`${layer}: ${required ? 'cannot run, and has to' : 'skipped'}: ${missing}`)
    return required ? one(false) : { ...none, skipped: 1 }
  }
  const first = await before[layer]?.() ?? none
  const counted = sum([first, ...await Promise.all([beside[layer]?.() ?? none, jest(layer, of)])])
  await after[layer]?.()
  console.log(`${layer}: ${told(counted)} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  return counted
}

// There is one cluster, for all that want one. Hosts and what has a Docker Engine keep a core busy half of the time, and should not meet for long.
const lanes = [['host'], ['cluster', 'workflow', 'scale', 'docker']].map((lane) => lane.filter((layer) => layers.includes(layer))).filter((lane) => lane.length > 0)
const total = []
for (const layer of layers.filter((one) => lanes.length < 2 || !lanes.flat().includes(one))) total.push(await tested(layer, await prepare[layer]?.()))
if (lanes.length > 1) {
  // What they need is brought first, one after the other: packages and images have locks of their own, and building takes both cores.
  const obstacles = new Map()
  for (const layer of lanes.flat()) obstacles.set(layer, await prepare[layer]?.())
  await Promise.all(lanes.map(async (lane) => {
    for (const layer of lane) total.push(await tested(layer, obstacles.get(layer), layer))
  }))
}
const all = sum(total)
if (required && all.skipped > 0) console.log(`\n${all.skipped} skipped, and all have to run: what they say above has to be brought`)
console.log(`\n${told(all)}`)
process.exitCode = all.failed > 0 || (required && all.skipped > 0) ? 1 : 0
