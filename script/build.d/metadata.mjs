// Reads an action.yml: the single source of truth for inputs and outputs. What an input's text may be stands in brackets at
// the end of its description, where readers profit from it as well.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '..', '..')

/** The actions there are: what `uses:` names, and where it stands. */
export const actions = [
  { name: 'root', folder: '.' },
  { name: 'setup-vm', folder: 'actions/setup-vm' },
  { name: 'push-release', folder: 'actions/push-release' },
  { name: 'compose-up', folder: 'actions/compose-up' },
  { name: 'helm-upgrade', folder: 'actions/helm-upgrade' },
  { name: 'build-image', folder: 'actions/build-image' },
]

const kinds = [
  [/^true or false$/, () => ({ kind: 'flag' })],
  [/^one of: (.+)$/, ([, names]) => ({ kind: 'choice', of: names.split(', ') })],
  [/^a whole number from (\d+)$/, ([, least]) => ({ kind: 'count', least: Number(least) })],
  [/^a duration, such as .+$/, () => ({ kind: 'duration' })],
  [/^a line each$/, () => ({ kind: 'lines' })],
  [/^several lines$/, () => ({ kind: 'block' })],
  [/^secret$/, () => ({ kind: 'secret' })],
  [/^a kubeconfig$/, () => ({ kind: 'kubeconfig' })],
]

/** The declared type of an input; a bracket that says nothing known is a mistake, lest a typing error make it plain text. */
function typeOf(description, where) {
  const said = /\(([^()]*)\)$/.exec(description)?.[1]
  if (said === undefined) return { kind: 'text' }
  for (const [pattern, make] of kinds) {
    const match = pattern.exec(said)
    if (match !== null) return make(match)
  }
  throw new Error(
    `${where} ends in "(${said})", which names no type of input. Write one of: (true or false), (one of: a, b), ` +
      '(a whole number from 1), (a duration, such as 90s), (a line each), (several lines), (secret), (a kubeconfig); or move the bracket.',
  )
}

/** What an action.yml says, with each input's type. */
export function metadata({ name, folder }) {
  const path = folder === '.' ? 'action.yml' : `${folder}/action.yml`
  const document = parse(readFileSync(join(root, path), 'utf8'))
  const inputs = Object.entries(document.inputs).map(([input, { description, required = false, default: fallback }]) => {
    const where = `${path}: the description of \`${input}\``
    const type = typeOf(description, where)
    const expression = typeof fallback === 'string' && fallback.includes('${{')
    if (type.kind === 'flag' && !['true', 'false'].includes(fallback)) {
      throw new Error(`${path}: \`${input}\` is true or false and needs a default: write default: 'false' (in quotes).`)
    }
    if (fallback !== undefined && typeof fallback !== 'string') {
      throw new Error(`${path}: the default of \`${input}\` is no string: put it in quotes.`)
    }
    return { name: input, description, required, type, fallback, expression }
  })
  const outputs = Object.entries(document.outputs).map(([output, { description }]) => ({ name: output, description }))
  return { name, folder, path, inputs, outputs, runs: document.runs }
}

/** kebab-case to camelCase. */
export const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())

/** kebab-case to PascalCase. */
export const pascal = (name) => camel(`-${name}`)
