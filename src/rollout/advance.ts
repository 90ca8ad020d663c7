import { Failure } from '../errors'
import type { Member } from './member'
import { inParallel } from './parallel'
import { sessionOf } from './prepare'
import type { Run } from './run'
import type { Activation } from './target'
import { settle, undo } from './undo'
import { waves } from './waves'

/**
 * Takes the staged targets wave by wave through start, cut-over and bake. Those that fail are put back while their number
 * stays within the policy; one more, or the timeout, and all that was switched goes back. Says whether it got to the end.
 */
export async function advance(run: Run, rolled: readonly Member[]): Promise<boolean> {
  const { policy, request: { maxParallel } } = run
  const sizes = waves(rolled.length, policy, run.present.length)
  const begun: Member[][] = []
  // A budget is for the odd target: canaries or a first wave that all fail speak against the release.
  const overBudget = (): boolean => run.failures.length > 0
    || rolled.filter((member) => member.broken).length > policy.failures
    || (begun.length > 0 && begun.flat().every((member) => member.broken))
  // Asked only when something is left to begin: what is all proven and watched is not undone for being late.
  const stop = (): boolean => {
    run.noteTimeout()
    return run.limits.cancelled || overBudget()
  }
  for (const [index, size] of sizes.entries()) {
    const offset = begun.flat().length
    const wave = rolled.slice(offset, offset + size)
    begun.push(wave)
    run.emit({ type: 'wave', number: index + 1, of: sizes.length, targets: wave.map((member) => member.name) })
    for (const step of [start, cutOver, bake]) {
      const sound = wave.filter((member) => !member.broken)
      await inParallel(sound, maxParallel, (member) => step(run, member), stop)
      if (run.limits.cancelled) return false
      if (overBudget()) return await undo(run, begun)
      await settle(run, wave.filter((member) => member.broken && member.undone === 'no'))
    }
  }
  return !run.limits.cancelled
}

async function start(run: Run, member: Member): Promise<void> {
  const activation = activationOf(member)
  member.started = true
  const { ok } = await member.step('start', () => sessionOf(member).start(activation))
  member.broken = !ok && !run.limits.cancelled
}

async function cutOver(run: Run, member: Member): Promise<void> {
  const activation = activationOf(member)
  const { from } = member
  const withdraw = run.request.operation === 'rollback' && from !== null && from.releaseId !== activation.releaseId
  if (run.limits.cancelled) return
  member.switched = true
  member.servingKnown = false
  const done = await member.step('cut over', () => sessionOf(member).cutOver(from, activation, {
    withdraw, crossing: member.crossing.map(({ number }) => number),
  }), {
    hold: true, detail: (proof) => `${proof.version} as #${proof.number}`,
  })
  member.broken = !done.ok
  if (!done.ok) return
  member.servingKnown = true
  member.proof = done.value
  member.provenAt = run.request.clock()
  run.emit({ type: 'proven', target: member.name, proof: done.value })
}

async function bake(run: Run, member: Member): Promise<void> {
  const seconds = run.policy.bake
  if (seconds <= 0) return
  const activation = activationOf(member)
  const { ok } = await member.step('bake', async () => {
    const { healthy, findings } = await sessionOf(member).observe(activation, seconds)
    if (healthy) return findings
    throw new Failure({
      code: 'bake-failed',
      what: `${activation.version} was proven, but did not stay well while it was watched for ${seconds} s: ${
        findings.join('; ') || 'it was found unhealthy'}.`,
      why: 'A release that breaks under its first users goes back by itself.',
      cure: 'Read the evidence, fix the app and deploy again; `rollout: { bake: … }` in slipway.yml sets how long is watched.',
    })
  }, { detail: (findings) => findings.join('; ') })
  member.broken = !ok && !run.limits.cancelled
}

/** Drains, stops and prunes what no longer serves; true: all of it. What fails here is red but undoes nothing. */
export async function retireAll(run: Run, proven: readonly Member[]): Promise<boolean> {
  const over = new Set<Member>()
  await inParallel(proven, run.request.maxParallel, async (member) => {
    const done = await member.step('retire', () => sessionOf(member).retire(activationOf(member)), {
      detail: ({ lines }) => lines.join(', '),
    })
    if (!done.ok) return
    over.add(member)
    member.retired = done.value.lines
    member.standing = done.value.standing ?? member.standing
    if (done.value.standing === undefined) await member.look()
  }, () => run.limits.cancelled)
  const missing = proven.filter((member) => !over.has(member))
  if (run.limits.cancelled) for (const member of missing) if (member.failures.length === 0) member.fail('retire', cutShort())
  return missing.length === 0
}

/** Red without a word would have people look for what is wrong. */
const cutShort = (): Failure => new Failure({
  code: 'retire-cancelled', what: 'The run was cancelled while what it replaced was retired.', why: 'What it deployed is proven, and serves.',
  cure: 'Nothing has to be mended: a host retires the rest by itself, a cluster with the next run. Deploy the same version again to see that it is done.',
})

function activationOf(member: Member): Activation {
  if (member.activation === null) throw new Error(`${member.name} has nothing staged`)
  return member.activation
}
