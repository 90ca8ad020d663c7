// The directions in which the parts of src/ may import one another, as a lint rule: see docs/architecture.md.
import { dirname, relative, resolve, sep } from 'node:path'

/** Part → the parts that it may import, beside itself and those that everything may use. */
const arrows = {
  actions: ['targets', 'rollout', 'history', 'config', 'image', 'publish', 'release', 'report', 'inputs', 'drivers'],
  targets: ['rollout', 'history', 'release', 'drivers'],
  rollout: ['history'],
  history: [],
  config: [],
  image: ['drivers'],
  publish: ['drivers'],
  release: ['drivers'],
  report: [],
  inputs: [],
  drivers: [],
  errors: [],
  concurrency: [],
}

/** What everything may use. */
const everywhere = ['errors', 'concurrency']

/** What the parts hand one another. Types of these go everywhere but into these parts. */
const contracts = [/^config\/types$/, /^rollout\/[^/]+$/, /^history\/types$/, /^image\/outcome$/, /^publish\/outcome$/, /^image\/source$/]
const withoutContracts = ['drivers', 'inputs', 'errors']

/** Parts that get clock, events and all else passed in: neither Node nor packages. */
const pure = ['rollout']

/** Why `from` may not import `to` (paths below src/, or a package for `to.package`); undefined when it may. */
function objection(from, to, typeOnly) {
  const [part, sub] = from.split('/')
  if (to.package !== undefined) {
    return pure.includes(part) && !typeOnly ? `${part} is pure: \`${to.package}\` has to be passed in.` : undefined
  }
  const [other, otherSub] = to.path.split('/')
  if (part === 'drivers' && other === 'drivers') {
    return sub === otherSub ? undefined : `drivers know nothing of one another: ${sub} may not import ${otherSub}.`
  }
  if (other === part || everywhere.includes(other)) return undefined
  if (arrows[part] === undefined) return `${part} is no part of src/ that the arrows know: add it to script/lint.d/arrows.mjs.`
  if (arrows[part].includes(other)) return undefined
  if (typeOnly && !withoutContracts.includes(part) && contracts.some((contract) => contract.test(to.path))) return undefined
  const allowed = [...arrows[part], ...everywhere].join(', ')
  return `${part} may not import ${other}${typeOnly ? ' (nor types of it)' : ''}: it may import ${allowed}.`
}

const rule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const src = resolve(context.cwd, 'src')
    const from = relative(src, context.filename).replaceAll(sep, '/')
    if (from.startsWith('..')) return {}

    function judge(source, typeOnly) {
      if (typeof source?.value !== 'string') return
      const named = source.value
      const path = relative(src, resolve(dirname(context.filename), named)).replaceAll(sep, '/')
      const to = named.startsWith('.') ? { path } : { package: named }
      const message = objection(from, to, typeOnly)
      if (message !== undefined) context.report({ node: source, message })
    }

    return {
      ImportDeclaration: (node) => judge(node.source, isTypeOnly(node)),
      ExportNamedDeclaration: (node) => judge(node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => judge(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => judge(node.source, false),
      TSImportType: (node) => judge(node.source ?? node.argument?.literal, true),
    }
  },
}

function isTypeOnly(node) {
  if (node.importKind === 'type') return true
  return node.specifiers.length > 0 && node.specifiers.every((specifier) => specifier.importKind === 'type')
}

export const arrowsPlugin = { rules: { arrows: rule } }
