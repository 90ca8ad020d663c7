import { Failure } from '../errors'

/** What a version may look like; anything else is refused, never mapped. */
export const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** The failure when `version` is outside the grammar, null when it is fine. */
export function versionFailure(version: string): Failure | null {
  if (VERSION.test(version)) return null
  return new Failure({
    code: 'version-malformed',
    what: `${JSON.stringify(shortened(version))} cannot be a version: ${complaint(version)}.`,
    why: 'A version names folders, units and URLs, so it is 1 to 63 letters, digits, dots, underscores and hyphens, ' +
      'and begins with a letter or a digit.',
    cure: 'Name the tag within that grammar, e.g. v1.4.2, or set `version` to one that is.',
  })
}

/** The version itself; throws the failure when it is outside the grammar. */
export function requireVersion(version: string): string {
  const failure = versionFailure(version)
  if (failure !== null) throw failure
  return version
}

function complaint(version: string): string {
  if (version === '') return 'it is empty'
  const foreign = /[^A-Za-z0-9._-]/u.exec(version)?.[0]
  if (foreign !== undefined) return `it contains ${JSON.stringify(foreign)}`
  if (!/^[A-Za-z0-9]/.test(version)) return `it begins with ${JSON.stringify(version.slice(0, 1))}`
  return `it has ${version.length} characters, and 63 is the most`
}

function shortened(version: string): string {
  return version.length > 80 ? `${version.slice(0, 80)}…` : version
}
