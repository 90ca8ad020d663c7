import { History, type Recorded } from '../../../src/targets/cluster/history'
import { Lock } from '../../../src/targets/cluster/lock'
import { apiServer, kept } from './api-server'

const recorded = (number: number, more: Partial<Recorded> = {}): Recorded => ({
  number, releaseId: `v${number}`, version: `v${number}`, commit: '', state: 'retired', proven: true, withdrawn: false, at: '', by: '', run: '', revision: number, uid: `u${number}`,
  url: null, domain: null, keep: 5, rollout: {}, ...more,
})

/** A server that does what the write of this number says, and breaks off. */
function breaking(which: readonly number[]): ReturnType<typeof kept> {
  let writes = 0
  return kept((request, response, landed) => {
    if (request.method === 'GET') return false
    writes += 1
    if (!which.includes(writes)) return false
    landed()
    response.destroy()
    return true
  })
}

describe('the history', () => {
  test('where secrets are is kept of all activations, and read again', async () => {
    await using api = await apiServer(breaking([]).answer)
    const history = await History.read(api.client, 'shop', 'web', 'web')
    await history.add(recorded(1), [['db', 'password']])
    await history.add(recorded(2), [['token'], ['db', 'password']])
    await history.add(recorded(3))
    expect((await History.read(api.client, 'shop', 'web', 'web')).secretPaths).toEqual([['db', 'password'], ['token']])
  })

  test('a write that landed, and whose answer broke off, is known', async () => {
    const { answer, objects } = breaking([1, 3])
    await using api = await apiServer(answer)
    const history = await History.read(api.client, 'shop', 'web', 'web')
    await history.add(recorded(1))
    await history.add(recorded(2))
    await history.add(recorded(3))
    expect((await History.read(api.client, 'shop', 'web', 'web')).entries.map(({ number }) => number)).toEqual([1, 2, 3])
    expect(objects.size).toBe(1)
  })

  test('what somebody else has written is not ours', async () => {
    const { answer } = kept()
    await using api = await apiServer(answer)
    const [one, other] = [await History.read(api.client, 'shop', 'web', 'web'), await History.read(api.client, 'shop', 'web', 'web')]
    await one.add(recorded(1))
    await expect(other.add(recorded(2))).rejects.toMatchObject({ code: 'lock-lost' })
  })

  test.each<[string, Partial<Record<keyof Recorded, unknown>>]>([
    ['version', { version: '[x](https://evil.example)' }], ['commit', { commit: 'main' }], ['url', { url: 'javascript:alert(1)' }], ['number', { number: '1' }],
  ])('an entry whose %s is not of its form is not read', async (_title, more) => {
    const { answer, objects } = kept()
    await using api = await apiServer(answer)
    const text = JSON.stringify({ format: 1, app: 'web', entries: [{ ...recorded(1), ...more }], intent: null })
    objects.set('slipway.web', { metadata: { name: 'slipway.web', resourceVersion: '1' }, data: { history: Buffer.from(text).toString('base64') } } as never)
    await expect(History.read(api.client, 'shop', 'web', 'web')).rejects.toMatchObject({ code: 'history-unreadable' })
  })

  test('of 200 the oldest that failed go first; what serves and what is in hand stays', async () => {
    const { answer, objects } = kept()
    await using api = await apiServer(answer)
    const entries = Array.from({ length: 200 }, (_, index) => recorded(index + 1, index === 0 ? { state: 'proven' } : index === 90 ? { state: 'failed', proven: false } : {}))
    const intent = { phase: 'cut over', from: 1, to: 2, before: 0, withdraw: false, crossing: [] }
    objects.set('slipway.web', {
      metadata: { name: 'slipway.web', resourceVersion: '1' }, data: { history: Buffer.from(JSON.stringify({ format: 1, app: 'web', entries, intent })).toString('base64') },
    } as never)
    const history = await History.read(api.client, 'shop', 'web', 'web')
    await history.add(recorded(201))
    await history.add(recorded(202, { uid: 'u5' }))
    const numbers = history.entries.map(({ number }) => number)
    expect(numbers.slice(0, 3)).toEqual([1, 2, 4])
    expect([numbers.length, numbers.includes(91), numbers.at(-1)]).toEqual([200, false, 202])
    expect(history.ofRevision({ uid: 'u5' })?.number).toBe(202)
  })
})

const options = { namespace: 'shop', release: 'web', holder: 'run 1', timeout: 1, waiting: () => undefined }

describe('the lock', () => {
  test('is kept when a renewal landed and its answer broke off', async () => {
    const { answer, objects } = breaking([1, 2])
    await using api = await apiServer(answer)
    await using lock = await Lock.take({ ...options, client: api.client, signal: new AbortController().signal })
    await new Promise((resolve) => { setTimeout(resolve, 11_000) })
    expect(lock.lost.aborted).toBe(false)
    expect(Number(objects.get('slipway.web')?.metadata.resourceVersion)).toBeGreaterThanOrEqual(3)
  }, 30_000)

  test('is lost 15 s after the last renewal, though requests hang', async () => {
    const { answer } = kept((request) => request.method === 'PUT')
    await using api = await apiServer(answer)
    const began = Date.now()
    await using lock = await Lock.take({ ...options, client: api.client, signal: new AbortController().signal })
    await new Promise((resolve) => { lock.lost.addEventListener('abort', resolve) })
    expect(Date.now() - began).toBeGreaterThan(14_500)
    expect(Date.now() - began).toBeLessThan(16_500)
    expect(lock.lost.reason).toMatchObject({ code: 'lock-lost' })
  }, 30_000)

  test('of a dead run is taken over, however short `lock-timeout` is; of one that lives it is not', async () => {
    const { answer, objects } = kept()
    await using api = await apiServer(answer)
    objects.set('slipway.web', { metadata: { name: 'slipway.web', resourceVersion: '7' }, spec: { holderIdentity: 'run 0 0123abcd' } } as never)
    await using _lock = await Lock.take({ ...options, client: api.client, signal: new AbortController().signal })
    await expect(Lock.take({ ...options, holder: 'run 2', client: api.client, signal: new AbortController().signal })).rejects.toMatchObject({ code: 'locked', what: expect.stringContaining('run 1') })
  }, 60_000)
})
