import { Failure, type Position } from '../../errors'
import { bad, text, type Format } from '../format'
import { shown } from '../tree'
import type { ComposeConfig } from '../types'
import { namesIn, wanting, type Lookup } from './interpolation'
import type { ComposeProject } from './project'

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Variables of the runner, and those by which Docker itself is told what to do. */
const isOthers = (name: string): boolean =>
  /^(PATH|HOME|PWD|USER|SHELL|HOSTNAME|LANG|CI|LC_.*|GITHUB_.*|RUNNER_.*|ACTIONS_.*|INPUT_.*|DOCKER_.*|COMPOSE_.*|BUILDKIT_.*)$/.test(name)

/** May a variable of the step's environment be one of a Compose project? */
export const mayBeVariable = (name: string): boolean => VARIABLE.test(name) && !isOthers(name)

/** What the host makes of a release's version, when nobody says otherwise. */
const OF_VERSION = ['VERSION', 'TAG']

export const composeVariable: Format<string> = text({
  says: 'the name of a variable', example: 'LOG_LEVEL', pattern: VARIABLE, longest: 128,
  check(name) {
    if (!VARIABLE.test(name)) return bad(`must be letters, digits and underscores, not ${shown(name)}`)
    return !isOthers(name) ? undefined : bad(`is ${name}, a reserved name`, 'Choose another name in the Compose file too, such as `APP_…`.',
      'The runner, Docker or Compose have it for themselves.', 'config-reserved-name')
  },
})

/** Names that the files interpolate or hand on, less those that slipway.yml says or that nobody could give. */
export function variablesOf({ uses, handed }: Pick<ComposeProject, 'uses' | 'handed'>, env: ComposeConfig['env']): readonly string[] {
  const names = [...uses.flatMap(({ references }) => namesIn(references)), ...handed.map(({ name }) => name)]
  return [...new Set(names)].filter((name) => mayBeVariable(name) && !Object.hasOwn(env, name)).sort()
}

export interface GivenVariables {
  /** Those that the step's environment has. */
  readonly values: Readonly<Record<string, string>>
  readonly failures: readonly Failure[]
  /** Those that come out empty without a word, each with its place. */
  readonly empty: readonly { readonly name: string; readonly at: Position }[]
}

/** What the step's environment gives a project's variables, and what it lacks. Empty is the same as not given. */
export function givenVariables({ variables, env }: ComposeConfig, project: ComposeProject, environment: NodeJS.ProcessEnv): GivenVariables {
  const values = Object.fromEntries(variables.flatMap((name) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    return value ? [[name, value]] : []
  }))
  const lookupIn = (scope: ReadonlyMap<string, string>): Lookup => (name) => {
    if (Object.hasOwn(env, name)) return env[name]
    return Object.hasOwn(values, name) ? values[name] : scope.get(name) ?? (OF_VERSION.includes(name) || name === 'COMPOSE_PROJECT_NAME' ? name : undefined)
  }
  const required = new Map<string, Lack>()
  const empty = new Map<string, Position>()
  for (const { references, locate, scope, service, ofBuild } of project.uses) {
    for (const { kind, reference } of wanting(references, lookupIn(scope))) {
      const at = locate(reference)
      if (kind === 'required') noteLack(required, reference.name, at, reference.argument)
      else if (!ofBuild && project.isActive(service) && !empty.has(reference.name)) empty.set(reference.name, at)
    }
  }
  for (const { name, at, needed, scope } of project.handed) {
    if (lookupIn(scope)(name) !== undefined) continue
    if (needed !== null) noteLack(required, name, at, `it is ${needed}`)
    else if (!empty.has(name)) empty.set(name, at)
  }
  const failures = [...required].map(([name, lack]) => lacking(name, lack, environment[name] === ''))
  return { values, failures, empty: [...empty].filter(([name]) => !required.has(name)).map(([name, at]) => ({ name, at })).sort(byPlace) }
}

interface Lack {
  readonly at: Position
  readonly others: readonly Position[]
  /** What the file says of it. */
  readonly said: string
}

function noteLack(lacks: Map<string, Lack>, name: string, at: Position, said: string): void {
  const before = lacks.get(name)
  if (before === undefined) lacks.set(name, { at, others: [], said })
  else if (![before.at, ...before.others].some((one) => one.file === at.file && one.line === at.line)) {
    lacks.set(name, { ...before, others: [...before.others, at], said: before.said || said })
  }
}

function lacking(name: string, { at, others, said }: Lack, isEmpty: boolean): Failure {
  const also = others.length === 0 ? '' : ` (also at ${others.slice(0, 3).map(({ file, line }) => `${file}:${line}`).join(', ')}${others.length > 3 ? ', …' : ''})`
  const givable = mayBeVariable(name)
  return new Failure({
    code: 'compose-variable-missing', at,
    what: `${name} has no value, and the Compose file requires one${said === '' ? '' : `: ${shown(said, '')}`}${also}.`,
    why: !givable ? `${name} is the runner's own or Docker's, and never taken from the step's environment.`
      : isEmpty ? 'It is given, but empty: a secret or variable that is set neither in the repository nor in the job\'s `environment:` comes so.'
        : 'Neither the step\'s `env:`, nor `compose: { env: … }` of slipway.yml, nor a committed .env has it.',
    cure: !givable ? 'Choose another name in the Compose file.'
      : isEmpty ? `Store it: \`gh secret set ${name}\` (with \`--env NAME\` for a job with an \`environment:\`).`
        : `Add to the step:\nenv:\n  ${name}: \${{ secrets.${name} }}`,
  })
}

function byPlace({ at: a }: { readonly at: Position }, { at: b }: { readonly at: Position }): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || (a.column ?? 0) - (b.column ?? 0)
}
