import { startLoad, type Load, type LoadOptions } from '../../../rig/load.mjs'
import type { Host } from './hosts'

/** Milliseconds after which an answer is missing, on a machine with much else to do. */
const patience = 60_000

/** A constant load on a host's public port: new connections, and kept ones that never reconnect. */
export function loadOn(host: Host, options: Partial<LoadOptions> = {}): Load {
  const usual = { rate: 50, kept: 5, seconds: 600, timeout: patience, requests: ['GET /', 'POST /echo'] }
  return startLoad({ address: host.address, port: 80, ...usual, ...options })
}

/** Resolves when a load was answered by a version. */
export async function untilSeen(load: Load, version: string): Promise<void> {
  const end = Date.now() + patience
  while (load.soFar().versions[version] === undefined) {
    if (Date.now() > end) throw new Error(`never answered by ${version}: ${JSON.stringify(load.soFar())}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
