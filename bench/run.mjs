// Runs benchmarks by name: a table each, and one line of JSON at the end of each.
import { parseArgs } from 'node:util'
import { cluster } from './cluster.mjs'
import { compose } from './compose.mjs'
import { image } from './image.mjs'
import { peers } from './peers.mjs'
import { start } from './start.mjs'
import { vm } from './vm.mjs'

const benches = { start, vm, peers, image, compose, cluster }
const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } })
const unknown = positionals.filter((name) => !(name in benches))
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (unknown.length > 0 || (rounds !== undefined && !(rounds >= 1))) {
  console.error(`usage: script/bench [${Object.keys(benches).join('|')}]… [--rounds N]`)
  process.exit(2)
}
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const result = await benches[name]({ ...(rounds === undefined ? {} : { rounds }) })
  console.log(JSON.stringify({ bench: name, node: process.version, ...result }, (_, value) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value))
  if (!result.within) {
    console.error(`${name}: over its limits ${JSON.stringify(result.limits ?? result.limit)}`)
    process.exitCode = 1
  }
}
