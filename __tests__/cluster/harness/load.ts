import { startLoad, type Load, type LoadOptions } from '../../../rig/load.mjs'
import type { Namespace } from './cluster'

/**
 * New connections to the address of a Service, at a constant rate. A kept one is to one pod, and ends with that: whoever keeps them beyond it
 * needs something before the Service.
 */
export async function loadOnService(namespace: Namespace, service: string, rate: number, options: Partial<LoadOptions> = {}): Promise<Load & AsyncDisposable> {
  const address = await namespace.kubectl(['get', 'service', service, '--output', 'jsonpath={.spec.clusterIP}'])
  // The node leads to what is ready a moment after the API says so.
  const end = Date.now() + 30_000
  while (!await fetch(`http://${address}/`).then(({ ok }) => ok, () => false)) {
    if (Date.now() > end) throw new Error(`nobody answers at ${address}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const load = startLoad({ address, port: 80, rate, kept: 0, seconds: 600, timeout: 60_000, ...options })
  return { ...load, soFar: () => load.soFar(), stop: () => load.stop(), done: load.done, [Symbol.asyncDispose]: async () => void (await load.stop()) }
}
