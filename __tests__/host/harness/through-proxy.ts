import { delayProxy, type DelayProxy } from './delay-proxy'
import type { Host } from './hosts'

/** A host as it is reached through a proxy on loopback, where its connections are counted, delayed and silenced. */
export interface ProxiedHost extends AsyncDisposable {
  readonly host: Host
  readonly proxy: DelayProxy
}

export async function throughProxy(host: Host, delay = 0): Promise<ProxiedHost> {
  const proxy = await delayProxy(host.address, host.port, delay)
  const knownHosts = host.knownHosts.trim().split('\n')
    .map((line) => line.replace(/^\S+/, `[127.0.0.1]:${proxy.port}`)).join('\n')
  return {
    host: { ...host, line: `${host.user}@127.0.0.1:${proxy.port}`, knownHosts },
    proxy,
    [Symbol.asyncDispose]: () => proxy.close(),
  }
}
