import { compareLevels, highestLevel } from './message'
import type { Level } from './message'
import type { Change } from './changes'
import { firstFree, isStable, nextOfKind, takenBy } from './line'
import type { Line, Release } from './line'
import { backwards, nothingBehind, noPlace, taken, unlikeSemver } from './refusals'
import { compareNumbers, compareVersions, dated } from './scheme'
import type { Version } from './scheme'

/** What a run asks for. */
export interface Wish {
  /** `none`: what the commit is tagged as already, if it is. */
  readonly bump: 'none' | 'auto' | Level
  /** `rc`, `beta`; empty: a stable version. */
  readonly preRelease: string
  /** Decides calendar versions. */
  readonly now: Date
}

export type Decision =
  /** The commit carries it already. */
  | { readonly kind: 'tagged'; readonly release: Release; readonly previous: Release | null }
  | { readonly kind: 'next'; readonly version: Version; readonly previous: Release | null; readonly level: Level; readonly why: Why }
  /** Nothing that makes a release has happened since; or none was asked for. */
  | { readonly kind: 'unchanged'; readonly previous: Release | null; readonly asked: boolean }

/** `lowered`: what breaks raises the minor below 1.0. `promoted`: an earlier pre-release decides the numbers. */
export type Why = 'first' | 'asked' | 'commits' | 'lowered' | 'promoted'

/** What to read of the history before it can be decided. */
export interface Bases {
  /** The commit is this release already. */
  readonly tagged: Release | null
  /** The last stable release: what the numbers go up from. */
  readonly stable: Release | null
  /** The last one at all, if it is a pre-release above that. */
  readonly pre: Release | null
}

/**
 * What lies behind a commit. It is a release already when it carries a stable tag, or a pre-release of the kind that is asked for; a stable release is often
 * made of the very commit that was its last pre-release.
 */
export function basesOf(line: Line, commit: string, preRelease: string): Bases {
  const tagged = line.behind.find((release) => release.commit === commit && (isStable(release) || release.pre[0] === preRelease)) ?? null
  const before = tagged === null ? line.behind : line.behind.filter((release) => release.commit !== commit && compareVersions(release, tagged) < 0)
  const [newest = null] = before
  const stable = before.find(isStable) ?? null
  return { tagged, stable, pre: newest === stable ? null : newest }
}

/**
 * The next version. `changes` are those since the last stable release, `recent` those since the last release at all. Throws a `Failure`: `version-taken`,
 * `pre-release-backwards`, `no-release-behind`, `bump-without-place`, `version-scheme`.
 */
export function decide(line: Line, bases: Bases, wish: Wish, changes: readonly Change[], recent: readonly Change[]): Decision {
  const { tagged, stable, pre } = bases
  const previous = wish.preRelease === '' ? stable : pre ?? stable
  if (tagged !== null) return { kind: 'tagged', release: tagged, previous: isStable(tagged) ? stable : pre ?? stable }
  if (wish.bump === 'none') return { kind: 'unchanged', previous, asked: false }
  const first = stable === null && pre === null
  refuse(line, first, stable, wish)

  const found = highestLevel(changes.map(({ level }) => level))
  const promotes = pre !== null && pre.pre[0] !== wish.preRelease
  if (wish.bump === 'auto' && !first && !promotes && highestLevel(recent.map(({ level }) => level)) === null) return { kind: 'unchanged', previous, asked: true }

  const { level, why } = levelAsked(line, stable, wish, found)
  const raised = raise(line, stable, level, wish.now)
  const promoted = pre !== null && compareNumbers(pre.numbers, raised.numbers) > 0
  const core: Version = promoted ? { numbers: pre.numbers, pre: [] } : raised
  // A calendar version says when, and not of which branch: what another one has of today is counted past.
  const free = line.scheme.name !== 'semver' && takenBy(line, core) !== undefined ? firstFree(line, core) : core
  const version = wish.preRelease === '' ? free : nextOfKind(line.behind, free.numbers, wish.preRelease)
  const inTheWay = takenBy(line, version)
  if (inTheWay !== undefined) throw taken(line, inTheWay, level, stable)
  const [newest] = line.behind
  if (newest !== undefined && compareVersions(version, newest) <= 0) throw backwards(line, version, newest)
  return { kind: 'next', version, previous, level, why: first ? 'first' : promoted || (promotes && found === null) ? 'promoted' : why }
}

function refuse(line: Line, first: boolean, stable: Release | null, { bump, preRelease }: Wish): void {
  const semver = line.scheme.name === 'semver'
  const [elsewhere] = line.elsewhere
  if (semver && first && elsewhere !== undefined) throw nothingBehind(line, elsewhere)
  const year = stable?.numbers[0] ?? 0
  if (semver && bump !== 'patch' && year >= 1990 && year < 2200 && stable !== null) throw unlikeSemver(stable)
  if (!semver && (bump === 'major' || (bump === 'minor' && !line.scheme.parts.includes('MINOR')))) throw noPlace(line, bump, preRelease)
}

function levelAsked({ scheme }: Line, stable: Release | null, { bump }: Wish, found: Level | null): { readonly level: Level; readonly why: Why } {
  if (bump !== 'auto' && bump !== 'none') return { level: bump, why: 'asked' }
  // A first release is 0.1.0, whatever is in it.
  if (stable === null) return { level: 'minor', why: 'commits' }
  if (scheme.name === 'semver' && found === 'major' && stable.numbers[0] === 0) return { level: 'minor', why: 'lowered' }
  return { level: found ?? 'patch', why: 'commits' }
}

function raise(line: Line, stable: Release | null, level: Level, now: Date): Version {
  const before = stable?.numbers ?? line.scheme.parts.map(() => 0)
  if (line.scheme.name === 'semver') {
    const [major = 0, minor = 0, patch = 0] = before
    if (level === 'major') return { numbers: [major + 1, 0, 0], pre: [] }
    return { numbers: level === 'minor' ? [major, minor + 1, 0] : [major, minor, patch + 1], pre: [] }
  }
  const today = dated(line.scheme, now).map((number) => number ?? 0)
  // A clock that is behind the last release's counts on from there: never backwards.
  if (stable === null || compareNumbers(today, before) > 0) return { numbers: today, pre: [] }
  const minor = line.scheme.parts.indexOf('MINOR')
  const raised = minor !== -1 && compareLevels(level, 'minor') >= 0 ? minor : before.length - 1
  return { numbers: before.map((number, index) => index < raised ? number : index === raised ? number + 1 : 0), pre: [] }
}

/** Is it the highest stable version of the line, wherever the others are? That is the one that GitHub shows as the latest. */
export function isLatest(line: Line, version: Version): boolean {
  const stable = [...line.behind, ...line.elsewhere].filter(isStable)
  return isStable(version) && stable.every((other) => compareVersions(other, version) <= 0)
}

