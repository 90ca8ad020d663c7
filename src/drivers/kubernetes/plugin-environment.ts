/** Inputs are secrets, and so is what the runner itself goes by. */
const kept = /^(INPUT_.*|ACTIONS_.*|GITHUB_TOKEN|GH_TOKEN)$/i

/**
 * What a credential plugin of a kubeconfig gets to see of the environment, whoever starts it: each cloud's has variables of its own, so it is all
 * but the inputs and the runner's tokens.
 */
export function pluginEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined || kept.test(name) ? [] : [[name, value]]))
}
