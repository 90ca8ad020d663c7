import { startLoad, type Load, type LoadOptions } from '../../../rig/load.mjs'
import type { Host } from './hosts'

/** A constant load on a host's public port: new connections, and kept ones that never reconnect. */
export function loadOn(host: Host, options: Partial<LoadOptions> = {}): Load {
  const usual = { rate: 50, kept: 5, seconds: 600, requests: ['GET /', 'POST /echo'] }
  return startLoad({ address: host.address, port: 80, ...usual, ...options })
}
