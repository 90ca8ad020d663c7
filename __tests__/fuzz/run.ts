// Runs surfaces, one after the other: script/fuzz has the words.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { tried } from './judge'
import type { Surface } from './surface'
import { watchdog } from './watchdog'

const folder = join(import.meta.dirname, 'surfaces')
const known = readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -'.ts'.length)).sort()
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string' }, path: { type: 'string' }, list: { type: 'boolean', default: false } },
})
const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const unknown = positionals.filter((name) => !known.includes(name))
if (unknown.length > 0 || !(inputs > 0) || !Number.isSafeInteger(seed)) {
  console.error(`script/fuzz [surface…] [--inputs N] [--seed S] [--path P] [--list], and the surfaces are: ${known.join(', ')}`)
  process.exit(2)
}
if (values.list) {
  console.log(known.join('\n'))
  process.exit(0)
}

const asked = positionals.length > 0 ? positionals : known
console.log(`seed ${seed}, ${inputs} inputs a surface`)
let broken = 0
for (const name of asked) {
  const { surface } = await import(join(folder, `${name}.ts`)) as { readonly surface: Surface<unknown> }
  if (!await ran(name, surface)) broken += 1
  await surface.close?.()
}
if (broken > 0) console.log(`${broken} of ${asked.length} surfaces are broken.`)
process.exit(broken === 0 ? 0 : 1)

function clipped(text: string): string {
  return text.length > 4000 ? `${text.slice(0, 4000)} … (${text.length} characters)` : text
}

/** Prints its line, or what broke it. */
async function ran(name: string, surface: Surface<unknown>): Promise<boolean> {
  const again = (path: string): string => `script/fuzz ${name} --seed ${seed} --path ${path}`
  const told = watchdog(`${name}: an input hangs. To see it again: ${again('NUMBER')}\n`)
  const codes = new Map<string, number>()
  let [accepted, refused, slowest, number] = [0, 0, 0, -1]
  let broke = false
  const property = fc.asyncProperty(surface.inputs, async (input) => {
    // While a smaller one is looked for it is still this one that leads there.
    told(broke ? number : ++number)
    const ending = await tried(surface, input).catch((error: unknown) => {
      broke = true
      throw error
    })
    told(-1)
    slowest = Math.max(slowest, ending.took)
    if (ending.codes.length === 0) accepted += 1
    else refused += 1
    for (const code of ending.codes) codes.set(code, (codes.get(code) ?? 0) + 1)
  })
  const result = await fc.check(property, { numRuns: values.path === undefined ? inputs : 1, seed, ...(values.path === undefined ? {} : { path: values.path }) })
  told(-1)
  if (result.failed) {
    const error = result.errorInstance instanceof Error ? result.errorInstance : new Error(String(result.errorInstance))
    console.log([
      `✗ ${name}: input ${result.numRuns} breaks it, and after ${result.numShrinks} steps the smallest that does is`,
      `  ${clipped(fc.stringify(result.counterexample?.[0]))}`,
      ...(error.stack ?? error.message).split('\n').slice(0, 12).map((line) => `  ${line}`),
      `  To see it again: ${again(result.counterexamplePath ?? '')}`,
    ].join('\n'))
    return false
  }
  const most = [...codes].sort((one, other) => other[1] - one[1]).map(([code, times]) => `${code} ${times}`)
  const cells = [name, `${accepted + refused} inputs`, `${accepted} taken`, `${refused} refused`, `slowest ${slowest.toFixed(0)} ms`, `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`]
  console.log(`✓ ${cells.join(', ')}${most.length === 0 ? '' : `: ${most.join(', ')}`}`)
  // Inputs that all come to one end show nothing of the other.
  if (values.path !== undefined || inputs < 1000) return true
  const idle = accepted === 0 ? 'took none of its inputs' : refused === 0 && surface.refusesNothing !== true ? 'refused none of its inputs' : null
  if (idle !== null) console.log(`✗ ${name} ${idle}: its generator reaches too little`)
  return idle === null
}
