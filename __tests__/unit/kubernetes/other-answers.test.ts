import { Readable } from 'node:stream'
import { ApiError, resources, watch, type KubeObject, type KubernetesClient } from '../../../src/drivers/kubernetes'
import { trim } from '../../../src/targets/cluster/judging/trim'

// What stands between us and an API server may answer anything, in JSON as well.

const pod = (name: string, more: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', uid: name, resourceVersion: '7', ...more } })
const list = (...items: readonly unknown[]): unknown => ({ metadata: { resourceVersion: '5' }, items })
const none = [null, 7, 'x', [], {}, { metadata: null }, { metadata: 7 }, { metadata: {} }, pod('a', { name: 7 }), pod('a', { namespace: {} }), pod('a', { uid: [] }), pod('a', { resourceVersion: 7 }), { ...pod('a'), kind: 7 }, { ...pod('a'), apiVersion: {} }]

interface Heard { readonly changed: string[]; readonly gone: string[]; readonly from: string[]; readonly lists: number }

/** What is told of a list and of streams, the last of which ends it all. */
async function heard(lists: readonly unknown[], ...streams: readonly (readonly unknown[])[]): Promise<Heard> {
  const ending = new AbortController()
  const told = { changed: [] as string[], gone: [] as string[], from: [] as string[], lists: 0 }
  const client = {
    async get() {
      if (told.lists === 10) throw new Error('it is listed for ever')
      return lists[Math.min(told.lists++, lists.length - 1)]
    },
    async stream(_path: string, { query }: { readonly query: { readonly resourceVersion: string } }) {
      told.from.push(query.resourceVersion)
      const lines = (streams[told.from.length - 1] ?? []).map((line) => `${JSON.stringify(line)}\n`)
      const last = told.from.length >= streams.length
      return Object.assign(Readable.from((function* () {
        yield Buffer.from(lines.join(''))
        if (last) ending.abort()
      })()), { setTimeout: () => undefined })
    },
  } as unknown as KubernetesClient
  const nameOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string => metadata.name
  await watch(client, { resource: resources.pods, namespace: 'shop' }, { changed: (one) => told.changed.push(nameOf(one)), gone: (one) => told.gone.push(nameOf(one)), synced: () => undefined }, ending.signal)
  return told
}

describe('a list', () => {
  it.each(none)('with %j in it is told of without that', async (one) => {
    expect((await heard([list(pod('web'), one, pod('beat'))], [])).changed).toEqual(['web', 'beat'])
  })

  it.each([null, {}, { items: null }, { items: 7 }, { items: { a: pod('web') } }, { metadata: null, items: [] }, { metadata: { resourceVersion: 7 } }])('%j is an empty one', async (said) => {
    expect(await heard([said], [])).toMatchObject({ changed: [], from: [''] })
  })

  it('goes on where a text says, and nowhere else', async () => {
    expect((await heard([{ metadata: { continue: 7 }, items: [pod('web')] }], [])).lists).toBe(1)
    expect((await heard([{ metadata: { continue: 'x' }, items: [pod('web')] }, list(pod('beat'))], [])).changed).toEqual(['web', 'beat'])
  })
})

describe('a stream', () => {
  it.each(none)('with %j in it is told of without that, and goes on', async (one) => {
    const told = await heard([list()], [{ type: 'ADDED', object: one }, { type: 'DELETED', object: one }, { type: 'ADDED', object: pod('web') }, { type: 'DELETED', object: pod('web') }])
    expect(told).toMatchObject({ changed: ['web'], gone: ['web'] })
  })

  it('is taken up again where the last bookmark was, whatever else it said of itself', async () => {
    const bookmarks = [{ metadata: { resourceVersion: '9' } }, null, 7, {}, { metadata: null }, { metadata: { resourceVersion: 10 } }].map((object) => ({ type: 'BOOKMARK', object }))
    expect((await heard([list()], bookmarks, [])).from).toEqual(['5', '9'])
  })

  it('is begun again after an error that says nothing', async () => {
    expect((await heard([list()], [{ type: 'ERROR', object: null }], [])).from).toEqual(['5', '5'])
  })
})

describe('a refusal', () => {
  it.each(['', 'null', '7', '[]', '"x"', '{"message": 7, "reason": {}}', '{"details": 7}', '{"details": {"causes": {"field": "x"}}}', '<html>'])('of %j has its status, and the body for words', (body) => {
    const { status, reason, said, causes } = ApiError.of('GET', '/pods', 502, undefined, body)
    expect({ status, reason, said, causes }).toEqual({ status: 502, reason: '', said: body === '' ? 'HTTP 502' : `HTTP 502: ${body}`, causes: [] })
  })

  it.each([undefined, null, 7, 'x', [], {}, { code: '403', reason: 7, message: {} }])('in a stream that is %j has neither status nor words', (object) => {
    expect(ApiError.ofWatch('/pods', object)).toMatchObject({ status: 0, reason: '', said: 'the watch ended' })
  })

  it('has causes without words where they are none', () => {
    const { causes } = ApiError.of('PATCH', '/pods', 409, undefined, JSON.stringify({ details: { causes: [null, 7, { field: 7, message: [] }, { field: '.spec', message: 'x' }] } }))
    expect(causes).toEqual([...Array.from({ length: 3 }, () => ({ field: '', message: '' })), { field: '.spec', message: 'x' }])
  })
})

describe('an object', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('of the kind %s is kept as any other', (kind) => {
    const object = { apiVersion: 'x/v1', kind, metadata: { name: 'a', uid: 'u' }, spec: { length: 1, replicas: 2 }, status: { phase: 'Ready', length: 1 } }
    expect(trim(object as never, null, (spec) => spec)).toMatchObject({ kind, spec: {}, status: { phase: 'Ready' } })
  })

  it.each([{ metadata: null }, { metadata: 'x' }, { kind: 7 }, { metadata: { name: 7, uid: 'u' } }])('with %j is none', (more) => {
    expect(trim({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'u' }, ...more } as never, null, (spec) => spec)).toBeNull()
  })

  it('of no group is one whatever its apiVersion is', () => {
    expect(trim({ apiVersion: 7, kind: 'Pod', metadata: { name: 'a', uid: 'u' } } as never, null, (spec) => spec)).toMatchObject({ group: '', kind: 'Pod' })
  })
})
