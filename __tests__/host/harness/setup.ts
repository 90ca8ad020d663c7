import { connect } from '../../../src/drivers/ssh'
import { Failure, failuresOf } from '../../../src/errors'
import { readAssets, setupHost, type SetupOptions, type SetupReport, type Wanted } from '../../../src/targets/host/setup'
import type { Host } from './hosts'

/** A property as the target itself would use it. */
export const bound = (target: object, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
}

/** Connections as a setup makes them. */
export function dial(host: Host): SetupOptions['connect'] {
  const { user, address, port, key, knownHosts } = host
  const signal = new AbortController().signal
  return (limit) => connect({ address: { user, host: address, port }, key: { privateKey: key }, knownHosts, signal, ...limit })
}

/** A setup through its own interface, for what the action's inputs do not offer: what it did, or why it failed. */
export async function prepare(host: Host, wanted: Partial<Wanted>, options: Partial<SetupOptions> = {}): Promise<SetupReport | Failure> {
  const whole: Wanted = { app: 'shop', repository: 'ada/shop', user: '', packages: [], tools: [], firewall: false, open: [], push: null, tls: false,
    acme: null, docker: false, circus: null, pythons: [], ...wanted }
  return setupHost({
    name: host.line, address: { user: host.user, host: host.address, port: host.port }, connect: dial(host), wanted: whole,
    assets: await readAssets('src/targets/host'), tools: { provide: () => Promise.reject(new Error('no tool is wanted')) },
    dryRun: false, signal: new AbortController().signal, progress: () => undefined, ...options,
  }).catch((thrown: unknown) => failuresOf(thrown)[0] ?? Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown))))
}

/** The failure of one that has to fail. */
export async function refusal(host: Host, wanted: Partial<Wanted>, options: Partial<SetupOptions> = {}): Promise<Failure> {
  const done = await prepare(host, wanted, options)
  if (!(done instanceof Failure)) throw new Error(`it was not refused: ${JSON.stringify(done)}`)
  return done
}
