import { createHash } from 'node:crypto'

// What a runner gives to the verbs of a host, when all is well.

const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex')
export const key = `sha256:${sha256('x\n')}`
/** The content of the one file of the release that is deployed. */
export const content = `${JSON.stringify({ key, size: 2 })}\nx\n`

const service = {
  name: 'api', path: '.', runtime: null, install: { tool: 'none' }, installSecrets: [], start: './serve', route: '/', protocol: 'http', health: null, healthTimeout: 60, build: [], before: ['./migrate'], after: [], env: { A: 'b' }, secrets: ['TOKEN'],
  secretsAs: 'env', instances: 1, stop: { signal: 'SIGTERM', timeout: 30 }, overlap: true, on: 'all', memory: null, tasks: null, sandbox: { namespaces: false, devices: false }, schedule: null, timeout: 86400, listen: 'port', static: null,
}
const config = {
  app: 'shop', target: 'vm', domains: ['shop.example.com'], aliases: [], tls: { kind: 'off' }, hsts: null, trustedProxies: [], services: [service], shared: [], scratch: [], artifacts: [], keep: 2, packages: [], supervisor: 'systemd', pages: {}, tagPrefix: 'v',
  open: [], rollbackFloor: false,
}
const rows = [['serve', '100755', key, 2]] as const
const rollout = { canary: 1, wave: { percent: 25 }, failures: 0, absent: 0, bake: 10, drain: 5, warm: 0, timeout: 600, maintenance: false }

/** A release that is not on the host yet. */
export const source = {
  kind: 'source', id: 'v3-00000000', version: 'v3', commit: 'a'.repeat(40), digest: sha256(rows.map(([path, mode, key]) => `${mode} ${key} ${path}\n`).join('')), base: null, removed: [], manifest: rows, config, first: true, secrets: { TOKEN: 't' }, timeout: 10, rollout, keys: [key],
}
/** One that is. */
export const stored = { kind: 'stored', id: 'v2-00000000', first: true, secrets: {}, timeout: 10, again: true }
export const actor = { by: 'ada', run: 'https://github.com/ada/shop/actions/runs/7' }
