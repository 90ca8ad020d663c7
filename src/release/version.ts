import { Failure } from '../errors'
import type { Found } from './commit'

/** Names of versions that releases, units, images and folders can all carry. */
const grammar = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** A version made by `versionOf` for a commit without a tag; its group is the commit's first 12 digits. */
export const datedVersion = /^\d{8}\.\d{6}-([0-9a-f]{12})$/

/**
 * The version of a commit. With a tag: the tag less the prefix that the commit's own slipway.yml declares. Without:
 * its committer date in UTC and 12 hex, `20261120.143055-0123456789ab`, which sorts by time. Throws a `Failure` for a tag
 * without the prefix (`tag-without-prefix`) and for what the grammar does not allow (`version-refused`): nothing is mapped.
 */
export function versionOf(found: Found, prefix: string): string {
  if (found.tag === null) return dated(found)
  if (!found.tag.startsWith(prefix)) {
    throw new Failure({
      code: 'tag-without-prefix',
      what: `The tag \`${found.tag}\` does not begin with \`${prefix}\`.`,
      why: `slipway.yml of that commit says \`tag-prefix: ${prefix}\`: other tags are not versions of this app.`,
      cure: `Tag the commit as \`git tag ${suggested(prefix, found.tag)} ${found.commit.slice(0, 12)}\` and push that tag, `
        + 'or change `tag-prefix` in slipway.yml.',
    })
  }
  const version = found.tag.slice(prefix.length)
  if (!grammar.test(version)) throw versionRefused(version, found)
  return version
}

function dated({ commit, committed }: Found): string {
  // A broken clock may have written any number; years have four digits here.
  const date = new Date(Math.min(committed, 253_402_300_799) * 1000)
  const [day = '', time = ''] = date.toISOString().split('T')
  return `${day.replaceAll('-', '')}.${time.slice(0, 8).replaceAll(':', '')}-${commit.slice(0, 12)}`
}

/** A tag that would do: the prefix, and what of the other one looks like a version. */
function suggested(prefix: string, tag: string): string {
  const [version = '1.0.0'] = /\d[A-Za-z0-9._-]*$/.exec(tag) ?? []
  return prefix + version
}

function versionRefused(version: string, { tag, commit }: Found): Failure {
  // What slipway.yml takes as a prefix, up to the last slash.
  const rest = /^([A-Za-z0-9][A-Za-z0-9._/-]{0,38}\/)([A-Za-z0-9][A-Za-z0-9._-]{0,62})$/.exec(tag ?? '')
  const retag = `tag the commit anew, e.g. \`git tag v1.0.0 ${commit.slice(0, 12)}\`, and push that tag`
  return new Failure({
    code: 'version-refused',
    what: version === '' ? `The tag \`${tag}\` is the declared prefix and nothing more.` : `\`${version}\` cannot be a version.`,
    why: 'A version begins with a letter or a digit and has at most 63 letters, digits, dots, dashes and underscores. It is '
      + 'not changed to fit, because two tags could then be one version.',
    cure: rest === null
      ? `To deploy this commit, ${retag}.`
      : `If \`${rest[2]}\` is the version, add \`tag-prefix: ${rest[1]}\` to slipway.yml; else ${retag}.`,
  })
}
