import { bad, text, type Format } from '../format'
import { shown } from '../tree'

const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

function lowered(name: string, longest: number): ReturnType<typeof bad> | undefined {
  const lower = name.toLowerCase().replaceAll(/[_. ]+/g, '-').slice(0, longest).replace(/-+$/, '')
  return LABEL.test(name) || !LABEL.test(lower) ? undefined : bad(`must be lower-case letters, digits and hyphens, not ${shown(name)}`, `Write \`${lower}\`.`)
}

/** What Helm calls a release: a part of the names of what it makes. */
export const releaseName: Format<string> = text({
  says: 'a name of at most 53 lower-case letters, digits and hyphens', example: 'shop', pattern: LABEL, longest: 53, check: (name) => lowered(name, 53)
})

export const namespaceName: Format<string> = text({
  says: 'a name of at most 63 lower-case letters, digits and hyphens', example: 'shop', pattern: LABEL, longest: 63, check: (name) => lowered(name, 63)
})

const PATH = /^(?:[A-Za-z0-9_/-]|\\\.)+(?:\.(?:[A-Za-z0-9_/-]|\\\.)+)*$/

/** `database.password`; a dot in a key is `\.`, as for Helm's `--set`. */
export const valuePath: Format<string> = text({
  says: 'a path in the chart\'s values', example: 'database.password', pattern: PATH, longest: 255,
  check(path) {
    if (/[[\]]/.test(path)) return bad(`is ${shown(path)}, a place in a list`, 'Let the chart have it under a key.', 'Lists are replaced as a whole, so nothing can be put into one.')
    return PATH.test(path) ? undefined : bad(`is no path in the chart's values: ${shown(path)}`, 'Write the keys with dots between: `database.password`; a dot in a key is `\\.`.')
  }
})

/** What the input `images` calls an image. */
export const imageService: Format<string> = text({
  says: 'the name of a service in the input `images`', example: 'web', pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/, longest: 63
})
