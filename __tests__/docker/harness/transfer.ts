import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type SshConnection } from '../../../src/drivers/ssh'
import { environment } from '../../../src/drivers/docker'
import { openLocal } from '../../../src/image/local'
import type { ImageSource } from '../../../src/image/source'
import { bringImages, type Brought } from '../../../src/targets/host/layers/transfer'
import type { Conversation } from '../../../src/targets/host/conversation'
import { readAssets, setupHost } from '../../../src/targets/host/setup'
import { greet } from '../../../src/targets/host/greeting'
import type { Host } from '../../host/harness/hosts'
import { dial } from '../../host/harness/setup'

export const app = 'layers'

/** Brings the host program of these sources. */
export async function prepare(host: Host): Promise<void> {
  await setupHost({
    name: host.line, address: { user: host.user, host: host.address, port: host.port }, connect: dial(host), assets: await readAssets('src/targets/host'),
    wanted: { app, repository: 'ada/layers', user: '', packages: [], tools: [], firewall: false, open: [], push: null, tls: false, acme: null, circus: null, pythons: [], docker: false },
    tools: { provide: () => Promise.reject(new Error('no tool is wanted')) }, dryRun: false, signal: new AbortController().signal, progress: () => undefined,
  })
}

export interface Talk extends AsyncDisposable {
  readonly connection: SshConnection
  readonly conversation: Conversation
}

/** A session with the host program, as an action holds it: the lock is ours. */
export async function session(host: Host, lockTimeout = 30): Promise<Talk> {
  const signal = new AbortController().signal
  const { user, address, port, key, knownHosts } = host
  const connection = await connect({ address: { user, host: address, port }, key: { privateKey: key }, knownHosts, signal })
  const conversation = await greet(connection, { name: host.line, user, app, actor: { by: 'ada', run: '1' }, lockTimeout })
  await conversation.ask('inspect', { staging: false })
  return {
    connection, conversation,
    [Symbol.asyncDispose]: async () => {
      await conversation[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

export interface Arrival {
  readonly images: Readonly<Record<string, Brought>>
  /** Bytes on the wire for it. */
  readonly sent: number
  readonly received: number
  readonly seconds: number
  readonly progress: readonly string[]
}

/** Images of this runner to a host, each by the reference that stands in the input `images`. */
export async function bring(host: Host, references: Readonly<Record<string, string>>, cwd = process.cwd()): Promise<Arrival> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-layers-'))
  const sources: Record<string, ImageSource> = {}
  try {
    const before = performance.now()
    for (const [name, reference] of Object.entries(references)) {
      sources[name] = await openLocal(reference, { env: environment(process.env, {}), cwd, temporary })
    }
    await using talk = await session(host)
    const { bytesSent, bytesReceived } = talk.connection.counters()
    const progress: string[] = []
    const images = await bringImages(talk.conversation, sources, host.line, (text) => progress.push(text))
    const after = talk.connection.counters()
    return {
      images, progress, seconds: (performance.now() - before) / 1000, sent: after.bytesSent - bytesSent, received: after.bytesReceived - bytesReceived,
    }
  } finally {
    for (const source of Object.values(sources)) await source[Symbol.asyncDispose]()
    rmSync(temporary, { recursive: true })
  }
}
