import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, node24, root, runIn } from './tree'

const dist = join(root, 'dist')
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
const entries = files.filter((file) => /\/(main|post)\.js$/.test(file))
const path = { PATH: process.env['PATH'] }

let empty: string
beforeAll(() => { empty = emptyFolder() })
afterAll(() => rmSync(empty, { recursive: true }))

describe('dist', () => {
  it('is at most 3 MB', () => {
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(3_000_000)
  })

  it('holds nothing native or platform-bound', () => {
    // Mach-O, ELF and PE, by their first bytes.
    const native = files.filter((file) => /^(7f454c46|4d5a|cffaedfe|cafebabe)/.test(readFileSync(file).subarray(0, 4).toString('hex')))
    expect(native).toEqual([])
    expect(files.filter((file) => /\.(node|exe|dll|so|dylib|wasm)$/.test(file))).toEqual([])
  })

  it('names no folder of the machine that built it', () => {
    expect(files.filter((file) => readFileSync(file).includes(`${root}/`))).toEqual([])
  })

  it('ships what runs on hosts, without tests and bytecode', () => {
    const host = files.filter((file) => file.startsWith(join(dist, 'host/')))
    expect(host.length).toBeGreaterThan(0)
    expect(host.map((file) => file.slice(dist.length)).filter((file) => /__pycache__|\.pyc$|\/tests?[/_]/.test(file))).toEqual([])
  })

  it('has an entry for main and post of each action.yml, and each is a stub', () => {
    const actions = ['root', 'setup-vm', 'push-release', 'compose-up', 'helm-upgrade', 'build-image']
    const wanted = actions.flatMap((name) => [`${name}/main.js`, `${name}/post.js`]).sort()
    expect(entries.map((file) => file.slice(dist.length + 1)).sort()).toEqual(wanted)
    for (const entry of entries) expect(statSync(entry).size).toBeLessThan(200)
  })
})

describe('on Node 24, from an empty folder', () => {
  // The first time it may have to be installed.
  beforeAll(() => { node24() }, 120_000)

  it.each(['root', 'setup-vm', 'push-release', 'compose-up', 'helm-upgrade', 'build-image'])('%s loads with all its chunks', (name) => {
    const script = `require(${JSON.stringify(join(dist, 'bundle/index.js'))}).load('${name}')`
    expect(runIn(empty, node24(), ['-e', script], path)).toEqual({ status: 0, stdout: '', stderr: '', ...anything })
  })

  it.each(['root', 'setup-vm', 'push-release', 'compose-up'])('%s names the inputs that are wrong, and masks secrets before', (name) => {
    // The root has no input that every run needs.
    const third = name === 'root' ? { INPUT_OPERATION: 'deplyo' } : { INPUT_HOSTS: '' }
    const env = { ...path, 'INPUT_SSH-KEY': 'verysecret', 'INPUT_DRY-RUN': 'yes', INPUT_HOST: 'x', ...third }
    const { status, stdout } = runIn(empty, node24(), [join(dist, name, 'main.js')], env)
    const lines = stdout.split('\n')
    expect(status).toBe(1)
    expect(lines[0]).toBe('::add-mask::verysecret')
    expect(lines.filter((line) => line.startsWith('::error ')).map((line) => line.split('::')[1])).toEqual([
      'error title=input-unknown', 'error title=input-not-boolean', `error title=${name === 'root' ? 'input-not-one-of' : 'input-missing'}`,
    ])
  })

  it('what a push starts on a host loads with all its chunks, and asks for the lock before', () => {
    const id = 'a'.repeat(40)
    const words = ['receive', 'app=shop', 'branch=main', 'config=', 'environment=', 'folder=.']
    const script = join(dist, 'host/push/push.js')
    const trace = join(empty, 'started')
    // Preloaded, so that it is seen which comes first: the host program's start, or the chunks.
    writeFileSync(join(empty, 'watch.js'), `const { appendFileSync } = require('fs')
      const say = (text) => appendFileSync(${JSON.stringify(trace)}, text + '\\n')
      const process_ = require('child_process'), { spawn } = process_
      process_.spawn = (...all) => { say('host program'); return spawn(...all) }
      const Module = require('module'), load = Module._load
      Module._load = (name, ...rest) => { if (/index\\.js$/.test(name)) say('chunk'); return load(name, ...rest) }`)
    const { status, stdout, stderr } = runIn(empty, node24(), ['-r', join(empty, 'watch.js'), script, ...words], path, `${'0'.repeat(40)} ${id} refs/tags/v1\n`)
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/`\.` is no Git repository[^]*Nothing was changed\./)
    expect(readFileSync(trace, 'utf8').trim().split('\n').filter((line, index, all) => line !== all[index - 1])).toEqual(['host program', 'chunk'])
  })

  it('comes to its first input error for at most 2.5 times what an empty script costs', () => {
    const script = join(empty, 'empty.js')
    writeFileSync(script, '')
    const bare: number[] = []
    const error: number[] = []
    for (let round = 0; round < 10; round++) {
      bare.push(costOf(script))
      error.push(costOf(join(dist, 'push-release/main.js')))
    }
    expect(Math.min(...error) / Math.min(...bare)).toBeLessThanOrEqual(2.5)
  }, 120_000)
})

// What spawnSync reports beside what is asserted.
const anything = { pid: expect.any(Number), output: expect.anything(), signal: null }

/**
 * Microseconds of a processor until a script says something, or ends: a machine with much else to do makes little more of those,
 * and the least of several is what it takes.
 */
function costOf(script: string): number {
  const meter = join(empty, 'meter.js')
  writeFileSync(meter, `const { get } = Object.getOwnPropertyDescriptor(process, 'stdout')
    let told = false
    const tell = () => {
      if (told) return
      told = true
      const { user, system } = process.cpuUsage()
      require('fs').writeSync(2, 'cost ' + (user + system) + ';')
    }
    process.on('exit', tell)
    Object.defineProperty(process, 'stdout', { configurable: true, get() { const stdout = get.call(process); tell(); return stdout } })`)
  const { stderr } = runIn(empty, node24(), ['-r', meter, script], path)
  return Number(/^cost (\d+);/.exec(stderr)?.[1])
}
