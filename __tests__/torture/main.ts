// The long form: script/torture, which says what it takes.
import { parseArgs } from 'node:util'
import { struck, undisturbed, type Verdict } from './chamber'
import { Kept } from './kept'
import { Pairs, type Named } from './pairs'
import type { Place } from './place'
import { grounds, Standing, type Ground } from './places'
import { strikes, strikesOn } from './strikes'

const { values, positionals } = parseArgs({ allowPositionals: true, options: {
  deed: { type: 'string' }, strike: { type: 'string' }, boundary: { type: 'string' }, seed: { type: 'string' }, resume: { type: 'boolean' }, pairs: { type: 'boolean' }, places: { type: 'string' },
} })

function wrong(what: string, known: readonly string[]): never {
  process.stderr.write(`torture: ${what}\n         What there is: ${known.join(', ')}\n`)
  process.exit(2)
}
const targets = positionals.length > 0 ? positionals : Object.keys(grounds)
for (const target of targets) if (grounds[target] === undefined) wrong(`there is no target ${target}`, Object.keys(grounds))
if (values.strike !== undefined && !strikes.some(({ name }) => name === values.strike)) wrong(`there is no strike ${values.strike}`, strikes.map(({ name }) => name))
if (values.seed !== undefined && !/^\d+$/.test(values.seed)) wrong(`${values.seed} is no seed`, ['a whole number'])

const given = Number(values.seed ?? Math.floor(Math.random() * 1_000_000))
if (values.places !== undefined && !/^[1-9]$/.test(values.places)) wrong(`${values.places} is no number of places`, ['1 to 9'])
if (values.places !== undefined && targets.includes('cluster')) wrong('of a cluster there is one', targets.filter((target) => target !== 'cluster'))

const once = values.pairs === true
const atOnce = Number(values.places ?? 1)
let bad = 0
for (const target of targets) await tortureTarget(target)
process.exit(bad > 0 ? 1 : 0)

async function tortureTarget(target: string): Promise<void> {
  const kept = (values.resume === true ? Kept.resumed(target) : null) ?? Kept.begun(target, given, values.resume !== true && (values.deed ?? values.boundary ?? values.strike) !== undefined)
  const { seed } = kept
  process.stdout.write(`${target}: seed ${seed}\n`)
  const make = grounds[target] as (name: string) => Promise<Ground>
  await using first = await Standing.on(() => make('torture'))
  const deeds = Object.keys(first.place.deeds).filter((deed) => values.deed === undefined || values.deed === deed)
  if (deeds.length === 0) wrong(`${target} has no deed ${values.deed}`, Object.keys(first.place.deeds))
  // All are recorded first: so it is known of how many cells these are.
  for (const deed of deeds) {
    if (kept.boundaries(deed) !== undefined) continue
    const verdict = await undisturbed(first.place, deed)
    tell(`${target} ${deed} undisturbed`, `${target} --deed ${deed}`, verdict, 0)
    kept.found(deed, verdict.events)
    if (verdict.findings.length > 0) await first.anew()
  }
  const cells = cellsOf(target, deeds, first.place, kept)
  const pairs = new Pairs(cells, seed)
  for (const cell of cells) {
    const result = kept.results[cell.name]
    // One that was bad is tried again: it has been mended, or is to be seen again.
    if (result !== undefined && result !== 'bad') pairs.ended(cell, result !== 'missed')
  }
  const strikeAt = async (standing: Standing): Promise<void> => {
    for (let cell = pairs.next(once); cell !== undefined; cell = pairs.next(once)) {
      const { name, deed, boundary, strike } = cell
      const began = performance.now()
      const verdict = await struck(standing.place, { deed, boundary, strike, seed })
      const result = verdict.findings.length > 0 ? 'bad' : verdict.missed !== null ? 'missed' : 'good'
      kept.ended(name, result)
      pairs.ended(cell, result !== 'missed')
      const { covered, all } = pairs.counts
      tell(`${name} (${covered} of ${all} pairs)`, `${target} --deed ${deed} --boundary '${boundary}' --strike ${strike.name} --seed ${seed}`, verdict, performance.now() - began)
      if (result === 'bad') await standing.anew()
    }
  }
  const another = async (nth: number): Promise<void> => {
    await using standing = await Standing.on(() => make(`torture-${nth}`))
    await strikeAt(standing)
  }
  const all = await Promise.allSettled([strikeAt(first), ...Array.from({ length: atOnce - 1 }, (_, index) => another(index + 2))])
  const count = (result: string): number => cells.filter(({ name }) => kept.results[name] === result).length
  process.stdout.write(`${target}: ${pairs.counts.covered} of ${pairs.counts.all} pairs of boundary and strike are covered; of ${cells.length} cells ${count('good')} are good, ${count('bad')} bad, ${count('missed')} were not met (seed ${seed})\n`)
  for (const one of all) if (one.status === 'rejected') throw one.reason
}

function cellsOf(target: string, deeds: readonly string[], place: Place, kept: Kept): readonly Named[] {
  return deeds.flatMap((deed) => {
    const recorded = kept.boundaries(deed) ?? []
    const named = /^\d+$/.test(values.boundary ?? '') ? recorded[Number(values.boundary) - 1] : values.boundary
    const boundaries = values.boundary === undefined ? recorded : named === undefined ? wrong(`${deed} has ${recorded.length} boundaries`, recorded) : [named]
    return boundaries.flatMap((boundary) => strikesOn(place).filter(({ name }) => values.strike === undefined || values.strike === name)
      .map((strike) => ({ name: `${target} ${deed} ${String(recorded.indexOf(boundary) + 1).padStart(2)} ${boundary}, ${strike.name}`, deed, boundary, strike })))
  })
}

function tell(what: string, words: string, { findings, missed, requests, failed, delay }: Verdict, took: number): void {
  const result = findings.length > 0 ? 'BAD' : missed === null ? 'good' : `not met: ${missed}`
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${what.padEnd(70)}  ${result}  ${failed} of ${requests} requests failed${delay > 0 ? `, struck ${delay} ms later` : ''}  ${(took / 1000).toFixed(1)} s\n`)
  if (findings.length === 0) return
  bad++
  for (const finding of findings) process.stdout.write(`    ${finding.replaceAll('\n', '\n    ')}\n`)
  process.stdout.write(`    again: script/torture ${words}\n`)
}
