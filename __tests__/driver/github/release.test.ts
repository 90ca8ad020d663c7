import { createDraft, uploadAsset } from '../../../src/drivers/github'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { ensureDraft, publishRelease, type GitHubRelease, type WantedRelease } from '../../../src/publish/github-release'
import { assetName, releaseFiles } from '../../../src/publish/release-files'
import { rejectionOf } from '../../unit/release/failure'
import { all, asked, client, reset, startShop } from './shop'
import { Place } from './publishing/place'

let server: GitHubServer & { readonly commit: string }
let place: Place
let wanted: WantedRelease

beforeAll(async () => {
  server = await startShop()
  place = await Place.at(server)
  wanted = { ...place.run('1').release, tag: 'v1.0.0' }
})
afterAll(async () => {
  place[Symbol.dispose]()
  await server.stop()
})
beforeEach(() => reset(server))
afterEach(() => expect(server.violations).toEqual([]))

const publish = async (more: Partial<WantedRelease> = {}, latest = true): Promise<GitHubRelease> => {
  const ended = await publishRelease(client(server), { ...wanted, ...more }, latest)
  if (ended.status === 'untold') throw ended.notice
  return ended
}
const writes = (): readonly string[] => server.calls.filter(({ method }) => method !== 'GET').map(({ operation }) => operation)
const names = ['SHA256SUMS', 'shop.notes.txt', 'shop.tar.gz']
const release = (at = 0) => server.state.releases[at]!
const assets = (at = 0): readonly string[] => release(at).assets.filter(({ state }) => state === 'uploaded').map(({ name }) => name).sort()
/** Somebody's asset. */
const asset = (name: string, text: string, state: 'uploaded' | 'starter' = 'uploaded') => (
  { id: 900 + name.length, release: 0, name, state, label: '', content_type: 'text/plain', created_at: '2026-01-01T00:00:00Z', bytes: Buffer.from(text) }
)

describe('a release', () => {
  it('is a draft until it is published, and shown first only when it is told to be', async () => {
    expect(await ensureDraft(client(server), wanted)).toMatchObject({ status: 'draft' })
    expect(release()).toMatchObject({ draft: true, tag_name: 'v1.0.0' })
    expect(assets()).toEqual(names)
    expect(await publish({}, false)).toMatchObject({ status: 'published', url: expect.stringMatching(/releases\/tag\/v1\.0\.0$/) })
    expect([release().draft, server.state.latest]).toEqual([false, null])
  })

  it('that is a pre-release is never shown first', async () => {
    await publish({ prerelease: true })
    expect([release().prerelease, server.state.latest]).toEqual([true, null])
  })

  it('that is published with the same files stays as it is, immutable or not', async () => {
    for (const immutable of [false, true]) {
      reset(server)
      server.state.immutableReleases = immutable
      await publish()
      server.calls.length = 0
      expect(await publish()).toMatchObject({ status: 'unchanged' })
      expect(await ensureDraft(client(server), wanted)).toMatchObject({ status: 'unchanged' })
      expect(writes()).toEqual([])
    }
  })

  it('without files asks for none', async () => {
    await publish({ files: [] })
    expect(asked(server)).not.toHaveProperty('repos/list-release-assets')
  })

  it('that is to have files from another job is not published without them, and is with them', async () => {
    const leg = { ...wanted, files: [], filesDue: true }
    await ensureDraft(client(server), leg)
    for (const files of [leg, { files: [], filesDue: false }]) {
      expect(await rejectionOf(publish(files))).toMatchObject({ code: 'release-files-due', cure: expect.stringContaining('gh release edit v1.0.0 --draft=false') })
      expect(release().draft).toBe(true)
    }
    // Nor with some of them, when a run died in the middle.
    server.fail({ operation: 'repos/upload-release-asset', answer: 'error', times: 100 })
    expect(await publishRelease(client(server), wanted, true)).toMatchObject({ status: 'untold' })
    server.heal()
    release().assets.push(asset('shop.tar.gz', 'half of it all'))
    expect(await rejectionOf(publish({ files: [] }))).toMatchObject({ code: 'release-files-due' })
    await publish()
    expect([server.state.releases.length, release().draft, assets()]).toEqual([1, false, names])
    expect(release().body).not.toContain('due')
  })

  it('whose notes speak of files that are due has none to wait for', async () => {
    await publish({ files: [], notes: '- explain `<!-- slipway files due -->`' })
    expect(release().draft).toBe(false)
  })

  it('of a server that tells no digests at all is published once, and stays', async () => {
    await publish()
    for (const one of release().assets) Object.assign(one, { digest: undefined })
    expect(await publish()).toMatchObject({ status: 'unchanged' })
  })

  it('whose draft has its files from a run before is published by one that has none', async () => {
    await ensureDraft(client(server), wanted)
    await publish({ files: [], filesDue: true })
    expect([release().draft, assets()]).toEqual([false, names])
  })

  it('needs the permissions that its README names', async () => {
    await publish()
    expect([...new Set(server.calls.map(({ permission }) => permission))].sort()).toEqual(['contents: read', 'contents: write'])
    server.tokens['all'] = { contents: 'read' }
    const failure = await rejectionOf(publish({ tag: 'v0' }))
    server.tokens['all'] = all
    expect(failure).toMatchObject({ code: 'github-forbidden', cure: expect.stringContaining('contents: write') })
  })
})

describe('a draft that is there', () => {
  it('and that a person wrote keeps text, name and files', async () => {
    server.addRelease({ tag: 'v1.0.0', draft: true, name: 'The big one', body: 'Ours.' })
    release().assets.push(asset('manual.pdf', 'by hand'))
    await publish()
    expect(server.state.releases).toHaveLength(1)
    expect(release()).toMatchObject({ draft: false, name: 'The big one', body: 'Ours.' })
    expect(assets()).toEqual([...names.slice(0, 1), 'manual.pdf', ...names.slice(1)])
  })

  it('of a run before gets the notes of this one', async () => {
    await ensureDraft(client(server), { ...wanted, notes: 'Old' })
    await publish()
    expect(server.state.releases).toHaveLength(1)
    expect(release().body).toContain('All of it')
    expect(release().body).not.toContain('Old')
  })

  it('twice: the oldest wins, ours of another run goes, a person\'s stays', async () => {
    await ensureDraft(client(server), wanted)
    const [first] = server.state.releases
    server.addRelease({ tag: 'v1.0.0', draft: true, body: first!.body })
    server.addRelease({ tag: 'v1.0.0', draft: true, body: 'By hand' })
    await publish()
    expect(server.state.releases.map(({ draft, body }) => [draft, body === 'By hand'])).toEqual([[false, false], [true, true]])
    expect(release().id).toBe(first!.id)
  })

  it.each([['half uploaded', asset('shop.tar.gz', '', 'starter'), true], ['of another size', asset('shop.tar.gz', 'short'), true], ['of another build', null, true], ['of unknown digest', null, false]])(
    'with a file %s gets it anew', async (_, other, digests) => {
      const [first] = await releaseFiles(wanted.files)
      server.addRelease({ tag: 'v1.0.0', draft: true })
      server.state.digests = digests
      release().assets.push(other ?? asset('shop.tar.gz', 'x'.repeat(first!.size)))
      await publish()
      expect(assets()).toEqual(names)
      expect(release().assets.find(({ name }) => name === 'shop.tar.gz')!.bytes.toString()).toContain('all of shop.tar.gz')
    })
})

describe('a published release', () => {
  it('of other files is not touched, and said to be immutable where it is', async () => {
    for (const immutable of [true, false]) {
      reset(server)
      server.addRelease({ tag: 'v1.0.0', immutable })
      release().assets.push(asset('shop.tar.gz', 'another build'))
      const failure = await rejectionOf(publish())
      expect(failure.code).toBe(immutable ? 'release-immutable' : 'release-differs')
      expect(failure.what).toContain('has other files than this run made: shop.tar.gz, and lacks shop.notes.txt')
      expect(writes()).toEqual([])
    }
  })

  it('that lacks files gets them, unless it is immutable', async () => {
    server.addRelease({ tag: 'v1.0.0' })
    expect(await publish()).toMatchObject({ status: 'published' })
    expect(assets()).toEqual(names)
    reset(server)
    server.addRelease({ tag: 'v1.0.0', immutable: true })
    expect(await rejectionOf(publish())).toMatchObject({ code: 'release-immutable', what: expect.stringContaining('lacks shop.tar.gz, shop.notes.txt') })
  })

  it('of another run that was quicker is taken, and our draft goes', async () => {
    server.fail({
      operation: 'repos/update-release', answer: 'unprocessable', with: { errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }] },
      then: () => {
        server.addRelease({ tag: 'v1.0.0' })
        release(1).assets.push(...release().assets)
      },
    })
    expect(await publish()).toMatchObject({ status: 'unchanged' })
    expect(server.state.releases.map(({ draft }) => draft)).toEqual([false])
  })

  it('that was immutable and is gone has taken its tag with it', async () => {
    server.state.immutableReleases = true
    await publish()
    server.state.releases = []
    expect(await rejectionOf(publish())).toMatchObject({ code: 'release-immutable', cure: expect.stringContaining('next version') })
  })
})

describe('the tag', () => {
  it.each([['is not at GitHub', { tag: 'v9.9.9' }, 'git push origin v9.9.9'], ['stands for', { commit: 'f'.repeat(40) }, 'never moved']])('that %s leaves a draft', async (text, more, cure) => {
    const failure = await rejectionOf(publish(more))
    expect(failure).toMatchObject({ code: 'release-tag', what: expect.stringContaining(text), cure: expect.stringContaining(cure) })
    expect(release().draft).toBe(true)
    expect(server.repository.commitOf('refs/tags/v9.9.9')).toBeNull()
  })
})

it('runs that come at once come to one release', async () => {
  const ends = await Promise.all([publish(), publish(), publish()])
  expect(server.state.releases.map(({ draft }) => draft)).toEqual([false])
  expect(assets()).toEqual(names)
  expect(new Set(ends.map(({ id }) => id)).size).toBe(1)
})

it('a file that another run takes away while it comes is brought again', async () => {
  server.fail({ operation: 'repos/upload-release-asset', answer: 'gone' })
  expect(await publish()).toMatchObject({ status: 'published' })
  expect(assets()).toEqual(names)
})

it('an outage or a limit is no failure, but is said', async () => {
  server.fail({ answer: 'page', times: 1_000 })
  for (const ended of [await ensureDraft(client(server), wanted), await publishRelease(client(server), wanted, true)]) {
    expect(ended).toMatchObject({ status: 'untold', notice: { code: 'github-unreachable' } })
  }
  server.heal()
  server.fail({ answer: 'rate-limit', with: { reset: 3_000 } })
  expect(await publishRelease(client(server), wanted, true)).toMatchObject({ status: 'untold', notice: { code: 'github-rate-limit' } })
})

it('GitHub leaves the names alone that files are given', async () => {
  const draft = await createDraft(client(server), { tag: 'v1.0.0', name: '', body: '', prerelease: false })
  for (const name of ['My App.exe', '.env', 'a..b', 'ä(1).txt', 'x+y_z-1.tar.gz', 'a@c']) {
    expect(await uploadAsset(client(server), draft, assetName(name), Buffer.from(name))).toMatchObject({ name: assetName(name), state: 'uploaded' })
  }
})
