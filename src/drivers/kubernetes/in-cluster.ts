import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kubeconfig } from './kubeconfig'

/** Where the kubelet puts the account of a pod. */
const account = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The account of the pod that a runner lives in; null: it lives in none. */
export async function inCluster(env: NodeJS.ProcessEnv, folder = account): Promise<Kubeconfig | null> {
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'] ?? '', env['KUBERNETES_SERVICE_PORT'] ?? '443']
  if (host === '') return null
  const text = async (name: string): Promise<string | null> => await readFile(join(folder, name), 'utf8').catch(() => null)
  const [ca, token, namespace] = await Promise.all([text('ca.crt'), text('token'), text('namespace')])
  if (token === null) return null
  return {
    context: 'in-cluster', server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, ca, tlsServerName: null, proxyUrl: null,
    namespace: namespace?.trim() || null, token: null, tokenFile: join(folder, 'token'), basic: null, client: null, exec: null,
  }
}
