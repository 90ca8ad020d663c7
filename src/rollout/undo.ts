import { Failure } from '../errors'
import type { Member } from './member'
import { inParallel } from './parallel'
import { sessionOf } from './prepare'
import type { Run } from './run'

/** Puts back everything that was started or switched: all evidence first, then the newest wave first. Always false. */
export async function undo(run: Run, begun: readonly (readonly Member[])[]): Promise<false> {
  const pending = (wave: readonly Member[]): Member[] => wave.filter((member) => member.started && member.undone === 'no')
  await gather(run, begun.flat().filter((member) => member.broken && member.undone === 'no'))
  for (const wave of [...begun].reverse()) await putBack(run, pending(wave))
  return false
}

/** Puts back targets that failed while the others go on. */
export async function settle(run: Run, broken: readonly Member[]): Promise<void> {
  await gather(run, broken)
  await putBack(run, broken)
}

async function gather(run: Run, broken: readonly Member[]): Promise<void> {
  await inParallel(broken, run.request.maxParallel, (member) => member.gatherEvidence(), () => run.limits.cancelled)
}

async function putBack(run: Run, members: readonly Member[]): Promise<void> {
  await inParallel(members, run.request.maxParallel, (member) => revert(member), () => run.limits.cancelled)
}

/** Back to what served before, then a look whether that is so. */
async function revert(member: Member): Promise<void> {
  const { activation, from } = member
  if (activation === null) return
  const { ok } = await member.step('revert', () => sessionOf(member).revert(from, activation), {
    hold: true, detail: () => from === null ? 'nothing serves, as before' : `${from.version} serves as #${from.number}`,
  })
  member.undone = ok ? 'yes' : 'failed'
  member.servingKnown = ok
  if (!(await member.look())) return
  const serving = member.standing?.serving ?? null
  if (serving?.number === from?.number) {
    member.undone = 'yes'
    return
  }
  member.undone = 'failed'
  if (ok) member.fail('revert', new Failure({
    code: 'not-back',
    what: `After going back, ${serving === null ? 'nothing' : `#${serving.number} (${serving.version})`} serves instead of ${
      from === null ? 'nothing' : `#${from.number} (${from.version})`}.`,
    cure: from === null
      ? 'Look at the host with `operation: status`, then deploy a fixed version.'
      : `Look at the host with \`operation: status\`, then use \`operation: rollback\` with \`version: ${from.version}\`.`,
  }))
}
