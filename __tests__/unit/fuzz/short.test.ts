import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

// The day's: each day tries other inputs, and whoever looks into a failure has the same ones.
const seed = process.env['SLIPWAY_TEST_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', '')
const surfaces = readdirSync(join(process.cwd(), '__tests__/fuzz/surfaces')).map((name) => name.replace(/\.ts$/, '')).sort()
const inputs = 150
let lines: readonly string[]

beforeAll(async () => {
  const child = spawn('script/fuzz', ['--inputs', String(inputs), '--seed', seed], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
  await once(child, 'close')
  lines = text.split('\n')
}, 240_000)

describe(`a few inputs for all that strangers can choose, seed ${seed}`, () => {
  it.each(surfaces)('%s', (name) => {
    const begin = lines.findIndex((line) => line.startsWith(`✓ ${name},`) || line.startsWith(`✗ ${name}`))
    const end = lines.findIndex((line, index) => index > begin && /^[✓✗]/.test(line))
    // What broke it, with the command that shows it again; or how the run ended before it.
    const told = begin === -1 ? lines.slice(-20) : lines.slice(begin, end === -1 ? undefined : end)
    expect(told.join('\n')).toMatch(new RegExp(`^✓ ${name}, ${inputs} inputs, `))
  })
})
