import { ROLLOUT } from '../../../src/config'
import type { SshConnection } from '../../../src/drivers/ssh'
import type { ReleaseSource, StageOptions } from '../../../src/rollout/target'
import type { Conversation } from '../../../src/targets/host/conversation'
import { standingOf } from '../../../src/targets/host/answers'
import { HostSession } from '../../../src/targets/host/session'
import { entry, standing } from '../history/standing'

const plain = { serving: entry(1, 'v1.0.0'), url: null, domain: null }
const options: StageOptions = { actor: { by: 'ada', run: '' }, first: true, policy: ROLLOUT }

/** A session with a host program that answers from a list by verb. */
function session(host: string, given: Record<string, unknown>, url: string | null = null,
  hear: (verb: string, given: unknown) => void = () => undefined): HostSession {
  const answers: Record<string, unknown> = {
    stage: { number: 2, releaseId: 'v1.1.0-a', version: 'v1.1.0', commit: 'c', unchanged: false, tasks: [], detail: '' },
    cutover: { number: 2, version: 'v1.1.0', via: 'x', seen: [], url }, ...given,
  }
  const conversation = {
    ask: async (verb: string, given: unknown) => {
      hear(verb, given)
      return answers[verb]
    },
  } as unknown as Conversation
  const place = { ...standing([entry(1, 'v1.0.0', 'p', 'v1.0.0-a')]), ...given['standing'] as object }
  return new HostSession(host, host, {} as SshConnection, conversation, place, new AbortController().signal, { takeOver: null, accepts: ['vm'], registries: [], images: {}, progress: () => undefined, hide: () => undefined })
}

/** Stored on the host already, so that nothing travels. */
const release = (route: string | null): ReleaseSource => ({
  id: 'v1.0.0-a', version: 'v1.1.0', commit: 'c', content: null,
  config: { target: 'vm', services: [{ route }] } as unknown as ReleaseSource['config'],
})

const proofAt = async (host: string, route: string | null, url: string | null = null): Promise<string | null> => {
  const one = session(host, {}, url)
  const activation = await one.stage({ kind: 'source', release: release(route) }, {}, options)
  return (await one.cutOver(null, activation, { withdraw: false, crossing: [] })).url
}

describe('the address of an app on a VM', () => {
  it('is the host without a domain, where it answers at the root', async () => {
    expect(await proofAt('203.0.113.7', '/')).toBe('http://203.0.113.7')
    expect(await proofAt('2001:db8::7', '/')).toBe('http://[2001:db8::7]')
  })
  it('is the domain where there is one, and none where nothing answers at the root', async () => {
    expect(await proofAt('203.0.113.7', '/', 'http://shop.example.com')).toBe('http://shop.example.com')
    expect(await proofAt('203.0.113.7', null)).toBeNull()
    expect(await proofAt('203.0.113.7', '/api/')).toBeNull()
  })
  it('is told by a look as well, unless nothing serves', async () => {
    expect((await session('h.example', { standing: plain }).inspect()).url).toBe('http://h.example')
    expect((await session('h.example', { standing: { ...plain, serving: null } }).inspect()).url).toBeNull()
  })
})

describe('the policy of what serves', () => {
  const said = { ...standing([]), serving: null, entries: [], releases: [] }
  it('is what the host has kept of it, each key on its own', () => {
    expect(standingOf({ ...said, rollout: ROLLOUT }).rollout).toEqual(ROLLOUT)
    expect(standingOf({ ...said, rollout: { drain: 5, wave: { count: 2 }, novel: 1 } }).rollout).toEqual({ drain: 5, wave: { count: 2 } })
    expect(standingOf(said)).not.toHaveProperty('rollout')
  })
  it.each([7, null, { drain: '5s' }, { bake: -1 }, { wave: { count: 0 } }, { wave: 3 }])('is nothing strange: %j', (rollout) => {
    expect(() => standingOf({ ...said, rollout })).toThrow(/never says/)
  })
  it('goes to the host with each release', async () => {
    const asked: unknown[] = []
    const one = session('h', {}, null, (verb, given) => { if (verb === 'stage') asked.push(given) })
    await one.stage({ kind: 'source', release: release('/') }, {}, options)
    expect(asked).toMatchObject([{ rollout: ROLLOUT, timeout: ROLLOUT.timeout }])
  })
})

describe('what is not well', () => {
  const said = { ...standing([]), serving: null, entries: [], releases: [] }
  it('is taken as the host says it, and may be left out', () => {
    expect(standingOf({ ...said, unwell: ['mail 1: failed'] }).unwell).toEqual(['mail 1: failed'])
    expect(standingOf(said)).not.toHaveProperty('unwell')
  })
  it.each(['mail', [1], { 0: 'x' }])('is nothing but a list of text: %j', (unwell) => {
    expect(() => standingOf({ ...said, unwell })).toThrow(/never says/)
  })
})
