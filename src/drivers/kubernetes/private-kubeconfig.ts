import type { Kubeconfig } from './kubeconfig'

/** The chosen context alone, for another program: JSON, which is YAML. It holds credentials. */
export function privateKubeconfig({ context, server, ca, tlsServerName, proxyUrl, namespace, token, tokenFile, basic, client, exec }: Kubeconfig): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const user = {
    ...(token === null ? {} : { token }), ...(tokenFile === null ? {} : { tokenFile }), ...(basic ?? {}),
    ...(client === null ? {} : { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) }),
    ...(exec === null ? {} : {
      exec: {
        apiVersion: exec.apiVersion, command: exec.command, args: exec.args, provideClusterInfo: exec.provideClusterInfo, interactiveMode: 'Never',
        env: Object.entries(exec.env).map(([name, value]) => ({ name, value })),
      },
    }),
  }
  return JSON.stringify({
    'apiVersion': 'v1', 'kind': 'Config', 'current-context': context,
    'contexts': [{ name: context, context: { cluster: context, user: context, ...(namespace === null ? {} : { namespace }) } }],
    'clusters': [{
      name: context, cluster: {
        server, ...(ca === null ? {} : { 'certificate-authority-data': base64(ca) }), ...(tlsServerName === null ? {} : { 'tls-server-name': tlsServerName }),
        ...(proxyUrl === null ? {} : { 'proxy-url': proxyUrl }),
      },
    }],
    'users': [{ name: context, user }],
  })
}
