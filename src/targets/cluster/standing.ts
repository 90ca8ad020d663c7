import type { Recorded } from './history'
import { storedObjects, subjectOf } from './manifest'
import type { Place } from './place'
import type { Revision } from './revisions'
import { isJudged } from './watching'

/** A revision that was made by hand, or before there was Slipway, as an activation. It is told of. */
export async function adopted({ history, revisions, name, warn }: Place, { revision, uid }: Revision): Promise<Recorded> {
  const stored = await revisions.read(revision)
  const at = typeof stored?.info.last_deployed === 'string' ? stored.info.last_deployed : new Date(0).toISOString()
  warn(`revision ${revision} of ${name} was made by hand, not by Slipway; it is called revision-${revision} here`)
  return {
    // A number comes again after an uninstall, and is then another release.
    number: history.next, releaseId: `revision-${revision}-${uid.slice(0, 8)}`, version: `revision-${revision}`, commit: '', state: 'proven', proven: true, withdrawn: false,
    at, by: 'helm', run: '', revision, uid, url: null, domain: null, keep: 5, rollout: {},
  }
}

/** What is not well of what serves, a line each. */
export async function unwell({ revisions, watching, namespace }: Place, { revision }: Recorded): Promise<readonly string[]> {
  const stored = revision === null ? null : await revisions.read(revision)
  if (stored === null) return []
  // A Job that is done may be gone.
  const objects = storedObjects(stored).filter(({ object }) => object.kind !== 'Job')
  await watching.follow(objects)
  return [...watching.look(objects.filter(isJudged).map((one) => subjectOf(one, namespace)))].filter(([, { state }]) => state !== 'ready')
    .map(([{ kind, name }, { line, causes }]) => `${kind} ${name}: ${line}${causes[0] === undefined ? '' : ` (${causes[0].message})`}`)
}
