/** What these say for people who work by hand would go before our words, lead to another cluster, or have Helm print what is secret. */
const ofPeople = /^(HELM_KUBE.*|HELM_DEBUG|HELM_NAMESPACE|HELM_DRIVER|HELM_DRIVER_SQL_.*|KUBECONFIG)$/i

/** What Helm gets to see of an environment that its plugins may see, and `more`. */
export function environment(env: NodeJS.ProcessEnv, more: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) => value === undefined || ofPeople.test(name) ? [] : [[name, value]])
  return { ...Object.fromEntries(passed) as Record<string, string>, ...more }
}
