// How long a built entry takes until its first input error is said, and until its end (outputs and summary are written by then),
// against an empty script from start to end; all in an empty folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actions } from '../script/build.d/metadata.mjs'
import { median, ms, table } from './figures.mjs'
import { runStub, timed } from './stub.mjs'

const limit = 2.5

export async function start({ rounds = 15 }) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-start-'))
  const nothing = join(folder, 'empty.js')
  writeFileSync(nothing, '')
  const workspace = mkdtempSync(join(tmpdir(), 'slipway-bench-workspace-'))
  const times = { empty: [], ...Object.fromEntries(actions.flatMap(({ name }) => [[name, []], [`${name} end`, []]])) }
  for (let round = -1; round < rounds; round++) {
    // The first round is for the page cache.
    const keep = (name, time) => { if (round >= 0) times[name].push(time) }
    keep('empty', (await timed(nothing, { PATH: process.env.PATH }, folder)).wall)
    for (const { name } of actions) {
      const { code, firstError, log, wall } = await runStub(name, { cwd: workspace })
      if (code === 0 || firstError === null) throw new Error(`${name} without inputs ended with ${code} and no ::error:\n${log}`)
      keep(name, firstError)
      keep(`${name} end`, wall)
    }
  }
  for (const made of [folder, workspace]) rmSync(made, { recursive: true })
  const empty = median(times.empty)
  const entries = actions.map(({ name }) => ({
    name, ms: median(times[name]), ratio: median(times[name]) / empty, end: median(times[`${name} end`]),
  }))
  console.log(table([
    ['from the start of the process', 'first error', 'ratio', 'its end'],
    ['an empty script', '', '1.00', ms(empty)],
    ...entries.map(({ name, ms: time, ratio, end }) => [name, ms(time), ratio.toFixed(2), ms(end)]),
  ]))
  return { rounds, empty, entries, limit, within: entries.every(({ ratio }) => ratio <= limit) }
}
