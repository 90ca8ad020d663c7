import { givenVariables, type ComposeInputs, type GivenVariables, type Located } from '../../../../src/config'
import { noComposeInputs } from '../../../../src/config'
import { failuresOf } from '../../../../src/errors'
import { resolved, said, type Tree } from '../commit'

/** What a commit with this compose.yaml resolves to for compose-up. */
export async function composed(compose: string, tree: Tree = {}, inputs: Partial<ComposeInputs> = {}, yaml: string | null = null): Promise<Located> {
  return await resolved(yaml, { 'compose.yaml': compose, ...tree }, { target: 'docker', compose: { ...noComposeInputs, images: {}, ...inputs } })
}

export function given({ config, project }: Located, env: NodeJS.ProcessEnv = {}): GivenVariables {
  if (config.compose === undefined || project === null) throw new Error('no project')
  return givenVariables(config.compose, project, env)
}

/** All that is wrong, be it found in the files or in the environment: `compose.yaml:3:5 code`. */
export async function wrong(compose: string, tree: Tree = {}, inputs: Partial<ComposeInputs> = {}, env: NodeJS.ProcessEnv = {}, yaml: string | null = null): Promise<readonly string[]> {
  try {
    return given(await composed(compose, tree, inputs, yaml), env).failures.map(said)
  } catch (error) {
    const failures = failuresOf(error)
    if (failures.length === 0) throw error
    return failures.map(said)
  }
}
