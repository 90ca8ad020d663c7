import { Failure, nearestVersion } from '../errors'
import { crossedGoingTo } from './floor'
import type { Entry, Standing } from './types'
import { requireVersion } from './version'

/** A release that a place can go back to. */
export interface Returnable {
  readonly releaseId: string
  readonly version: string
  /** 40 hex. */
  readonly commit: string
  /** The newest activation of it that was proven. */
  readonly number: number
  /** Was it rolled back from when it last served? Then it must be named to be chosen. */
  readonly withdrawn: boolean
  /** The version of the newest floor (`rollback-floor`) that going there would cross; null when it crosses none. */
  readonly floor: string | null
  /** ISO 8601, by the place's clock; for people. */
  readonly at: string
}

/**
 * What a rollback on this place goes to. Without a version: the newest proven release before the serving one that is another
 * release, was not withdrawn, and whose files are there. A named version may be a withdrawn one, or the one that serves.
 * Throws a Failure: `nothing-to-go-back-to`, `version-malformed`, `version-pruned`, `version-never-served`, `version-unknown`.
 */
export function chooseRollback(standing: Standing, wantedVersion: string | null): Returnable {
  return wantedVersion === null ? lastGood(standing) : named(standing, requireVersion(wantedVersion))
}

/** Versions that can be returned to by name, one each, newest first; without the one that serves. */
export function returnable(standing: Standing): readonly Returnable[] {
  const seen = new Set<string>()
  if (standing.serving !== null) seen.add(standing.serving.version)
  const found: Returnable[] = []
  for (const { version } of storedAndProven(standing)) {
    const best = newestOf(standing, version)
    if (seen.has(version) || best === undefined) continue
    seen.add(version)
    found.push(best)
  }
  return found.sort((a, b) => b.number - a.number)
}

/** All releases a rollback to this version could mean, the best first. */
export function releasesOf(standing: Standing, version: string): readonly Returnable[] {
  return storedAndProven(standing)
    .filter((release) => release.version === version)
    .sort((a, b) => Number(a.withdrawn) - Number(b.withdrawn) || b.number - a.number)
}

function lastGood(standing: Standing): Returnable {
  const { serving } = standing
  const candidates = storedAndProven(standing).filter((release) =>
    !release.withdrawn && release.releaseId !== serving?.releaseId && (serving === null || release.number < serving.number))
  const [best] = candidates
  if (best !== undefined) return best
  const choices = returnable(standing)
  throw new Failure({
    code: 'nothing-to-go-back-to',
    what: serving === null
      ? `There is no release of ${standing.app} to go back to.`
      : `There is no release of ${standing.app} to go back to from ${serving.version} (#${serving.number}).`,
    why: 'By itself a rollback goes to the newest release that was proven before, was not rolled back from, and is still stored.',
    cure: choices.length === 0
      ? 'Deploy a fixed or an older version instead: `operation: deploy` with `version`, and `allow-older: true` if it is older.'
      : `Name one: \`operation: rollback\` with \`version\` set to one of ${listed(choices)}.`,
  })
}

function named(standing: Standing, version: string): Returnable {
  const id = standing.names?.[version]
  const best = id === undefined ? newestOf(standing, version) : storedAndProven(standing).find(({ releaseId }) => releaseId === id)
  if (best !== undefined) return best
  throw missing(standing, version)
}

function missing(standing: Standing, version: string): Failure {
  const choices = returnable(standing)
  const instead = choices.length === 0
    ? 'No version can be returned to here; deploy one with `operation: deploy`.'
    : `Set \`version\` to one that can be returned to: ${listed(choices)}.`
  const entries = standing.entries.filter((entry) => entry.version === version)
  if (entries.some((entry) => entry.proven)) {
    return new Failure({
      code: 'version-pruned',
      what: `${version} of ${standing.app} served once, but its files are gone.`,
      why: 'The last releases are kept, as many as `keep` in slipway.yml says; one that was rolled back from, until a newer one was proven.',
      cure: `${instead} Or deploy it anew: \`operation: deploy\`, \`version: ${version}\`, \`allow-older: true\`.`,
    })
  }
  if (entries.length > 0 || standing.releases.some((release) => release.version === version)) {
    return new Failure({
      code: 'version-never-served',
      what: `${version} of ${standing.app} was brought here but never served.`,
      why: 'A rollback goes only to what was proven once.',
      cure: instead,
    })
  }
  const near = nearestVersion(version, choices.map((choice) => choice.version))
  return new Failure({
    code: 'version-unknown',
    what: near === undefined
      ? `There is no ${version} of ${standing.app} here.`
      : `There is no ${version} of ${standing.app} here; did you mean ${near}?`,
    cure: instead,
  })
}

function newestOf(standing: Standing, version: string): Returnable | undefined {
  return releasesOf(standing, version)[0]
}

/** One for each release, by its newest proven activation, whose fate speaks for the release; newest first. */
function storedAndProven(standing: Standing): Returnable[] {
  const stored = new Set(standing.releases.map((release) => release.id))
  const newest = new Map<string, Entry>()
  for (const entry of standing.entries) {
    if (!entry.proven || !stored.has(entry.releaseId)) continue
    const known = newest.get(entry.releaseId)
    if (known === undefined || known.number < entry.number) newest.set(entry.releaseId, entry)
  }
  return [...newest.values()]
    .sort((a, b) => b.number - a.number)
    .map(({ releaseId, version, commit, number, withdrawn, at }) => ({
      releaseId, version, commit, number, withdrawn, floor: crossedGoingTo(standing, releaseId)[0]?.version ?? null, at,
    }))
}

function listed(choices: readonly Returnable[]): string {
  return choices.map((choice) => choice.version + (choice.withdrawn ? ' (rolled back from)' : '')
    + (choice.floor === null ? '' : ` (behind the rollback floor ${choice.floor})`)).join(', ')
}
