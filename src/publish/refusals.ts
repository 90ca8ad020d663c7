import { Failure } from '../errors'
import { firstFree, tagOf } from './line'
import type { Line, Release } from './line'
import type { Level } from './message'
import { writeVersion } from './scheme'
import type { Version } from './scheme'

/** The name that would be next belongs to a commit that does not lie behind. */
export function taken(line: Line, release: Release, level: Level, stable: Release | null): Failure {
  const own = tagOf(line, firstFree(line, stable === null || release.pre.length > 0 ? release : stable))
  return new Failure({
    code: 'version-taken',
    what: `The next version would be \`${release.tag}\`, and that is the commit ${release.commit.slice(0, 12)} already.`,
    why: 'It does not lie behind the commit that is released: another branch has gone on to it. A tag is never moved.'
      + (level === 'patch' || stable === null || release.pre.length > 0 ? '' : ` On an older line only patches are left, and a ${level} change is none.`),
    cure: `Give the version yourself: \`tag: ${own}\` is free. Or release from the branch that has \`${release.tag}\`.`,
  })
}

export function backwards(line: Line, version: Version, newest: Release): Failure {
  return new Failure({
    code: 'pre-release-backwards',
    what: `\`${tagOf(line, version)}\` would come before \`${newest.tag}\`, which is released.`,
    why: 'Pre-releases of a version are ordered by their names, letter by letter, and then by number: alpha.1, beta.1, rc.1, rc.2.',
    cure: `Leave out \`pre-release\` for the version itself, set one that comes after \`${newest.pre.join('.')}\`, or give the whole version with \`tag\`.`,
  })
}

/** No tag behind, but some elsewhere: then 0.1.0 would most likely be a mistake. */
export function nothingBehind(line: Line, elsewhere: Release): Failure {
  return new Failure({
    code: 'no-release-behind',
    what: `No release lies behind this commit, but there is \`${elsewhere.tag}\` at ${elsewhere.commit.slice(0, 12)}.`,
    why: 'The next version goes on from the last one in the history of the commit. Here that history leads to none, so it would begin anew.',
    cure: `Merge \`${elsewhere.tag}\` into this branch, or give the version yourself, e.g. \`tag: ${tagOf(line, firstFree(line, elsewhere))}\`.`,
  })
}

export function unlikeSemver(stable: Release): Failure {
  const text = writeVersion({ name: '', parts: ['MAJOR', 'MINOR', 'PATCH'], between: ['.', '.'] }, stable)
  return new Failure({
    code: 'version-scheme',
    what: `The last release is \`${stable.tag}\`, which looks like a date.`,
    why: `Counted on as a semantic version, ${text} would soon be a date that never was.`,
    cure: 'Set `version-scheme: YYYY.MM.MICRO` in slipway.yml, or the scheme that these tags have; or `bump: patch` to raise the last number.',
  })
}

export function noPlace({ scheme }: Line, bump: Level, preRelease: string): Failure {
  return new Failure({
    code: 'bump-without-place',
    what: `\`bump: ${bump}\` has no place in versions of the scheme \`${scheme.name}\`.`,
    why: 'Its numbers are dates and counters.',
    cure: `Set \`bump: auto\`${preRelease === '' ? '' : ` with \`pre-release: ${preRelease}\``}, or \`bump: patch\` for a version in any case.`,
  })
}

export function badKind(preRelease: string): Failure {
  return new Failure({
    code: 'pre-release-name',
    what: `\`pre-release: ${preRelease.slice(0, 40)}\` is no name of pre-releases.`,
    why: 'It begins with a letter and has at most 20 letters, digits and hyphens; the number comes by itself.',
    cure: 'Set `pre-release: rc`, and the versions are 1.3.0-rc.1, 1.3.0-rc.2 and so on.',
  })
}
