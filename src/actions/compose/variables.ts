import { givenVariables, type Located } from '../../config'
import { throwAll } from '../../errors'
import { print, warningCommand } from '../../report/commands'
import type { Redactor } from '../../report/redact'

/**
 * The values that the step's environment has for the variables of a Compose project. Throws all that are required and have none, each at
 * its line; says in one warning which ones come out empty.
 */
export function variablesFor({ config, project }: Located, env: NodeJS.ProcessEnv, redactor: Redactor): Record<string, string> {
  if (config.compose === undefined || project === null) return {}
  const { values, failures, empty } = givenVariables(config.compose, project, env)
  throwAll(failures)
  const [first] = empty
  if (first !== undefined) {
    const listed = empty.map(({ name, at }) => `${name} (${at.file}:${at.line})`).join(', ')
    print(warningCommand(redactor.redact(`${empty.length === 1 ? 'A variable of the Compose files has' : `${empty.length} variables of the Compose files have`} no value, and `
      + `will be empty or not there: ${listed}.\nIf that is meant, say so: \`\${NAME:-}\` in the Compose file; else give a value by the step's \`env:\`, or by \`compose: { env: … }\` in slipway.yml.`),
    { title: 'compose-variables-empty', file: first.at.file, line: first.at.line }))
  }
  return { ...values }
}
