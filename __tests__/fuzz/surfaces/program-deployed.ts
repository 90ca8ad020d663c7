import { createHash } from 'node:crypto'
import fc, { type Arbitrary } from 'fast-check'
import { Program } from '../program'
import { surfaceOf } from '../surface'
import { altered, text } from '../texts'

const program = new Program('deployed')
const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex')
const key = `sha256:${sha256('x\n')}`
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
const source = {
  kind: 'source', id: 'v3-00000000', version: 'v3', commit: 'a'.repeat(40), digest: sha256(rows.map(([path, mode, key]) => `${mode} ${key} ${path}\n`).join('')), base: null, removed: [], manifest: rows, config, first: true, secrets: { TOKEN: 't' }, timeout: 10, rollout, keys: [key],
}
const stored = { kind: 'stored', id: 'v2-00000000', first: true, secrets: {}, timeout: 10, again: true }

/** What each verb is given when all is well; 2 is staged, and 3 is what is staged next. */
const given: Readonly<Record<string, readonly object[]>> = {
  begin: [{ by: 'ada', run: 'https://github.com/ada/shop/actions/runs/7' }], inspect: [{}, { staging: true }], plan: [stored, source], stage: [stored, source, { ...stored, id: 'v1-00000000', again: false }], maintain: [{ number: 2, drain: 5 }, { number: 3, drain: 0 }],
  run: [{ number: 2, index: 0, timeout: 60, when: 'before' }, { number: 1, index: 0, timeout: 60, when: 'after' }], start: [{ number: 2 }, { number: 3 }], cutover: [{ number: 2 }, { number: 3, withdraw: true, crossing: [1] }], observe: [{ number: 2, seconds: 1 }],
  retire: [{ drain: 1 }], revert: [{ number: 2, to: 1 }, { number: 3, to: 1 }, { number: 2, to: null }], evidence: [{ number: 2 }],
}

function step(verb: string): Arbitrary<readonly [string, unknown]> {
  const documents = Object.hasOwn(given, verb) ? given[verb] ?? [] : [{}]
  const isObject = (one: unknown): boolean => typeof one === 'object' && one !== null && !Array.isArray(one)
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom<unknown>(...documents) }, { weight: 1, arbitrary: altered(documents).filter(isObject) }).map((one) => [verb, one] as const)
}

const usual = ['inspect', 'stage', 'maintain', 'run', 'start', 'cutover', 'observe', 'retire']
/** A rollout that leaves out some of its steps and ends somewhere, and then anything. */
const order = fc.tuple(fc.subarray(usual.slice(1)), fc.array(fc.constantFrom(...Object.keys(given)), { maxLength: 2 })).map(([some, more]) => ['inspect', ...some, ...more])

/** Verbs in whatever order to a place where something serves, and what is in hand when the runner says goodbye. */
export const surface = surfaceOf({
  inputs: fc.record({
    steps: fc.oneof({ weight: 9, arbitrary: order }, { weight: 1, arbitrary: fc.array(fc.oneof(fc.constantFrom(...Object.keys(given)), text), { maxLength: 3 }) }).chain((verbs) => fc.tuple(...verbs.map(step))),
    // Activations that answer when they are asked whether they do.
    well: fc.oneof({ weight: 4, arbitrary: fc.constant([1, 2, 3]) }, { weight: 1, arbitrary: fc.subarray([1, 2, 3]) }), bye: fc.boolean(),
    content: fc.oneof({ weight: 4, arbitrary: fc.constant([`${JSON.stringify({ key, size: 2 })}\nx\n`]) }, { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) }).map((all) => all.map((one) => Buffer.from(one).toString('base64'))),
  }),
  attempt: (input) => program.attempt(input),
  close: () => program.close(),
})
