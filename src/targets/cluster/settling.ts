import { Failure, failuresOf } from '../../errors'
import type { Intent, Recorded } from './history'
import { storedObjects } from './manifest'
import { revisionOf } from './ours'
import type { Place } from './place'
import { prove } from './proving'
import { goBack } from './returning'
import { isPending, type Revision } from './revisions'
import { roll } from './rolling'

/** Milliseconds after which a Helm that is not ours, and has not ended, is dead: its own limit is five minutes. */
const forgotten = 15 * 60_000
/** Seconds that what a dead run has begun is given to become ready, where nothing says how long it had itself. */
const patience = 120

/** Settles what a dead run left; lines that say how. Throws a `Failure`: `helm-busy`. */
export async function settle(place: Place): Promise<readonly string[]> {
  const { client, revisions, history, release, signal } = place
  const { intent } = history
  const lines: string[] = []
  for (const pending of (await revisions.list()).filter(isPending)) {
    // An uninstall changes the revision that is there, and makes none.
    const ours = intent !== null && (pending.revision > intent.before || (intent.phase === 'revert' && intent.from === null && pending.status === 'uninstalling'))
    if (!ours && client.serverTime() - pending.at < forgotten) throw busy(place, pending)
    signal.throwIfAborted()
    await revisions.markFailed(pending.revision, 'Slipway: whoever began this did not end it')
    lines.push(`revision ${pending.revision} of ${release}, which ${ours ? 'a dead run' : 'somebody'} had left as ${pending.status}, is marked as failed`)
  }
  return intent === null ? lines : [...lines, await settled(place, intent)]
}

async function settled(place: Place, intent: Intent): Promise<string> {
  const { history, revisions, warn } = place
  const [to, from] = [history.entry(intent.to), intent.from === null ? null : history.entry(intent.from)]
  const called = `${to?.version ?? 'its release'} (#${intent.to})`
  const known = await revisions.list()
  const made = intent.phase === 'cut over' ? await revisionOf(place, intent, known) : null
  if (intent.phase === 'cut over' && made === null) {
    await history.change((entry) => entry.number === intent.to ? { state: 'failed' } : {}, null)
    return `a dead run had not begun with ${called}: nothing of it had been applied`
  }
  const seconds = to?.rollout.timeout ?? patience
  if (made?.status === 'deployed' && made.uid === known.at(-1)?.uid && to !== null && await isWell(place, made, seconds)) {
    await history.change(provenBy(intent, made), null)
    return `a dead run had applied ${called}: it is proven, and serves`
  }
  try {
    if (intent.from !== null && from === null) throw new Failure({ code: 'history-lost', what: `The history does not know #${intent.from}, which served before.`, cure: 'Deploy again.' })
    await goBack(place, from, intent.to, Date.now() + 1000 * (from?.rollout.timeout ?? seconds))
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    // Otherwise nothing could ever be deployed again, not even what would mend it.
    await history.change((entry) => entry.number === intent.to && !entry.proven ? { state: 'failed' } : {}, null)
    for (const { what, cure } of failures) warn(`what a dead run had left could not be put back: ${what} ${cure}`)
    return `a dead run had applied ${called} by half, and it could not be put back: see the warning`
  }
  return `a dead run had applied ${called} by half: ${from === null ? 'it is removed' : `${from.version} (#${from.number}) serves again`}`
}

/** The changes that make an intent's activation the one that serves. */
export function provenBy({ to, from, withdraw, crossing }: Intent, { revision, uid }: Pick<Revision, 'revision' | 'uid'>): (entry: Recorded) => Partial<Recorded> {
  return (entry) => ({
    ...(entry.number === to ? { state: 'proven' as const, proven: true, revision, uid } : {}),
    ...(entry.number === from ? { state: withdraw ? 'withdrawn' as const : 'retired' as const, ...(withdraw ? { withdrawn: true } : {}) } : {}),
    ...(crossing.includes(entry.number) ? { floor: false } : {}),
  })
}

/** Does what was applied become what it should? */
async function isWell(place: Place, { revision }: Revision, seconds: number): Promise<boolean> {
  const stored = await place.revisions.read(revision)
  if (stored === null) return false
  // A Job that is done may be gone: nobody makes it anew.
  const objects = storedObjects(stored).filter(({ object }) => object.kind !== 'Job')
  try {
    const subjects = await roll(place, {
      objects, hooks: [], doing: 'wait', until: Date.now() + 1000 * seconds, begun: true, run: async () => ({ code: 0, stdout: '', stderr: '' }),
    })
    await prove(place.client, place.namespace, objects, subjects, place.watching.world, place.signal)
    return true
  } catch (error) {
    if (failuresOf(error).length === 0) throw error
    return false
  }
}

function busy({ release, namespace }: Place, { revision, status }: Revision): Failure {
  return new Failure({
    code: 'helm-busy', what: `Another Helm is at work on ${release}: its revision ${revision} is ${status}.`,
    why: 'It was not begun by Slipway, and may be alive. After 15 minutes it counts as dead.',
    cure: `Wait until it has ended. If you know that it is dead: helm ${status === 'pending-install' || status === 'uninstalling' ? 'uninstall' : 'rollback'} ${release} --namespace ${namespace}`,
  })
}
