import { Failure } from '../errors'
import { quoted } from './paths'

/** As many as Linux follows. */
const mostLinks = 40

/**
 * Resolves paths through the symbolic links of a tree, as a kernel would. `targets`: what each link says, by its path.
 * Null for a path that leaves the tree or runs in a circle; the end need not exist.
 */
export function linkFollower(targets: ReadonlyMap<string, string>): (path: string) => string | null {
  return (path) => resolve(path, targets)
}

/**
 * Links that do not stay within the release: absolute ones, those that climb out, also by way of other links, and those
 * that run in a circle. A link to something that is not there is kept: `shared` may bring it.
 */
export function linkFailures(targets: ReadonlyMap<string, string>): Failure[] {
  const escaping = [...targets].filter(([path, target]) => (
    target === '' || target.includes('\0') || resolve(path, targets) === null
  ))
  if (escaping.length === 0) return []
  const named = quoted(escaping.map(([path, target]) => `${path} -> ${target}`))
  return [new Failure({
    code: 'link-escapes',
    what: `These symbolic links lead out of the release or in a circle: ${named}.`,
    why: 'On a host they would lead to files of the machine or of another release.',
    cure: 'Replace each by a relative link within the app\'s folder or by a copy, or set `working-directory` to a folder '
      + 'that holds both ends; what must outlive releases belongs under `shared`.',
  })]
}

function resolve(path: string, targets: ReadonlyMap<string, string>): string | null {
  const left = path.split('/').toReversed()
  const done: string[] = []
  let followed = 0
  for (let component = left.pop(); component !== undefined; component = left.pop()) {
    if (component === '' || component === '.') continue
    if (component === '..') {
      if (done.pop() === undefined) return null
      continue
    }
    done.push(component)
    const target = targets.get(done.join('/'))
    if (target === undefined) continue
    if (target.startsWith('/')) return null
    if (++followed > mostLinks) return null
    done.pop()
    left.push(...target.split('/').toReversed())
  }
  return done.join('/')
}
