import { Failure } from '../../../src/errors'
import type { Manifest } from '../../../src/drivers/registry'
import { publish, type Published } from '../../../src/image/publish'
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
  await publish({ registry, manifest: manifest('new'), decisions, again: async () => again, told: () => {} })
const states = ({ tags }: Published): Readonly<Record<string, string>> => Object.fromEntries(tags.map(({ name, state }) => [name, state]))

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
