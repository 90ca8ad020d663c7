import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A repository of charts, and a registry of charts below /v2/, that ask for a password; by https on loopback. */
export interface ChartServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** Path of the certificate that its clients have to trust. */
  readonly ca: string
  /** Publishes a packed chart, `NAME-VERSION.tgz`, in both, as it is now. */
  publish(archive: string): void
  /** Takes all that is published of a chart away again. */
  withdraw(name: string): void
  /** `GET /index.yaml 200`, since it began. */
  readonly requests: string[]
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export async function chartServer(username: string, password: string): Promise<ChartServer> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-charts-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=charts', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' })
  const files = new Map<string, { readonly bytes: Buffer; readonly type: string }>()
  const versions: { readonly name: string; readonly version: string; readonly digest: string }[] = []
  const requests: string[] = []
  const server = createServer({ key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) }, (request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '')
    const known = request.headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const file = path === '/index.yaml' ? { bytes: Buffer.from(index(versions)), type: 'text/yaml' } : path === '/v2/' ? { bytes: Buffer.from('{}'), type: 'application/json' } : files.get(path)
    const status = !known ? 401 : file === undefined ? 404 : 200
    requests.push(`${request.method} ${path} ${status}`)
    if (status !== 200 || file === undefined) return response.writeHead(status, { 'WWW-Authenticate': 'Basic realm="charts"', 'Content-Type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}')
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length, 'Docker-Content-Digest': digestOf(file.bytes) })
    return response.end(request.method === 'HEAD' ? undefined : file.bytes)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, ca: join(folder, 'cert'), requests,
    publish(archive) {
      const bytes = readFileSync(archive)
      const [, name = '', version = ''] = /^(.+)-(\d+\.\d+\.\d+)\.tgz$/.exec(basename(archive)) ?? []
      const config = Buffer.from(JSON.stringify({ name, version, apiVersion: 'v2' }))
      const manifest = Buffer.from(JSON.stringify({
        schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: digestOf(config), size: config.length },
        layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: digestOf(bytes), size: bytes.length }],
      }))
      versions.push({ name, version, digest: digestOf(bytes).slice(7) })
      files.set(`/${basename(archive)}`, { bytes, type: 'application/gzip' })
      for (const blob of [bytes, config]) files.set(`/v2/charts/${name}/blobs/${digestOf(blob)}`, { bytes: blob, type: 'application/octet-stream' })
      for (const tag of [version, digestOf(manifest)]) files.set(`/v2/charts/${name}/manifests/${tag}`, { bytes: manifest, type: 'application/vnd.oci.image.manifest.v1+json' })
      files.set(`/v2/charts/${name}/tags/list`, { bytes: Buffer.from(JSON.stringify({ name: `charts/${name}`, tags: [version] })), type: 'application/json' })
    },
    withdraw(name) {
      for (let index = versions.length - 1; index >= 0; index -= 1) if (versions[index]?.name === name) versions.splice(index, 1)
      for (const path of [...files.keys()]) if (path.startsWith(`/${name}-`) || path.startsWith(`/v2/charts/${name}/`)) files.delete(path)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
      rmSync(folder, { recursive: true })
    },
  }
}

/** The newest of a version counts. */
function index(versions: readonly { readonly name: string; readonly version: string; readonly digest: string }[]): string {
  const newest = new Map(versions.map((one) => [`${one.name}-${one.version}`, one]))
  const entries = Map.groupBy(newest.values(), ({ name }) => name)
  return JSON.stringify({ apiVersion: 'v1', entries: Object.fromEntries([...entries].map(([name, all]) => [name, all.map(({ version, digest }) => ({ apiVersion: 'v2', name, version, digest, urls: [`${name}-${version}.tgz`], created: '2026-01-01T00:00:00Z' }))])) })
}
