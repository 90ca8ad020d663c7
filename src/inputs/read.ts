/**
 * Reads what a step's `with:` says. The runner hands it over as `INPUT_*`, and that is all that is needed of it here: the
 * toolkit would bring an HTTP client along and take longer to load than a wrong input takes to be found.
 */
import { Failure, failuresOf, nearest, throwAll } from '../errors'
import { variableOf, type Declaration, type DeclaredInput } from './declaration'
import { kubeconfigSecrets } from './kubeconfig'
import { valueOf, type InputValue } from './value'

export type { Declaration } from './declaration'

/** All inputs of an action by the name of their property, frozen. Throws everything that is wrong at once: `Failure` or `Failures`. */
export function readInputs(declaration: Declaration, env: NodeJS.ProcessEnv): Readonly<Record<string, InputValue>> {
  const failures: Failure[] = undeclared(declaration, env)
  const values: Record<string, InputValue> = {}
  for (const [property, input] of Object.entries(declaration)) {
    try {
      values[property] = read(input, env, !publishes(declaration, env))
    } catch (thrown) {
      const found = failuresOf(thrown)
      if (found.length === 0) throw thrown
      failures.push(...found)
    }
  }
  throwAll(failures)
  return Object.freeze(values)
}

/** The secrets among the inputs, to be masked before anything else is done. */
export function secretInputs(declaration: Declaration, env: NodeJS.ProcessEnv): readonly string[] {
  return Object.values(declaration)
    .flatMap(({ name, type }) => type.kind === 'secret' ? [given(name, env)] : type.kind === 'kubeconfig' ? kubeconfigSecrets(given(name, env)) : [])
    .filter((text) => text !== '')
}

/** What is published has been deployed: a place, which is needed for all else, is not needed for that. */
function publishes({ operation }: Declaration, env: NodeJS.ProcessEnv): boolean {
  return operation?.type.kind === 'choice' && operation.type.of.includes('publish') && given('operation', env).trim() === 'publish'
}

function read(input: DeclaredInput, env: NodeJS.ProcessEnv, needed: boolean): InputValue {
  const text = given(input.name, env)
  // A secret may begin or end with a space. What ends with a line break is a file that somebody stored whole.
  const meant = input.type.kind === 'secret' ? text.replace(/[\r\n]+$/, '') : text.trim()
  const value = meant.trim() === '' ? input.fallback : meant
  if (value !== undefined) {
    const found = valueOf(input, value)
    if (!input.required || !needed || !Array.isArray(found) || found.length > 0) return found
  }
  if (input.required && needed) throw missing(input.name)
  return input.type.kind === 'lines' ? [] : null
}

function given(name: string, env: NodeJS.ProcessEnv): string {
  return env[variableOf(name)] ?? ''
}

function missing(name: string): Failure {
  return new Failure({
    code: 'input-missing',
    what: `The input \`${name}\` is missing or empty.`,
    cure: `Add \`${name}: …\` to the step's \`with:\`; if it is there, the secret or variable that it names is empty or not set.`,
  })
}

/**
 * The runner warns of an input that the action does not declare, and hands it over all the same: so a mistyped name would go
 * unnoticed. A composite action hands its own inputs on by expression and not by environment, so none of those arrive here;
 * an `INPUT_*` that a workflow sets by `env:` does, and is named too, for it may override one of ours unseen.
 */
function undeclared(declaration: Declaration, env: NodeJS.ProcessEnv): Failure[] {
  const names = Object.values(declaration).map(({ name }) => name)
  const variables = new Set(names.map(variableOf))
  return Object.keys(env)
    .filter((variable) => variable.startsWith('INPUT_') && !variables.has(variable))
    .sort()
    .map((variable) => unknown(variable, names))
}

function unknown(variable: string, names: readonly string[]): Failure {
  const name = variable.slice('INPUT_'.length).toLowerCase()
  const near = nearest(name, names)
  return new Failure({
    code: 'input-unknown',
    what: `There is no input \`${name}\`.`,
    cure:
      (near === undefined ? `Take it away from the step's \`with:\`. There are: ${names.join(', ')}.` : `Did you mean \`${near}\`?`) +
      ` (If an \`env:\` sets ${variable}, take that away.)`,
  })
}
