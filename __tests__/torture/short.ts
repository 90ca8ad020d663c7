import { today } from './chance'
import { struck, undisturbed, type Verdict } from './chamber'
import type { Place } from './place'
import { turns } from './rotation'
import { strikesOn } from './strikes'

/** SLIPWAY_TEST_STRIKES=all gives every boundary its turn. */
const all = process.env['SLIPWAY_TEST_STRIKES'] === 'all'

/**
 * The short form of a deed's torture, for tests: what an undisturbed run tells, then the turns of the day, a line for each on standard error.
 * Gives what is wrong, with what repeats it; empty: nothing. `every`: of how many boundaries one has its turn.
 */
export async function shortly(place: Place, deed: string, slow: boolean, every = 6): Promise<readonly string[]> {
  const seed = today()
  const recorded = await undisturbed(place, deed)
  const said = [...told(`${place.target} ${deed}, undisturbed`, recorded)]
  // One failure makes more: what it has left is found again.
  if (said.length > 0) return said
  for (const { boundary, strike } of turns(recorded.events, strikesOn(place), { seed, every: all ? 1 : every, slow, deed })) {
    const began = performance.now()
    const verdict = await struck(place, { deed, boundary, strike, seed })
    const what = `${place.target} ${deed}, ${strike.name} at '${boundary}'${verdict.delay > 0 ? ` + ${verdict.delay} ms` : ''}`
    process.stderr.write(`      ${what.padEnd(72)} ${verdict.missed ?? `${verdict.failed} of ${verdict.requests} requests failed`} ${((performance.now() - began) / 1000).toFixed(1)} s (seed ${seed})\n`)
    for (const finding of verdict.findings) process.stderr.write(`        ${finding.replaceAll('\n', '\n        ')}\n`)
    said.push(...told(`${what}: script/torture ${place.target} --deed ${deed} --boundary '${boundary}' --strike ${strike.name} --seed ${seed}`, verdict))
    if (said.length > 0) break
  }
  return said
}

const told = (what: string, { findings }: Verdict): readonly string[] => findings.map((finding) => `${what}\n${finding}`)
