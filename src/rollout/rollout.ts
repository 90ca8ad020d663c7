import { Failure } from '../errors'
import { advance, retireAll } from './advance'
import { conclude } from './conclude'
import type { Outcome } from './outcome'
import { decide, inspectAll, openAll, planAll, stageAll } from './prepare'
import { Run, type Hooks, type Request } from './run'
import { runAfter, runBefore } from './tasks'
import type { Traffic } from './target'
import { waves } from './waves'

export type { Hooks, Request } from './run'

/**
 * Stage everywhere, then wave by wave start, cut over and bake, then `after` and retire; or put back. Never throws: whatever happens is in
 * the outcome, and all sessions are closed.
 */
export async function rollout(request: Request): Promise<Outcome> {
  const run = new Run(request)
  const traffic = new Map<string, Traffic>()
  try {
    await drive(run)
  } catch (thrown) {
    run.fail(thrown)
  }
  run.limits.end()
  try {
    await run.request.hooks?.beforeClosing(conclude(run, traffic))
  } catch (thrown) {
    run.fail(thrown)
  } finally {
    await closeAll(run, traffic)
  }
  return conclude(run, traffic)
}

async function drive(run: Run): Promise<void> {
  const { operation, dryRun } = run.request
  checkTargets(run)
  if (run.halted()) return
  await openAll(run)
  if (run.halted()) return
  await inspectAll(run)
  if (run.halted() || operation === 'status') return
  run.choosePolicy()
  await decide(run)
  if (run.halted() || run.wanted === null) return
  if (dryRun) {
    await planAll(run, run.wanted)
    return
  }
  await turn(run, 'beforeStaging')
  if (run.halted()) return
  await stageAll(run, run.wanted)
  if (run.halted()) return
  const rolled = run.present.filter(({ activation }) => activation?.unchanged === false)
  if (rolled.length === 0) {
    run.limits.harden()
    run.advanced = true
    await runAfter(run)
    return
  }
  checkWaves(run, rolled.length)
  if (run.halted()) return
  await turn(run, 'beforeCutOver')
  if (run.halted()) return
  if (operation === 'deploy') await runBefore(run)
  if (run.halted()) return
  run.limits.harden()
  run.advanced = await advance(run, rolled)
  if (!run.advanced) return
  await runAfter(run)
  run.complete = await retireAll(run, rolled.filter((member) => member.proof !== null && member.undone === 'no'))
}

async function turn(run: Run, which: Exclude<keyof Hooks, 'beforeClosing'>): Promise<void> {
  const { hooks } = run.request
  if (hooks === undefined) return
  try {
    await run.limits.orInterrupted(hooks[which]())
  } catch (thrown) {
    if (!run.limits.interrupting) run.fail(thrown)
  }
}

function checkTargets(run: Run): void {
  const names = run.members.map(({ name }) => name)
  if (names.length === 0) {
    run.fail(new Failure({
      code: 'no-targets', what: 'There is no target to work on.', cure: 'Name one, e.g. `hosts: deploy@203.0.113.7`.',
    }))
  }
  for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) !== index))) {
    run.fail(new Failure({
      code: 'target-twice',
      what: `${name} is named more than once.`,
      why: 'A rollout holds one lock on each target.',
      cure: `Leave one line for ${name} in \`hosts\`.`,
    }))
  }
}

function checkWaves(run: Run, rolled: number): void {
  const { policy } = run
  if (waves(rolled, policy, run.present.length).length < 2) return
  for (const { name, target } of run.present) {
    if (target.can.waves) continue
    run.fail(new Failure({
      code: 'waves-impossible',
      what: `${name} cannot be rolled out in waves.`,
      why: 'Several versions may not be served there at once.',
      cure: 'Take `canary` out of `rollout` in slipway.yml and set `wave: 100%`.',
      target: name,
    }))
  }
}

/** Closes what is open, the last opened first; that one cannot be closed is a warning, since its place lets go by itself. */
async function closeAll(run: Run, traffic: Map<string, Traffic>): Promise<void> {
  for (const member of [...run.members].reverse()) {
    const { session } = member
    if (session === null) continue
    try {
      traffic.set(member.name, session.traffic())
      await session[Symbol.asyncDispose]()
    } catch (thrown) {
      member.warn(`the session could not be closed: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
}
