import type { ActionRun } from '../host/harness/action'
import { drawn } from './chance'
import { Events } from './events'
import { Onlooker } from './onlooker'
import type { Place, Site } from './place'
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
  const events = new Events()
  /** From the action's start to what the place does after its end. */
  let listening = false
  const several = place.sites.length > 1
  const options = await deed.prepare()
  const struckSite = (cell === null ? undefined : place.aim?.(drawn(cell.seed, 'where', cell.deed, cell.boundary, cell.strike.name))) ?? place.sites[0]
  const before = await versionsOf(place)
  await using way = await place.way()
  await using stack = new AsyncDisposableStack()
  const onlookers: Onlooker[] = []
  for (const [index, site] of place.sites.entries()) {
    onlookers.push(stack.use(await Onlooker.of(site, (entry) => { if (listening) events.recorded(entry, several ? `host ${index + 1}` : undefined) })))
  }
  /** What is wrong with a site. */
  const found = (site: Site, lines: readonly string[]): void => { findings.push(...lines.map((line) => several ? `${site.name}: ${line}` : line)) }
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
          await struckSite?.answers()
          onlookers.find(({ site }) => site === struckSite)?.wentDown(from, Date.now() + again)
        }
      }
    }
    const run = await action.done
    const killed = struckThere && cell?.strike.name === 'killed'
    if (cell !== null && struckThere) findings.push(...await cell.strike.after?.({ place, action, way }, struckAt) ?? [])
    findings.push(...wellTold(run, killed))
    if (!struckThere && run.outputs['status'] !== deed.status) findings.push(`undisturbed, it ended with '${run.outputs['status']}' and not '${deed.status}':\n${run.log}`)
    for (const { site } of onlookers) await site.settled(struckThere && cell?.strike.leavesWork === true ? 'what is in hand' : undefined)
    listening = false
    const untold: string[] = []
    for (const onlooker of onlookers) {
      const { site } = onlooker
      untold.push(...await site.untold())
      if (onlooker.inHand) continue
      found(site, (await onlooker.left(run.signal === null && cell?.strike.parts !== true)).map((line) => `left: ${line}`))
      found(site, onlooker.wronglyServed(await site.serves()))
    }
    if (several && !killed) findings.push(...untoldSplit(run, place, await versionsOf(place)))
    const next = struckThere && cell?.strike.supersedes === true ? await place.mended() : await deed.next()
    findings.push(...judgedNext(next, untold, await versionsOf(place), before))
    for (const onlooker of onlookers) {
      await onlooker.site.settled()
      found(onlooker.site, (await onlooker.left(true)).map((line) => `left by the next run: ${line}`))
    }
    await pause(afterwards)
  } catch (error) {
    findings.push(error instanceof Error ? error.message : String(error))
  }
  let [requests, failed] = [0, 0]
  for (const onlooker of onlookers) {
    const judged = await onlooker.judged(place.lag)
    found(onlooker.site, judged.findings)
    requests += judged.requests
    failed += judged.failed
  }
  return { missed, findings, events: [beginning, ...events.names], delay, requests, failed }
}

/** Which version each site serves. */
const versionsOf = (place: Place): Promise<readonly string[]> => Promise.all(place.sites.map(async (site) => (await site.serves()).split(' ')[0] ?? ''))

/** Sites that serve different releases are told of, each by its name, by a run that could still speak. */
function untoldSplit(run: ActionRun, place: Place, versions: readonly string[]): readonly string[] {
  if (new Set(versions).size < 2 || run.signal !== null) return []
  const rows = run.summary.split('\n').filter((line) => line.startsWith('|'))
  const without = place.sites.filter(({ name }) => !rows.some((row) => row.includes(name)))
  return without.length === 0 ? [] : [`they serve ${versions.join(', ')}, and the summary has no row of ${without.map(({ name }) => name).join(', ')}:\n${run.summary}`]
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

function judgedNext({ run, version }: { readonly run: ActionRun; readonly version: string | null }, untold: readonly string[], served: readonly string[], before: readonly string[]): readonly string[] {
  if (run.code !== 0) return [`the next run ended with ${run.signal ?? run.code}:\n${run.log}`]
  const wanted = served.map((_, index) => version ?? before[index])
  return [
    ...(served.every((one, index) => one === wanted[index]) ? [] : [`after the next run ${served.join(', ')} serves, and not ${wanted.join(', ')}`]),
    ...(untold.length > 0 && !/What an earlier run had left/.test(run.summary) ? [`the next run does not say what it found: ${untold.join('; ')}`] : []),
  ]
}
