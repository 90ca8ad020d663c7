import { compareNumbers, compareVersions, readerOf, writeVersion } from './scheme'
import type { Scheme, Version, Written } from './scheme'

/** A tag of the repository, of whatever it is a name. */
export interface Tag {
  readonly name: string
  /** The commit, an annotated tag's as well. */
  readonly commit: string
  /** Does it lie behind the commit that is released, or at it? */
  readonly behind: boolean
}

/** A tag that is a version of the line. */
export interface Release extends Written {
  readonly tag: string
  readonly commit: string
}

/**
 * A line of releases: the versions of one app as the commit to be released continues them. So a branch `1.x` knows nothing of 2.0, which does not
 * lie behind it, but knows that the name is taken.
 */
export interface Line {
  readonly scheme: Scheme
  readonly prefix: string
  /** What lies behind the commit or at it, the highest first. */
  readonly behind: readonly Release[]
  /** What only other branches have. */
  readonly elsewhere: readonly Release[]
  /** Tags with the prefix that are no versions, such as `v1` or `nightly`. */
  readonly others: readonly string[]
}

/** Sorts tags. `v1.2.0` and `1.2.0` are the same version. */
export function lineOf(tags: readonly Tag[], prefix: string, scheme: Scheme): Line {
  const read = readerOf(scheme)
  const found = tags.filter(({ name }) => name.startsWith(prefix)).map((tag) => ({ ...tag, version: read(tag.name.slice(prefix.length)) }))
  const releases = (behind: boolean): Release[] => found
    .flatMap(({ name, commit, version, ...tag }) => version === null || tag.behind !== behind ? [] : [{ ...version, tag: name, commit }])
    .toSorted((a, b) => compareVersions(b, a) || (a.tag < b.tag ? -1 : 1))
  return {
    scheme, prefix, behind: releases(true), elsewhere: releases(false),
    others: found.filter(({ version }) => version === null).map(({ name }) => name),
  }
}

export const isStable = ({ pre }: Version): boolean => pre.length === 0

/** The tag of a version, written as the line has it: with a `v` where its last release has one. */
export function tagOf(line: Line, version: Version): string {
  return line.prefix + nameOf(line, version)
}

/**
 * What a version is called: its tag without the prefix. A first semantic version has a `v`, as nearly all have, unless the prefix ends in one; a first calendar
 * version has none, by the same measure.
 */
export function nameOf(line: Line, version: Version): string {
  const [newest] = [...line.behind, ...line.elsewhere]
  const v = newest?.v ?? (line.scheme.name === 'semver' && !/(^|[^A-Za-z])v$/.test(line.prefix))
  return `${v ? 'v' : ''}${writeVersion(line.scheme, version)}`
}

/** The release of this version that only another branch has; undefined: the name is free. */
export function takenBy(line: Line, version: Version): Release | undefined {
  return line.elsewhere.find((other) => compareVersions(other, version) === 0)
}

/** The first version after a release that nothing is called, wherever it is: the last number goes up, of a pre-release that of its kind. */
export function firstFree(line: Line, { numbers, pre: [kind] }: Version): Version {
  if (kind !== undefined) return nextOfKind([...line.behind, ...line.elsewhere], numbers, kind)
  const head = numbers.slice(0, -1)
  const same = [...line.behind, ...line.elsewhere].filter((other) => compareNumbers(head, other.numbers) === 0)
  return { numbers: [...head, 1 + Math.max(...same.map((other) => other.numbers.at(-1) ?? 0))], pre: [] }
}

/** The pre-release after those of a kind, such as `rc`, that a version has among these. */
export function nextOfKind(releases: readonly Release[], numbers: readonly number[], kind: string): Version {
  const same = releases.filter((other) => compareNumbers(other.numbers, numbers) === 0 && other.pre[0] === kind)
  const last = Math.max(0, ...same.map(({ pre }) => Number(pre[1])).filter((number) => Number.isSafeInteger(number)))
  return { numbers, pre: [kind, String(last + 1)] }
}
