/** Inputs are secrets, and so is what the runner itself goes by. A plugin that we start is kept from just these. */
const kept = /^(INPUT_.*|ACTIONS_.*|GITHUB_TOKEN|GH_TOKEN)$/i
/** What these say for people who work by hand would go before our words, lead to another cluster, or have Helm print what is secret. */
const ofPeople = /^(HELM_KUBE.*|HELM_DEBUG|HELM_NAMESPACE|HELM_DRIVER|HELM_DRIVER_SQL_.*|KUBECONFIG)$/i

/** All that Helm gets to see of the environment: it starts the plugins of the kubeconfig, and each cloud's has variables of its own. */
export function environment(env: NodeJS.ProcessEnv, more: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) => value === undefined || kept.test(name) || ofPeople.test(name) ? [] : [[name, value]])
  return { ...Object.fromEntries(passed) as Record<string, string>, ...more }
}
