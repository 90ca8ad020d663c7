import { Failure, nearest } from '../errors'
import type { Findings } from './findings'
import { isNull, shown, type Entry, type Mapping, type Node } from './tree'

/**
 * The file with the overlay of the chosen environment in it: mappings are merged by key, everything else is replaced, null
 * removes. Once there are environments one must be chosen; what is wrong with the choice goes to `findings`.
 */
export function overlaid(tree: Mapping, environment: string, findings: Findings): Mapping {
  const entry = tree.entries.get('environments')
  const base: Mapping = { ...tree, entries: new Map([...tree.entries].filter(([key]) => key !== 'environments')) }
  const names = entry?.value.kind === 'mapping' ? [...entry.value.entries.keys()] : []
  if (environment === '' && names.length === 0) return base
  if (environment === '') {
    findings.add(new Failure({
      code: 'config-environment', at: entry?.at, what: 'No environment was chosen.',
      why: `The file has environments: ${names.map((name) => shown(name, '`')).join(', ')}.`,
      cure: `Set the input \`environment: ${names[0] ?? ''}\` (or another of them).`
    }))
    return base
  }
  const chosen = entry?.value.kind === 'mapping' ? entry.value.entries.get(environment)?.value : undefined
  if (chosen === undefined) {
    findings.add(unknown(environment, names, entry))
    return base
  }
  return chosen.kind === 'mapping' ? merged(base, chosen) : base
}

function unknown(environment: string, names: readonly string[], entry: Entry | undefined): Failure {
  const lower = environment.toLowerCase()
  // `prod` is far from `production` letter by letter.
  const near = nearest(environment, names)
    ?? names.find((name) => name.toLowerCase().startsWith(lower) || lower.startsWith(name.toLowerCase()))
  const said = shown(environment, '`')
  return new Failure({
    code: 'config-environment', at: entry?.at,
    what: `There is no environment ${said}${near ? `; did you mean \`${near}\`?` : '.'}`,
    why: names.length === 0 ? 'The file has no `environments`.'
      : `There are ${names.map((name) => shown(name, '`')).join(', ')}.`,
    cure: near ? `Set the input \`environment: ${near}\`.`
      : names.length === 0
        ? `Leave the input out, or add \`environments: { ${shown(environment, '')}: {} }\`, which changes nothing.`
        : `Set the input \`environment: ${names[0] ?? ''}\`${names.length === 1 ? '' : ' (or another of them)'}, or add `
          + `\`${shown(environment, '')}: {}\` under \`environments\`, which changes nothing.`
  })
}

/** In the values for a chart null is a value: Helm removes a default by it. */
const OF_CHART = 'cluster.values.'

function merged(base: Mapping, over: Mapping, place = ''): Mapping {
  const entries = new Map(base.entries)
  for (const [key, entry] of over.entries) {
    const below = base.entries.get(key)
    if (isNull(entry.value) && !place.startsWith(OF_CHART)) entries.delete(key)
    else entries.set(key, { ...entry, value: mergedValue(below?.value, entry.value, `${place}${key}.`) })
  }
  return { kind: 'mapping', entries, at: base.at }
}

function mergedValue(base: Node | undefined, over: Node, place: string): Node {
  if (over.kind !== 'mapping') return over
  // Onto nothing as well: a null inside a new mapping still means "not there".
  return merged(base?.kind === 'mapping' ? base : { kind: 'mapping', entries: new Map(), at: over.at }, over, place)
}
