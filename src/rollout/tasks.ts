import type { Member } from './member'
import { inParallel } from './parallel'
import { sessionOf } from './prepare'
import type { Run } from './run'
import type { Activation, Task } from './target'

/** The `before` tasks, once a rollout, on the first target; not where it serves this already, since then they ran before. */
export async function runBefore(run: Run): Promise<void> {
  const member = run.first
  const activation = member?.activation
  if (member === undefined || activation === null || activation === undefined || activation.unchanged) return
  if (run.policy.maintenance && activation.tasks.length > 0) await maintain(run)
  for (const task of activation.tasks) {
    if (run.halted()) return
    if (await ran(run, member, activation, task)) continue
    if (!run.limits.interrupting) await member.gatherEvidence()
  }
}

/** Nobody is served, on any target, before any task: what they change all targets may share. */
async function maintain(run: Run): Promise<void> {
  await inParallel(run.present, run.request.maxParallel, async (member) => {
    const { activation } = member
    if (activation === null || activation.unchanged) return
    const done = await member.step('maintain', () => sessionOf(member).maintain(activation),
      { detail: (lines) => ['all requests are answered 503', ...lines].join(', ') })
    if (done.ok) for (const line of done.value) member.warn(line)
  }, () => run.halted())
}

/**
 * The `after` tasks, once a rollout, on the first target, when every target is past its proof and bake. One that fails ends
 * them; it is red, and undoes nothing. Where the release served already, those that are not known to have ended well.
 */
export async function runAfter(run: Run): Promise<void> {
  const member = run.first
  const activation = member?.activation
  if (member === undefined || activation === null || activation === undefined || activation.after.length === 0) return
  const serves = activation.unchanged || (member.proof !== null && !member.broken && member.undone === 'no')
  if (!serves) {
    run.after = 'unfinished'
    member.warn(`\`after\` was not run, because ${activation.version} does not serve here, on the first target. `
      + 'Deploy it again when the cause is mended.')
    return
  }
  run.after = 'done'
  for (const task of activation.after) {
    if (!run.limits.cancelled && await ran(run, member, activation, task)) continue
    run.after = run.limits.cancelled ? 'unfinished' : 'failed'
    return
  }
}

async function ran(run: Run, member: Member, activation: Activation, task: Task): Promise<boolean> {
  const step = task.when === 'before' ? 'run' : 'after'
  // All is proven when `after` comes: what is left of the rollout's time may be nothing.
  const seconds = task.when === 'before' ? run.secondsLeft : run.policy.timeout
  const done = await member.step(step, () => sessionOf(member).run(task, activation, seconds), { detail: () => task.name })
  if (!done.ok) return false
  member.tell(done.value)
  run.tasks = [...run.tasks, task.name]
  return true
}
