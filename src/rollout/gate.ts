import { Failure, throwAll } from '../errors'
import { chooseRollback, releasesOf, type Returnable } from '../history/rollback'
import type { Entry, Standing } from '../history/types'
import type { ReleaseSource, Wanted } from './target'

/** One place and what it says of itself. */
export interface Place {
  readonly name: string
  readonly standing: Standing
}

/**
 * Forward only: the failures for all places that serve a descendant of the release's commit, or that have proven its version
 * from another commit. `isAncestor` is asked once a commit; what it throws when it cannot decide goes through.
 */
export async function forwardOnly(
  places: readonly Place[], release: ReleaseSource, isAncestor: (older: string, newer: string) => Promise<boolean>,
): Promise<readonly Failure[]> {
  const older = new Map<string, boolean>()
  const failures: Failure[] = []
  for (const { name, standing } of places) {
    const moved = versionMoved(standing, release)
    if (moved !== null) {
      failures.push(moved.on(name))
      continue
    }
    const serving = standing.serving
    // What was brought here by hand is of no commit that anybody knows.
    if (serving === null || serving.commit === '' || serving.commit === release.commit) continue
    if (!older.has(serving.commit)) older.set(serving.commit, await isAncestor(release.commit, serving.commit))
    if (older.get(serving.commit) !== true) continue
    failures.push(new Failure({
      code: 'older-than-serving',
      what: `${release.version} (${release.commit.slice(0, 12)}) is older than ${serving.version} ` +
        `(${serving.commit.slice(0, 12)}), which serves on ${name}.`,
      why: 'A late approval or a re-run of an old job must not take users back by accident.',
      cure: `To go back, use \`operation: rollback\` with \`version: ${release.version}\`; to deploy it all the same, ` +
        'set `allow-older: true`.',
      target: name,
    }))
  }
  return failures
}

/** A version that names two commits cannot be told apart afterwards; the newest proof of it is what people know it by. */
function versionMoved(standing: Standing, { version, commit }: ReleaseSource): Failure | null {
  const known = standing.entries.filter((entry) => entry.proven && entry.version === version)
    .reduce<Entry | null>((newest, entry) => newest === null || entry.number > newest.number ? entry : newest, null)
  if (known === null || known.commit === commit) return null
  return new Failure({
    code: 'version-moved',
    what: `${version} was proven as #${known.number} from commit ${known.commit.slice(0, 12)}, `
      + `now it names ${commit.slice(0, 12)}.`,
    why: 'The tag was moved. A version that names two commits cannot be told apart afterwards, nor be returned to by name.',
    cure: 'Give the commit a new tag and deploy that; or set `allow-older: true` to deploy it all the same.',
  })
}

/** The one release that the whole fleet goes back to. Throws a Failure, or Failures for several places. */
export function rollbackFor(places: readonly Place[], version: string | null): { wanted: Wanted; choice: Returnable } {
  const failures: Failure[] = []
  const choices: Choice[] = []
  for (const { name, standing } of places) {
    try {
      choices.push({ name, standing, choice: chooseRollback(standing, version) })
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      failures.push(thrown.on(name))
    }
  }
  throwAll(failures)
  const [first] = choices
  if (first === undefined) throw new Error('a rollback without places')
  const same = choices.every(({ choice }) => choice.releaseId === first.choice.releaseId)
  const choice = same ? first.choice : common(choices, version)
  return { wanted: { kind: 'stored', releaseId: choice.releaseId, version: choice.version, again: false }, choice }
}

/** What the whole fleet serves, to be activated anew. Throws a Failure, or Failures for several places. */
export function restartFor(places: readonly Place[]): Extract<Wanted, { readonly kind: 'stored' }> {
  throwAll(places.filter(({ standing }) => standing.serving === null).map(({ name, standing }) => new Failure({
    code: 'nothing-serves',
    what: `Nothing of ${standing.app} serves that could be restarted.`,
    cure: 'Deploy it: `operation: deploy`.',
    target: name,
  })))
  const serving = places.flatMap(({ name, standing }) => standing.serving === null ? [] : [{ name, ...standing.serving }])
  const [first] = serving
  if (first === undefined) throw new Error('a restart without places')
  if (serving.some(({ releaseId }) => releaseId !== first.releaseId)) {
    throw new Failure({
      code: 'fleet-disagrees',
      what: `The targets serve different releases (${serving.map(({ name, version }) => `${name}: ${version}`).join(', ')}).`,
      why: 'A fleet is restarted as a whole.',
      cure: 'Bring them together first: `operation: deploy`, or `operation: rollback` with `version`.',
    })
  }
  return { kind: 'stored', releaseId: first.releaseId, version: first.version, again: true }
}

interface Choice extends Place {
  readonly choice: Returnable
}

/** Places that differ by themselves may still share a release of the version that was named. */
function common(choices: readonly Choice[], version: string | null): Returnable {
  const [first, ...others] = choices
  const shared = version === null || first === undefined ? undefined : releasesOf(first.standing, version).find((candidate) =>
    others.every(({ standing }) => releasesOf(standing, version).some((release) => release.releaseId === candidate.releaseId)))
  if (shared !== undefined) return shared
  const each = choices.map(({ name, choice }) => `${name}: ${version === null ? choice.version : choice.releaseId}`).join(', ')
  throw version === null
    ? new Failure({
      code: 'fleet-disagrees',
      what: `The targets would go back to different versions (${each}).`,
      why: 'They do not have the same history, and a fleet goes back to one version as a whole.',
      cure: 'Name the version: `operation: rollback` with `version` set to one of them.',
    })
    : new Failure({
      code: 'fleet-disagrees',
      what: `No release of ${version} is on all targets (${each}).`,
      why: 'A fleet goes back to one release as a whole, and releases of one version may differ in their artifacts.',
      cure: `Deploy it anew: \`operation: deploy\`, \`version: ${version}\`, \`allow-older: true\`.`,
    })
}
