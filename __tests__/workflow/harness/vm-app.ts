import type { Host } from '../../host/harness/hosts'
import { makeRepository, type Repository } from '../../host/harness/repository'
import { ask } from '../../host/harness/tiny-app'

// No runtime is needed but the host's own Python, so that setup-vm needs no tool of the internet.
const serve = `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = open('VERSION').read().encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
`

/** Files of an app that answers with its version. */
export const appFiles = (name: string, version: string, config: object = {}, service: object = {}): Record<string, string> => ({
  'slipway.yml': JSON.stringify({
    app: name, target: 'vm', domain: `${name}.example.com`, tls: 'off', rollout: { drain: '2s' },
    services: { web: { start: 'sh start.sh', route: '/', ...service } }, ...config,
  }, null, 2),
  'start.sh': 'exec python3 serve.py\n', 'serve.py': serve, 'VERSION': JSON.stringify({ version }),
})

/** An app on VMs, in a repository as the workflows of `ada/shop` have it. */
export class VmApp implements Disposable {
  readonly repository: Repository
  readonly name = 'shop'

  private constructor(repository: Repository) {
    this.repository = repository
  }

  static async make(): Promise<VmApp> {
    return new VmApp(await makeRepository(undefined, { files: appFiles('shop', 'v0') }))
  }

  /** Commits a release and tags it; resolves with the ref that is pushed. */
  async release(tag: string, service: object = {}, config: object = {}): Promise<string> {
    this.repository.write(appFiles(this.name, tag, config, { secrets: ['DATABASE_URL'], ...service }))
    await this.repository.commit(tag, tag)
    return `refs/tags/${tag}`
  }

  [Symbol.dispose](): void {
    this.repository.remove()
  }
}

/** The version that a host serves under a name; else the status. */
export async function servedBy(host: Host, domain = 'shop.example.com'): Promise<string> {
  const { status, told } = await ask(host, domain, '/')
  return status === 200 ? told.version ?? '' : String(status)
}
