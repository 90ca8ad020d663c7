import type { ActionRun } from '../host/harness/action'
import { drawn } from './chance'
import { Events } from './events'
import { isInHand, provenLast, wrongAnswers, type Answer } from './ledger'
import type { Place } from './place'
import type { Strike } from './strikes'

/** A strike in a deed, at one of its boundaries. */
export interface Cell {
  readonly deed: string
  /** The event at which it is made, as `Events` names it. */
  readonly boundary: string
  readonly strike: Strike
  readonly seed: number
}

export interface Verdict {
  /** Null: it was struck. Else why it was not: then nothing is shown of the cell. */
  readonly missed: string | null
  /** All that is wrong, a line each; empty: all is as it should be. */
  readonly findings: readonly string[]
  readonly events: readonly string[]
  /** Milliseconds from the boundary to the strike. */
  readonly delay: number
  readonly requests: number
  readonly failed: number
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** Milliseconds for requests that are asked once all is over. */
const afterwards = 300
/** Milliseconds that connections take to be made anew by those who kept them, once a place is up again. */
const again = 1_000
/** Milliseconds at most from a boundary to the strike: as long as a step takes. */
const longest = 400

/** What begins every run, before it has said anything. */
export const beginning = 'the beginning'

/** A deed whose strike is none: what it tells, in order; all that is judged of others is judged of it as well. */
export const undisturbed = (place: Place, deed: string): Promise<Verdict> => torture(place, deed, null)

/** Does the deed, strikes, waits until the place has settled by itself, lets somebody press the button again, and judges. */
export const struck = (place: Place, cell: Cell): Promise<Verdict> => torture(place, cell.deed, cell)

async function torture(place: Place, name: string, cell: Cell | null): Promise<Verdict> {
  const deed = place.deeds[name]
  if (deed === undefined) throw new Error(`${place.target} has no deed ${name}: it has ${Object.keys(place.deeds).join(', ')}`)
  const findings: string[] = []
  const answers: Answer[] = []
  const failures: { readonly begun: number; readonly ended: number; readonly text: string }[] = []
  /** While what serves was down because of the strike. */
  const down: (readonly [number, number])[] = []
  const events = new Events()
  /** From the action's start to what the place does after its end. */
  let listening = false
  const options = await deed.prepare()
  const servedBefore = await place.serves()
  await using way = await place.way()
  await using watch = await place.watch((entry) => { if (listening) events.recorded(entry) })
  const loads = await place.load({
    answered: ({ begun, ended, told }) => {
      if (typeof told['version'] !== 'string') failures.push({ begun, ended, text: 'an answer without a version' })
      else answers.push({ begun, ended, version: told['version'], activation: typeof told['activation'] === 'number' ? told['activation'] : null })
    },
    missed: ({ begun, ended, kind, request, error }) => { failures.push({ begun, ended, text: `${request} (${kind}): ${error}` }) },
  })
  const delay = cell === null ? 0 : delayOf(cell)
  let missed: string | null = null
  let struckThere = false
  try {
    listening = true
    const action = await deed.start({ ...options, inputs: { ...options.inputs, ...way.inputs }, heard: (text) => { events.heard(text) } })
    let struckAt = 0
    if (cell !== null) {
      const met = cell.boundary === beginning ? true
        : await Promise.race([events.reached(cell.boundary).then(() => true), action.done.then(() => false)])
      if (!met) missed = `it ended without '${cell.boundary}'`
      else {
        if (delay > 0) await pause(delay)
        const from = Date.now()
        struckAt = performance.now()
        struckThere = await cell.strike.make({ place, action, way })
        if (!struckThere) missed = 'there was nothing to strike at any more'
        if (cell.strike.restarts) {
          await place.answers()
          down.push([from, Date.now() + again])
        }
      }
    }
    const run = await action.done
    if (cell !== null && struckThere) findings.push(...await cell.strike.after?.({ place, action, way }, struckAt) ?? [])
    findings.push(...wellTold(run, struckThere && cell?.strike.name === 'killed'))
    if (!struckThere && run.outputs['status'] !== deed.status) findings.push(`undisturbed, it ended with '${run.outputs['status']}' and not '${deed.status}':\n${run.log}`)
    await place.settled(struckThere && cell?.strike.leavesWork === true ? 'what is in hand' : undefined)
    listening = false
    const untold = await place.untold()
    // Where nobody is at work but a run, what a dead one had in hand is as it left it until the next.
    if (!isInHand(watch.entries)) {
      const serving = provenLast(watch.entries)
      findings.push(...(await place.leftovers(serving, run.signal === null)).map((line) => `left: ${line}`))
      const served = await place.serves()
      if (!isOf(served, serving, watch.entries)) findings.push(`it serves ${served}, and activation ${serving} was proven last`)
    }
    const next = struckThere && cell?.strike.supersedes === true ? await place.mended() : await deed.next()
    findings.push(...judgedNext(next, untold, await place.serves(), servedBefore))
    await place.settled()
    findings.push(...(await place.leftovers(provenLast(watch.entries), true)).map((line) => `left by the next run: ${line}`))
    await pause(afterwards)
  } catch (error) {
    findings.push(error instanceof Error ? error.message : String(error))
  }
  const tallies = await Promise.all(loads.map((load) => load.stop()))
  const unexcused = failures.filter(({ begun, ended }) => !down.some(([from, to]) => ended >= from && begun <= to))
  for (const [text, list] of Map.groupBy(unexcused, (failure) => failure.text)) findings.push(`${list.length} requests failed: ${text}`)
  findings.push(...wrongAnswers(watch.entries, answers, place.lag, down))
  return { missed, findings, events: [beginning, ...events.names], delay, requests: tallies.reduce((sum, { sent }) => sum + sent, 0), failed: unexcused.length }
}

/** Half of all strikes come at once, the others somewhere in the step that begins there. */
function delayOf({ seed, deed, boundary, strike }: Cell): number {
  const words = [deed, boundary, strike.name]
  return drawn(seed, 'when', ...words) < 0.5 ? 0 : Math.round(drawn(seed, 'how late', ...words) * longest)
}

/** Red is told with what to do, whatever it came from; of one that was killed nothing is known. */
function wellTold(run: ActionRun, killed: boolean): readonly string[] {
  // Who has not said a word has not begun either: Node itself was starting.
  if (killed || run.code === 0 || run.log === '') return []
  if (run.signal !== null) return [`it was ended by ${run.signal}:\n${run.log}`]
  const errors = run.annotations.filter(({ level }) => level === 'error')
  return [
    ...(run.outputs['status'] === undefined ? [`it ended with ${run.code} and without a status:\n${run.log}`] : []),
    ...(errors.length === 0 && run.outputs['status'] !== 'cancelled' ? [`it ended with ${run.code} and without an error:\n${run.log}`] : []),
    ...errors.filter(({ message }) => !message.includes('\n')).map(({ message }) => `an error without a cure: ${message}`),
  ]
}

function judgedNext({ run, version }: { readonly run: ActionRun; readonly version: string | null }, untold: readonly string[], served: string, before: string): readonly string[] {
  if (run.code !== 0) return [`the next run ended with ${run.signal ?? run.code}:\n${run.log}`]
  const wanted = version ?? before.split(' ')[0]
  return [
    ...(served.split(' ')[0] === wanted ? [] : [`after the next run ${served} serves, and not ${wanted}`]),
    ...(untold.length > 0 && !/What an earlier run had left/.test(run.summary) ? [`the next run does not say what it found: ${untold.join('; ')}`] : []),
  ]
}

function isOf(served: string, number: number | null, entries: Parameters<typeof provenLast>[0]): boolean {
  const [version, activation] = served.split(' #')
  if (activation !== undefined) return Number(activation) === number
  const named = entries.findLast((entry) => entry.type === 'record' && entry.number === number && entry.version !== undefined)
  return named?.type === 'record' && named.version === version
}
