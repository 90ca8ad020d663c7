import { Readable } from 'node:stream'
import fc from 'fast-check'
import { ApiError, resources, watch, type KubernetesClient } from '../../../src/drivers/kubernetes'
import { apiFailure } from '../../../src/drivers/kubernetes/failures'
import { claim, surfaceOf } from '../surface'
import { altered, json, mutated, text } from '../texts'

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '7' }, spec: {}, status: {} }
const lists = [{ metadata: { resourceVersion: '5' }, items: [pod] }, { metadata: { resourceVersion: '5' }, items: null }, { items: [] }, {}]
const changes = [{ type: 'ADDED', object: pod }, { type: 'DELETED', object: pod }, { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } }, { type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } }, { type: 'ERROR', object: { code: 403, message: 'no' } }]
const line = fc.oneof({ weight: 4, arbitrary: altered(changes).map((one) => JSON.stringify(one) ?? '') }, { weight: 2, arbitrary: mutated(changes.map((one) => JSON.stringify(one))) }, { weight: 1, arbitrary: json.map((one) => JSON.stringify(one) ?? '') }, { weight: 1, arbitrary: text })

/** Lists and streams of an API server, cut anywhere. */
export const surface = surfaceOf({
  inputs: fc.record({ list: altered(lists), lines: fc.array(line, { maxLength: 5 }), cuts: fc.array(fc.nat(400), { maxLength: 4 }), status: text }),
  async attempt({ list, lines, cuts, status }) {
    const ending = new AbortController()
    let asked = 0
    const client = {
      async get() {
        // One is enough: what follows only waits.
        if (++asked > 1) ending.abort()
        if (ending.signal.aborted) throw ApiError.of('GET', '/api/v1/pods', 403, undefined, status)
        return list
      },
      async stream() {
        return Object.assign(Readable.from(pieces(lines.map((one) => `${one}\n`).join(''), cuts, () => setImmediate(() => setImmediate(() => ending.abort())))), { setTimeout: () => undefined })
      },
    } as unknown as KubernetesClient
    const told = (object: unknown): void => claim(typeof object === 'object' && object !== null && typeof (object as { metadata?: unknown }).metadata === 'object', 'something is told that is no object:', object)
    try {
      await watch(client, { resource: resources.pods, namespace: 'shop' }, { changed: told, gone: told, synced: () => undefined }, ending.signal)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return [apiFailure(error, 'watch the pods of shop', 'test')]
    }
    return undefined
  },
})

function* pieces(text: string, cuts: readonly number[], end: () => void): Generator<Buffer> {
  const bytes = Buffer.from(text)
  let at = 0
  try {
    for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
      yield bytes.subarray(at, cut)
      at = Math.max(at, cut)
    }
  } finally {
    end()
  }
}
