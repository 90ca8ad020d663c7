// Writes the typed readers of inputs: src/inputs/generated/<action>.ts.
import { camel, pascal } from './metadata.mjs'

const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function valueType({ type, required, fallback, expression }) {
  const always = required || (fallback !== undefined && !expression)
  const orNull = always ? '' : ' | null'
  switch (type.kind) {
    case 'flag':
      return 'boolean'
    case 'choice':
      return type.of.map(quoted).join(' | ') + orNull
    case 'count':
    case 'duration':
      return `number${orNull}`
    case 'lines':
      return 'readonly string[]'
    default:
      return `string${orNull}`
  }
}

function typeLiteral(type) {
  if (type.kind === 'choice') return `{ kind: 'choice', of: [${type.of.map(quoted).join(', ')}] }`
  if (type.kind === 'count') return `{ kind: 'count', least: ${type.least} }`
  return `{ kind: '${type.kind}' }`
}

/** A comment of lines no longer than the house allows. */
function comment(text, indent, width = 126) {
  const lines = ['']
  for (const word of text.split(' ')) {
    if (lines.at(-1).length + word.length + 1 > width - indent.length - 3) lines.push('')
    lines.push(`${lines.pop()} ${word}`)
  }
  if (lines.length === 1) return `${indent}/**${lines[0]} */`
  return [`${indent}/**`, ...lines.map((line) => `${indent} *${line}`), `${indent} */`].join('\n')
}

function declared(input) {
  const parts = [`name: ${quoted(input.name)}`, `type: ${typeLiteral(input.type)}`]
  if (input.required) parts.push('required: true')
  // A default that is an expression only the runner can work out.
  if (input.fallback !== undefined && !input.expression) parts.push(`fallback: ${quoted(input.fallback)}`)
  return `  ${camel(input.name)}: { ${parts.join(', ')} },`
}

export function readers({ name, path, inputs, outputs }) {
  const type = pascal(name)
  return `// Generated from ${path} by script/build: change that file instead.
import { readInputs, type Declaration } from '../read'

/** What the step's \`with:\` says, read once and frozen. An empty string is the same as unset: null. Durations in seconds. */
export interface ${type}Inputs {
${inputs.map((input) => `${comment(input.description, '  ')}\n  readonly ${camel(input.name)}: ${valueType(input)}`).join('\n')}
}

export type ${type}Output =
${outputs.map((output) => `  | ${quoted(output.name)}`).join('\n')}

export const ${camel(name)}Declaration: Declaration = {
${inputs.map(declared).join('\n')}
}

/** Throws all that is wrong at once. */
export function read${type}(env: NodeJS.ProcessEnv): ${type}Inputs {
  return readInputs(${camel(name)}Declaration, env) as unknown as ${type}Inputs
}
`
}
