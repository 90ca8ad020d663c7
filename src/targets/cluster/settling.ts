import { Failure, failuresOf } from '../../errors'
import type { Recorded } from './history'
import { hookObjects, objectsOf } from './manifest'
import type { Place } from './place'
import { prove } from './proving'
import { deployedOf, isPending, type Revision } from './revisions'
import { roll } from './rolling'

/** Milliseconds after which a Helm that is not ours, and has not ended, is dead: its own limit is five minutes. */
const forgotten = 15 * 60_000
/** Milliseconds that what a dead run has begun is given to become ready. */
const patience = 120_000

/** Settles what a dead run left; lines that say how. Throws a `Failure`: `helm-busy`, or why it could not be settled. */
export async function settle(place: Place): Promise<readonly string[]> {
  const { revisions, history, release } = place
  const lines: string[] = []
  for (const pending of (await revisions.list()).filter(isPending)) {
    const ours = history.intent !== null && pending.revision > history.intent.before
    if (!ours && Date.now() - pending.modified * 1000 < forgotten) throw busy(place, pending)
    await revisions.markFailed(pending.revision, 'Slipway: whoever began this did not end it')
    lines.push(`revision ${pending.revision} of ${release}, which ${ours ? 'a dead run' : 'somebody'} had left as ${pending.status}, is marked as failed`)
  }
  const { intent } = history
  if (intent === null) return lines
  const to = history.entry(intent.to)
  const from = intent.from === null ? null : history.entry(intent.from)
  const newest = (await revisions.list()).at(-1)
  if (intent.phase === 'cut over' && (newest === undefined || newest.revision <= intent.before)) {
    await history.change((entry) => entry.number === intent.to ? { state: 'failed' } : {}, null)
    return [...lines, `a dead run had not begun with ${to?.version ?? 'its release'} (#${intent.to}): nothing had been applied`]
  }
  if (intent.phase === 'cut over' && to !== null && newest?.status === 'deployed' && await isWell(place, newest)) {
    await history.change((entry) => ({
      ...(entry.number === to.number ? { state: 'proven' as const, proven: true, revision: newest.revision, uid: newest.uid } : {}),
      ...(entry.number === intent.from ? { state: 'retired' as const, ...(intent.withdraw ? { withdrawn: true } : {}) } : {}),
      ...(intent.crossing.includes(entry.number) ? { floor: false } : {}),
    }), null)
    return [...lines, `a dead run had applied ${to.version} (#${to.number}): it is proven, and serves`]
  }
  await goBack(place, from, intent.to, Date.now() + patience)
  return [...lines, `a dead run had applied ${to?.version ?? 'its release'} (#${intent.to}) by half: ${from === null ? 'it is removed' : `${from.version} (#${from.number}) serves again`}`]
}

/** Does what was applied become what it should? */
async function isWell(place: Place, { revision }: Revision): Promise<boolean> {
  const stored = await place.revisions.read(revision)
  if (stored === null) return false
  const objects = objectsOf(stored)
  try {
    const subjects = await roll(place, {
      objects, hooks: [], doing: 'wait', until: Date.now() + patience, run: async () => ({ code: 0, stdout: '', stderr: '', interrupted: false }),
    })
    await prove(place.client, place.namespace, objects, subjects, place.watching.world, place.signal)
    return true
  } catch (error) {
    if (failuresOf(error).length === 0) throw error
    return false
  }
}

/**
 * To what served before, or to nothing; and written down. `number`: the activation that is left. Throws a `Failure` when what served before does
 * not become ready again.
 */
export async function goBack(place: Place, to: Recorded | null, number: number, until: number): Promise<void> {
  const { history, revisions, helm, release, progress, signal } = place
  for (const pending of (await revisions.list()).filter(isPending)) await revisions.markFailed(pending.revision, 'Slipway: ended, and gone back from')
  const newest = (await revisions.list()).at(-1)
  const before = newest?.revision ?? 0
  const { intent } = history
  // What it came to is known by its number, so that it goes from Helm's history when nobody can want it any more.
  const made = newest !== undefined && intent?.phase === 'cut over' && before > intent.before ? { revision: newest.revision, uid: newest.uid } : {}
  await history.change((entry) => entry.number === number ? made : {}, {
    phase: 'revert', from: to?.number ?? null, to: number, before, withdraw: history.entry(number)?.proven === true, crossing: [],
  })
  if (to === null) {
    const finished = await helm.uninstall(release, secondsTo(until), signal)
    if (finished.code !== 0) throw new Failure({ code: 'not-back', what: `${release} could not be removed again.`, why: finished.stderr, cure: `helm uninstall ${release} --namespace ${place.namespace}` })
  } else {
    const stored = to.revision === null ? null : await revisions.read(to.revision)
    if (stored === null || to.revision === null) {
      throw new Failure({
        code: 'revision-missing', what: `Revision ${to.revision ?? '?'} of ${release}, which is ${to.version}, is gone.`, why: 'Somebody has removed it from Helm\'s history.',
        cure: `Deploy ${to.version} anew, with \`allow-older: true\`.`,
      })
    }
    const { revision } = to
    const objects = objectsOf(stored)
    await roll(place, {
      objects, hooks: hookObjects(stored.hooks?.filter(({ events = [] }) => events.some((event) => event.includes('rollback'))) ?? []), doing: `go back to revision ${revision}`, until,
      run: async (ending) => await helm.rollback(release, revision, secondsTo(until), ending, progress),
    })
  }
  const now = deployedOf(await revisions.list())
  await history.change((entry) => ({
    ...(entry.number === number ? entry.proven ? { withdrawn: true, state: 'withdrawn' as const } : { state: 'failed' as const } : {}),
    ...(entry.number === to?.number ? { revision: now?.revision ?? entry.revision, uid: now?.uid ?? entry.uid, state: 'proven' as const } : {}),
  }), null)
}

export const secondsTo = (until: number): number => Math.max(10, Math.ceil((until - Date.now()) / 1000))

function busy({ release, namespace }: Place, { revision, status }: Revision): Failure {
  return new Failure({
    code: 'helm-busy', what: `Another Helm is at work on ${release}: its revision ${revision} is ${status}.`,
    why: 'It was not begun by Slipway, and may be alive. After 15 minutes it counts as dead.',
    cure: `Wait until it has ended. If you know that it is dead: helm rollback ${release} --namespace ${namespace}`,
  })
}
