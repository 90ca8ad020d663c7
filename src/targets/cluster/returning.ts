import { Failure } from '../../errors'
import type { Intent, Recorded } from './history'
import { storedHooks, storedObjects } from './manifest'
import { revisionOf } from './ours'
import type { Place } from './place'
import { deployedOf, isPending } from './revisions'
import { roll } from './rolling'

/**
 * To what served before, or to nothing; and written down. `number`: the activation that is left. Throws a `Failure` when what served before does
 * not become ready again, or when what was there before is not ours to remove.
 */
export async function goBack(place: Place, to: Recorded | null, number: number, until: number): Promise<void> {
  const { history, revisions, helm, release, namespace, progress, signal } = place
  const { intent } = history
  if (intent === null) throw new Error('there is nothing to go back from')
  const known = await revisions.list()
  // A way back that was begun already has an intent of its own, which is not that of what was applied.
  const made = intent.phase === 'cut over' ? await revisionOf(place, intent, known) : null
  signal.throwIfAborted()
  for (const pending of known.filter((one) => isPending(one) && one.revision > intent.before)) await revisions.markFailed(pending.revision, 'Slipway: ended, and gone back from')
  const before = known.at(-1)?.revision ?? 0
  // What it came to is known by its number, so that it goes from Helm's history when nobody can want it any more.
  const back: Intent = { ...intent, phase: 'revert', from: to?.number ?? null, to: number, before, rollbackTo: to?.revision ?? null }
  await history.change((entry) => entry.number === number && made !== null ? { revision: made.revision, uid: made.uid } : {}, back)
  // Of what was never applied there is nothing to put back.
  const applied = made !== null || intent.phase === 'revert'
  if (to === null && applied) await removeAll(place, intent)
  if (to !== null && applied) {
    const stored = to.revision === null ? null : await revisions.read(to.revision)
    if (stored === null || to.revision === null) {
      throw new Failure({
        code: 'revision-missing', what: `Revision ${to.revision ?? '?'} of ${release}, which is ${to.version}, is gone.`, why: 'Somebody has removed it from Helm\'s history.',
        cure: `Deploy ${to.version} anew, with \`allow-older: true\`.`,
      })
    }
    const { revision } = to
    await roll(place, {
      objects: storedObjects(stored), hooks: storedHooks(stored.hooks?.filter(({ events = [] }) => events.some((event) => event.includes('rollback'))) ?? []),
      doing: `go back to revision ${revision}`, until, run: async (ending) => await helm.rollback(release, revision, stored, secondsTo(until), ending, progress),
    })
  }
  const now = to === null ? null : deployedOf(await revisions.list())
  if (to !== null && now === null) {
    throw new Failure({ code: 'not-back', what: `After going back, Helm has no revision of ${release} that is deployed.`, cure: `Look at it: helm history ${release} --namespace ${namespace}` })
  }
  await history.change((entry) => ({
    ...(entry.number === number ? entry.proven ? { withdrawn: true, state: 'withdrawn' as const } : { state: 'failed' as const } : {}),
    ...(entry.number === to?.number && now !== null ? { revision: now.revision, uid: now.uid, state: 'proven' as const } : {}),
    // With Helm's history go its revisions.
    ...(to === null ? { revision: null, uid: '' } : {}),
  }), null)
}

/** A first release that failed. What was there before it, without Helm or by another's hand, is not removed with it. */
async function removeAll({ helm, release, namespace, signal }: Place, { before, clean }: Intent): Promise<void> {
  if (before > 0 || !clean) {
    throw new Failure({
      code: 'left-as-is', what: `${release} did not become what it should, and there is nothing to go back to: what it is made of was partly there before.`,
      why: before > 0 ? 'Helm has revisions of it, and none that is known to have served.' : 'Some of its objects had been made without this release, and were taken over by it.',
      cure: `Look at it (kubectl get all --namespace ${namespace}), and deploy a fixed version. To remove all of it: helm uninstall ${release} --namespace ${namespace}`,
    })
  }
  const finished = await helm.uninstall(release, 60, signal)
  if (finished.code !== 0) throw new Failure({ code: 'not-back', what: `${release} could not be removed again.`, why: finished.stderr, cure: `helm uninstall ${release} --namespace ${namespace}` })
}

export const secondsTo = (until: number): number => Math.max(10, Math.ceil((until - Date.now()) / 1000))
