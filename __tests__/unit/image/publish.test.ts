import { Failure } from '../../../src/errors'
import type { Manifest } from '../../../src/drivers/registry'
import { publish, type Publication, type Published } from '../../../src/image/publish'
import type { TagDecision } from '../../../src/image/tags'

const manifest = (digest: string): Manifest => ({ digest, mediaType: 'm', bytes: Buffer.from(digest) })
const decisions: readonly TagDecision[] = [
  { name: 'sha-1', kind: 'commit', moves: true, why: 'the commit' },
  { name: '1.4.2', kind: 'version', moves: true, why: 'the version' },
  ...['1.4', '1', 'latest'].map((name): TagDecision => ({ name, kind: 'line', moves: true, why: 'the highest' })),
]

/** A registry in memory; `fails` says which tags may not be moved to a digest. */
class Memory {
  readonly tags: Map<string, string>
  readonly fails: (name: string, digest: string) => boolean
  readonly untags: boolean
  readonly order: string[] = []

  constructor(tags: Readonly<Record<string, string>>, fails: (name: string, digest: string) => boolean = () => false, untags = true) {
    this.tags = new Map(Object.entries(tags))
    this.fails = fails
    this.untags = untags
  }

  manifest = async (name: string): Promise<Manifest | null> => {
    const digest = this.tags.get(name)
    return digest === undefined ? null : manifest(digest)
  }

  tag = async (name: string, { digest }: Manifest): Promise<void> => {
    if (this.fails(name, digest)) throw new Failure({ code: 'registry-unreachable', what: `${name} failed.`, cure: 'again' })
    this.order.push(name)
    this.tags.set(name, digest)
  }

  untag = async (name: string): Promise<boolean> => this.untags && this.tags.delete(name)
}

const run = async (registry: Memory, again: readonly TagDecision[] = decisions): Promise<Published> =>
  await publish([publication(registry, again)])
const states = ({ tags }: Published, of = 0): Readonly<Record<string, string>> => Object.fromEntries((tags[of] ?? []).map(({ name, state }) => [name, state]))

function publication(registry: Memory, again: readonly TagDecision[] = decisions, name = ''): Publication {
  return { name, registry, manifest: manifest('new'), decisions, again: async () => again, told: () => {} }
}

describe('moving tags', () => {
  it('is done in order, and leaves alone what stands there already', async () => {
    const registry = new Memory({ '1.4': 'old', '1': 'new' })
    expect(states(await run(registry))).toEqual({ 'sha-1': 'made', '1.4.2': 'made', '1.4': 'moved', '1': 'there', 'latest': 'made' })
    expect(registry.order).toEqual(['sha-1', '1.4.2', '1.4', 'latest'])
  })

  it('looks again before the first line moves: a higher version may have come meanwhile', async () => {
    const registry = new Memory({ latest: 'higher' })
    const again = decisions.map((one) => one.kind === 'line' ? { ...one, moves: false, why: '1.4.3 is in the registry' } : one)
    expect(states(await run(registry, again))).toMatchObject({ '1.4.2': 'made', '1.4': 'kept', 'latest': 'kept' })
    expect(registry.tags.get('latest')).toBe('higher')
  })

  it('moves nothing where the version is another image', async () => {
    const registry = new Memory({ '1.4.2': 'other', 'latest': 'c' })
    const published = await run(registry)
    expect(Object.fromEntries(registry.tags)).toEqual({ '1.4.2': 'other', 'latest': 'c' })
    expect(published.failures.map(({ code }) => code)).toEqual(['tags-incomplete', 'version-tag-taken'])
  })

  it('puts back what has moved when one does not: the lines stand as before', async () => {
    const registry = new Memory({ '1.4': 'a', '1': 'b', 'latest': 'c' }, (name) => name === 'latest')
    const published = await run(registry)
    expect(Object.fromEntries(registry.tags)).toEqual({ 'sha-1': 'new', '1.4.2': 'new', '1.4': 'a', '1': 'b', 'latest': 'c' })
    expect(states(published)).toEqual({ 'sha-1': 'made', '1.4.2': 'made', '1.4': 'undone', '1': 'undone', 'latest': 'unreached' })
    expect(published.failures.map(({ code }) => code)).toEqual(['tags-incomplete', 'registry-unreachable'])
    expect(published.failures[0]?.why).toBe('latest failed. These do: sha-1, 1.4.2. These were put back: 1.4, 1.')
  })

  it('takes new lines away again, where the registry does that', async () => {
    expect(Object.fromEntries((await tried(true)).tags)).toEqual({ 'sha-1': 'new', '1.4.2': 'new', 'latest': 'c' })
    expect(Object.fromEntries((await tried(false)).tags)).toEqual({ 'sha-1': 'new', '1.4.2': 'new', '1.4': 'new', '1': 'new', 'latest': 'c' })
    async function tried(untags: boolean): Promise<Memory> {
      const registry = new Memory({ latest: 'c' }, (name) => name === 'latest', untags)
      await run(registry)
      return registry
    }
  })

  it('says what stands where when nothing can be put back', async () => {
    const registry = new Memory({ '1.4': 'a', 'latest': 'c' }, (name, digest) => name === 'latest' || digest === 'a', false)
    const published = await run(registry)
    expect(states(published)).toMatchObject({ '1.4': 'moved', 'latest': 'unreached' })
    expect(published.failures[0]?.why).toContain('These do: sha-1, 1.4.2, 1.4, 1.')
  })
})

describe('moving tags of several images', () => {
  /** Both write down what they do in one order. */
  const pair = (web: Memory, worker: Memory): readonly Publication[] => [publication(web, decisions, 'web'), publication(worker, decisions, 'worker')]
  const bothOf = (registries: readonly Memory[]): unknown => registries.map(({ tags }) => Object.fromEntries(tags))

  it('goes tag by tag over all of them, the lines last', async () => {
    const order: string[] = []
    class Told extends Memory {
      constructor(who: string) {
        super({})
        const tag = this.tag
        this.tag = async (name, one) => {
          order.push(`${who}:${name}`)
          await tag(name, one)
        }
      }
    }
    await publish(pair(new Told('web'), new Told('worker')))
    expect(order).toEqual(['sha-1', '1.4.2', '1.4', '1', 'latest'].flatMap((name) => [`web:${name}`, `worker:${name}`]))
  })

  it('moves nothing of any when the version of one is another image', async () => {
    const registries = [new Memory({}), new Memory({ '1.4.2': 'other' })] as const
    const published = await publish(pair(...registries))
    expect(bothOf(registries)).toEqual([{}, { '1.4.2': 'other' }])
    expect([published.failed, published.failures.map(({ code }) => code)]).toEqual([1, ['tags-incomplete', 'version-tag-taken']])
  })

  it('puts back the lines of all when that of one does not move', async () => {
    const registries = [new Memory({ '1.4': 'a', '1': 'b', 'latest': 'c' }), new Memory({ '1.4': 'd', '1': 'e', 'latest': 'f' }, (name) => name === '1')] as const
    const published = await publish(pair(...registries))
    expect(bothOf(registries)).toEqual([
      { 'sha-1': 'new', '1.4.2': 'new', '1.4': 'a', '1': 'b', 'latest': 'c' }, { 'sha-1': 'new', '1.4.2': 'new', '1.4': 'd', '1': 'e', 'latest': 'f' },
    ])
    expect([states(published, 0), states(published, 1)]).toMatchObject([{ '1': 'undone', 'latest': 'unreached' }, { '1.4': 'undone', '1': 'unreached' }])
    expect(published.failures[0]?.what).toBe('The images are in the registry, but not all of their tags are: web:latest, worker:1, worker:latest do not stand for it.')
  })

  it('takes a version away that one of them did not get: it would be half a set', async () => {
    const registries = [new Memory({}), new Memory({}, (name) => name === '1.4.2')] as const
    await publish(pair(...registries))
    expect(bothOf(registries)).toEqual([{ 'sha-1': 'new' }, { 'sha-1': 'new' }])
  })

  it('puts back what it can where one does not answer any more', async () => {
    const silent = new Memory({ '1.4': 'a', '1': 'b', 'latest': 'c' }, (_name, digest) => digest !== 'new', false)
    const other = new Memory({ '1.4': 'd', '1': 'e', 'latest': 'f' }, (name) => name === 'latest')
    const published = await publish(pair(silent, other))
    expect(bothOf([other])).toEqual([{ 'sha-1': 'new', '1.4.2': 'new', '1.4': 'd', '1': 'e', 'latest': 'f' }])
    expect(published.failures[0]?.why).toMatch(/These do: .*web:1\.4, web:1, web:latest/)
  })
})
