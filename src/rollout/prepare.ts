import { Failure, failuresOf } from '../errors'
import { crossedGoingTo } from '../history/floor'
import type { Step, Unstamped } from './events'
import { crossedBy, holdFloors } from './floors'
import { forwardOnly, restartFor, rollbackFor, type Place } from './gate'
import type { Member } from './member'
import { inParallel } from './parallel'
import type { Run } from './run'
import type { Wanted } from './target'

/**
 * Codes of failures that say a host could not be reached at all; only these may make a target absent. A name that does not
 * exist is a slip of the pen.
 */
export const UNREACHABLE: ReadonlySet<string> = new Set([
  'host-unreachable', 'host-not-resolved', 'connection-refused', 'connect-timeout', 'connection-failed',
])

/**
 * Takes all locks, in the order of the names, so that two runs never wait for each other. Stops as soon as more cannot be
 * reached than may be absent.
 */
export async function openAll(run: Run): Promise<void> {
  const { policy } = run
  const unreachable: { member: Member; failure: Failure }[] = []
  for (const member of [...run.members].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (run.halted()) break
    const done = await member.step('connect', async () => {
      try {
        member.session = await opening(run, member)
        return null
      } catch (thrown) {
        const failure = unreachableIn(thrown)
        if (failure === null || unreachable.length >= policy.absent) throw thrown
        return failure
      }
    }, { detail: (failure) => failure === null ? '' : 'not reached' })
    if (!done.ok || done.value === null) continue
    member.absent = true
    unreachable.push({ member, failure: done.value })
  }
  if (run.limits.cancelled) return
  const enough = run.present.length > 0 && !run.halted()
  for (const { member, failure } of unreachable) {
    member.absent = enough
    if (enough) member.warn(`left out, as rollout.absent allows: ${failure.message}`)
    else member.fail('connect', failure)
  }
}

/** A session that arrives after the run was interrupted is given back at once. */
async function opening(run: Run, member: Member): ReturnType<Member['target']['open']> {
  const session = await member.target.open(run.limits.signal, (event: Unstamped) => { run.emit(event) })
  if (run.limits.interrupting) {
    await session[Symbol.asyncDispose]()
    run.limits.signal.throwIfAborted()
  }
  return session
}

function unreachableIn(thrown: unknown): Failure | null {
  const [failure, ...others] = failuresOf(thrown)
  return failure !== undefined && others.length === 0 && UNREACHABLE.has(failure.code) ? failure : null
}

/** Asks every place what it is. */
export async function inspectAll(run: Run): Promise<void> {
  await onAll(run, 'inspect', async (member) => {
    const standing = await sessionOf(member).inspect()
    member.standing = standing
    member.from = standing.serving
    member.settled = standing.settled
    for (const text of standing.settled) run.emit({ type: 'note', target: member.name, level: 'notice', text })
    return standing
  }, ({ serving }) => serving === null ? 'nothing serves' : `${serving.version} serves as #${serving.number}`)
}

/** What to activate; the failures of the gates are kept in the run. */
export async function decide(run: Run): Promise<void> {
  const { operation, release, version, allowOlder } = run.request
  const isAncestor = (older: string, newer: string): Promise<boolean> => run.request.isAncestor(older, newer)
  const places = run.present.flatMap(({ name, standing }): Place[] => standing === null ? [] : [{ name, standing }])
  try {
    if (operation === 'rollback') {
      const { wanted, choice } = rollbackFor(places, version)
      run.wanted = wanted
      holdFloors(run, choice.version, places.map(({ name, standing }) => ({ name, crossed: crossedGoingTo(standing, choice.releaseId) })))
      warnOfAbsentFirst(run, `services of ${choice.version} with \`on: first\`, if it has any`)
      return
    }
    if (operation === 'restart') {
      run.wanted = restartFor(places)
      warnOfAbsentFirst(run, `services of ${run.wanted.version} with \`on: first\`, if it has any`)
      return
    }
    if (release === null) throw new Error('a deploy without a release')
    run.wanted = { kind: 'source', release }
    const once = release.config.services.filter(({ on }) => on === 'first').map(({ name }) => `\`${name}\``)
    if (once.length > 0) warnOfAbsentFirst(run, once.join(', '))
    const older = allowOlder ? [] : await run.limits.orInterrupted(forwardOnly(places, release, isAncestor))
    run.failures.push(...older)
    const crossed = await run.limits.orInterrupted(crossedBy(places, release, isAncestor, run.request.allowRollbackFloor))
    holdFloors(run, release.version, crossed)
  } catch (thrown) {
    if (!run.limits.interrupting) run.fail(thrown)
  }
}

/** What runs once in the fleet moves to the next target, and nobody can ask the one that is absent to end it. */
function warnOfAbsentFirst(run: Run, who: string): void {
  const [named] = run.members
  if (named?.absent !== true || run.first === undefined) return
  const app = run.first.standing?.app ?? '<app>'
  named.warn(`what runs on the first host only (${who}) runs on ${run.first.name} now. It may still run on ${named.name} too, which `
    + `is absent: look there with \`systemctl list-units 'slipway-app.${app}.*'\`, and deploy again once it is back.`)
}

/** The dry run. */
export async function planAll(run: Run, wanted: Wanted): Promise<void> {
  await onAll(run, 'plan', async (member) => {
    const plan = await sessionOf(member).plan(wanted, run.request.secrets, run.stageOptions(member))
    if (isRestart(wanted) && plan.cutOver.length === 0) throw cannotRestart(member.name)
    member.plan = plan
    return plan
  })
}

/** Everything but processes, everywhere. After a failure no further target is begun. */
export async function stageAll(run: Run, wanted: Wanted): Promise<void> {
  await onAll(run, 'stage', async (member) => {
    const activation = await sessionOf(member).stage(wanted, run.request.secrets, run.stageOptions(member))
    if (isRestart(wanted) && activation.unchanged) throw cannotRestart(member.name)
    member.activation = activation
    member.standing = activation.standing ?? member.standing
    for (const said of activation.output) member.tell(said)
    return activation
  }, ({ version, number, unchanged, detail }) =>
    unchanged ? `${version} serves already as #${number}` : [`${version} as #${number}`, detail].filter(Boolean).join('  '))
}

function isRestart(wanted: Wanted): boolean {
  return wanted.kind === 'stored' && wanted.again
}

/** A place that knows of no restart answers that all is so already, and plans no switch. */
function cannotRestart(target: string): Failure {
  return new Failure({
    code: 'host-program-too-old',
    what: `The host program on ${target} is too old: it cannot restart.`,
    cure: 'Run setup-vm for this host, then restart again.',
    target,
  })
}

async function onAll<T>(
  run: Run, step: Step, work: (member: Member) => Promise<T>, detail?: (value: T) => string,
): Promise<void> {
  await inParallel(run.present, run.request.maxParallel, (member) =>
    member.step(step, () => work(member), detail === undefined ? {} : { detail }), () => run.halted())
  run.noteTimeout()
}

export function sessionOf(member: Member): NonNullable<Member['session']> {
  if (member.session === null) throw new Error(`${member.name} is not open`)
  return member.session
}

