import { createDraft, draftsOf, GitHub, GitHubFailure, tagCommit, uploadAsset } from '../../../src/drivers/github'
import { anything } from '../../../src/drivers/github/shape'
import type { Fault, GitHubServer } from '../../../rig/github/server.mjs'
import { rejectionOf } from '../../unit/release/failure'
import { asked, client, reset, startShop } from './shop'

let server: GitHubServer & { readonly commit: string }

beforeAll(async () => { server = await startShop() })
afterAll(async () => await server.stop())
beforeEach(() => reset(server))
afterEach(() => expect(server.violations).toEqual([]))

const fields = { tag: 'v1.0.0', name: 'v1.0.0', body: 'Notes', prerelease: false }
const failureOf = async (work: Promise<unknown>): Promise<GitHubFailure> => {
  const failure = await rejectionOf(work)
  expect(JSON.stringify(failure) + failure.message).not.toContain('Bearer')
  expect(failure).toBeInstanceOf(GitHubFailure)
  return failure as GitHubFailure
}

describe('a list', () => {
  it('is read page by page, by the links', async () => {
    for (let number = 0; number < 250; number++) server.addRelease({ tag: number % 125 === 0 ? 'v1.0.0' : `v0.${number}.0`, draft: true })
    expect((await draftsOf(client(server), 'v1.0.0')).map(({ id }) => id)).toHaveLength(2)
    expect(asked(server)).toEqual({ 'repos/list-releases': 3 })
  })

  it('of something else than entries is no answer of GitHub\'s', async () => {
    server.fail({ answer: 'foreign-page' })
    expect(await failureOf(draftsOf(client(server), 'v1.0.0'))).toMatchObject({ code: 'github-unreachable', outage: true })
  })
})

describe('what may be asked twice', () => {
  it.each<Fault>([{ answer: 'error' }, { answer: 'page' }, { answer: 'reset' }, { answer: 'cut', effect: true }, { answer: 'secondary-rate-limit', with: { after: 0 } }])(
    'is asked again after %p', async (fault) => {
      server.fail({ ...fault, times: 2 })
      expect(await tagCommit(client(server), 'v1.0.0')).toBe(server.commit)
      expect(server.calls).toHaveLength(3)
    })

  it('is asked again after silence', async () => {
    server.fail({ answer: 'silence' })
    expect(await tagCommit(client(server, { timeout: 100 }), 'v1.0.0')).toBe(server.commit)
  })

  it('is given up at some time', async () => {
    server.fail({ answer: 'page', times: 9 })
    expect(await failureOf(tagCommit(client(server), 'v1.0.0'))).toMatchObject({ code: 'github-unreachable', outage: true, what: expect.stringContaining('HTTP 502') })
    expect(server.calls).toHaveLength(4)
  })
})

describe('what may not be asked twice', () => {
  it.each<Fault>([{ answer: 'error' }, { answer: 'page' }, { answer: 'reset' }, { answer: 'reset', effect: true }, { answer: 'cut', effect: true }, { answer: 'silence', effect: true }])(
    'is not, after %p: nobody knows what became of it', async (fault) => {
      server.fail(fault)
      expect(await failureOf(createDraft(client(server, { timeout: 200 }), fields))).toMatchObject({ code: 'github-unreachable', unsure: true, outage: true })
      expect(server.calls).toHaveLength(1)
    })

  it('is asked again where it surely was not done', async () => {
    server.fail({ answer: 'secondary-rate-limit', with: { after: 0 } })
    expect(await createDraft(client(server), fields)).toMatchObject({ draft: true, tag: 'v1.0.0' })
    expect(server.state.releases).toHaveLength(1)
  })

  it('fails for sure where nobody listens', async () => {
    const nobody = new GitHub({ apiUrl: 'http://127.0.0.1:1', token: 'all', repository: 'ada/shop', waits: [1] })
    expect(await failureOf(createDraft(nobody, fields))).toMatchObject({ code: 'github-unreachable', unsure: false, outage: true })
  })
})

describe('a limit of GitHub\'s', () => {
  it('is waited for as long as it says', async () => {
    server.fail({ answer: 'rate-limit', with: { reset: 0 } })
    const told: string[] = []
    expect(await tagCommit(client(server, { progress: (text) => told.push(text) }), 'v1.0.0')).toBe(server.commit)
    expect(told).toEqual([expect.stringMatching(/HTTP 403; trying again in 1\.0 s/)])
  })

  it.each<Fault>([{ answer: 'rate-limit', with: { reset: 3000 } }, { answer: 'secondary-rate-limit', with: { after: 120 } }, { answer: 'secondary-rate-limit', with: { after: null } }])(
    'that asks for more than there is patience for is told of: %p', async (fault) => {
      server.fail(fault)
      const failure = await failureOf(createDraft(client(server, { patience: 30_000 }), fields))
      expect(failure).toMatchObject({ code: 'github-rate-limit', outage: true, unsure: false })
      expect(failure.why).toMatch(/wait for \d+ s/)
      expect(server.calls).toHaveLength(1)
    })
})

describe('a failure names what helps', () => {
  it('the permission that is missing', async () => {
    const failure = await failureOf(createDraft(client(server, { token: 'reads' }), fields))
    expect(failure).toMatchObject({ code: 'github-forbidden', outage: false, why: 'Resource not accessible by integration' })
    expect(failure.cure).toContain('permissions: { contents: write }')
  })

  it('where what is missing hides what is there', async () => {
    const failure = await failureOf(new GitHub({ apiUrl: server.apiUrl, token: 'reads', repository: 'ada/shop' }).get('deployments', { what: 'list the deployments', needs: 'deployments: read' }, anything))
    expect(failure).toMatchObject({ code: 'github-not-found', cure: expect.stringContaining('permissions: { deployments: read }') })
  })

  it('a token that is none', async () => {
    expect(await failureOf(createDraft(client(server, { token: 'nobody' }), fields))).toMatchObject({ code: 'github-forbidden', why: 'Bad credentials' })
  })

  it('what GitHub objects to', async () => {
    server.fail({ answer: 'unprocessable', with: { errors: [{ resource: 'Release', code: 'custom', field: 'tag_name', message: 'it is burned' }] } })
    const failure = await failureOf(createDraft(client(server), fields))
    expect(failure).toMatchObject({ code: 'github-refused', outage: false, unsure: false, why: 'Validation Failed: it is burned' })
    expect([failure.objects('custom', 'tag_name'), failure.objects('already_exists')]).toEqual([true, false])
  })
})

describe('a server for enterprises', () => {
  it('has all below its own path, uploads included', async () => {
    const github = client(server, { apiUrl: `${server.enterpriseUrl}/` })
    const draft = await createDraft(github, fields)
    expect(await uploadAsset(github, draft, 'a b.txt', Buffer.from('hello'))).toMatchObject({ name: 'a.b.txt', state: 'uploaded', size: 5 })
    expect(server.calls.map(({ url }) => url)).toEqual(['/api/v3/repos/ada/shop/releases', '/api/uploads/repos/ada/shop/releases/1/assets?name=a+b.txt'].map((url) => url.replace('/1/', `/${draft.id}/`)))
  })
})

it('stops at the signal, with its reason, also while it waits', async () => {
  const abort = new AbortController()
  server.fail({ answer: 'error' })
  const progress = (): void => abort.abort(new Error('cancelled'))
  await expect(tagCommit(client(server, { signal: abort.signal, progress, waits: [60_000] }), 'v1.0.0')).rejects.toThrow('cancelled')
})

it('finds the commit of a tag, through annotations', async () => {
  server.repository.git('tag', '-a', 'shop/v2', '-m', 'two', server.commit)
  expect(await tagCommit(client(server), 'shop/v2')).toBe(server.commit)
  expect(await tagCommit(client(server), 'v9')).toBeNull()
})
