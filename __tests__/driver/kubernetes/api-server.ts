import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Credentials, KubernetesClient, type Kubeconfig } from '../../../src/drivers/kubernetes'

export interface ApiServer extends AsyncDisposable {
  readonly client: KubernetesClient
  readonly config: Kubeconfig
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A server that answers over TLS as it is told, and a client of it. */
export async function apiServer(answer: Answer, more: Partial<Kubeconfig> = {}): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-api-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=api', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' })
  const [key, cert] = [readFileSync(join(folder, 'key'), 'utf8'), readFileSync(join(folder, 'cert'), 'utf8')]
  rmSync(folder, { recursive: true })
  const server = createServer({ key, cert }, (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => answer(request, response, body))
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const config: Kubeconfig = {
    context: 'test', server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: cert, tlsServerName: null, proxyUrl: null, namespace: null,
    token: 'one', tokenFile: null, basic: null, client: null, exec: null, ...more,
  }
  const ended = new AbortController()
  const client = new KubernetesClient(config, new Credentials(config, process.env, () => undefined), {}, ended.signal)
  return {
    client, config,
    async [Symbol.asyncDispose]() {
      ended.abort()
      await client[Symbol.asyncDispose]()
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}

export function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

/** One kind of objects with versions, kept as the API server keeps them. `before` may answer in its place, or have it not answer. */
export function kept(before: (request: IncomingMessage, response: ServerResponse, landed: () => void) => boolean = () => false): { readonly answer: Answer; readonly objects: Map<string, { metadata: { name: string; resourceVersion: string } }> } {
  const objects = new Map<string, { metadata: { name: string; resourceVersion: string } }>()
  let version = 0
  const answer: Answer = (request, response, body) => {
    const name = request.url?.split('?')[0]?.split('/').at(-1) ?? ''
    const perform = (): readonly [number, unknown] => {
      if (request.method === 'GET') return objects.has(name) ? [200, objects.get(name)] : [404, { message: 'not found' }]
      const said = JSON.parse(body) as { metadata: { name: string; resourceVersion?: string } }
      const there = objects.get(said.metadata.name)
      if (request.method === 'POST' ? there !== undefined : there?.metadata.resourceVersion !== said.metadata.resourceVersion) return [409, { reason: 'Conflict', message: 'another version' }]
      version += 1
      const made = { ...said, metadata: { ...said.metadata, resourceVersion: String(version) } }
      objects.set(said.metadata.name, made)
      return [200, made]
    }
    if (before(request, response, perform)) return
    say(response, ...perform())
  }
  return { answer, objects }
}
