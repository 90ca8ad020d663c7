import { loadOn } from '../../host/harness/load'
import type { Host } from '../../host/harness/hosts'
import type { Site, Users } from '../place'
import { socketUsers } from '../sockets'

/** Users of a tiny app on a host: new connections and kept ones, so many requests a second; requests that take five seconds; and WebSockets. */
export function usersOf(host: Host, domain: string, told: Parameters<Site['load']>[0], rate = 20): Promise<readonly Users[]> {
  const usual = { host: domain, seconds: 3_600, requests: ['GET /'], ...told }
  return Promise.resolve([
    // As many as Debian's nginx, which takes 768 connections at once, can have in hand when it was frozen.
    loadOn(host, { ...usual, rate, kept: 4, requests: ['GET /', 'POST /echo'] }),
    loadOn(host, { ...usual, rate: 0.2, kept: 0, requests: ['GET /slow/5'] }),
    socketUsers({ address: host.address, host: domain, ...told }),
  ])
}
