import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { reset, startShop } from './shop'

let server: GitHubServer & { readonly commit: string }

beforeAll(async () => { server = await startShop() })
afterAll(async () => await server.stop())
beforeEach(() => reset(server))

/** What tests look at in answers. */
interface Said {
  readonly message: string
  readonly errors: readonly { readonly message: string }[]
  readonly object: { readonly sha: string }
}

const ask = async (method: string, path: string, body: unknown = null, token = 'all'): Promise<{ status: number; said: Said | null }> => {
  const response = await fetch(`${server.apiUrl}/repos/ada/shop${path}`, { method, headers: { authorization: `Bearer ${token}` }, body: body === null ? null : JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, said: text === '' ? null : JSON.parse(text) as Said }
}

describe('the server of GitHub in tests', () => {
  it('keeps what is asked otherwise than GitHub describes it', async () => {
    const answers = [
      await ask('POST', '/releases', { tag_name: 'v1', dragt: true }), await ask('GET', '/releases?page_size=3'),
      await ask('POST', '/releases', { tag_name: 1 }), await ask('GET', '/releases/12a'), await ask('POST', '/releases'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 422, 422, 422])
    expect(server.violations).toEqual(['unknown field dragt', 'unknown query parameter page_size', 'body/tag_name must be string', 'path parameter release_id  must be integer', 'body must have required property']
      .map((text) => expect.stringContaining(text)))
  })

  it('keeps answers of its own that deviate, too', async () => {
    server.addRelease({ tag: 'v1', prerelease: 'no' as unknown as boolean })
    await ask('GET', '/releases')
    expect(server.violations).toEqual([expect.stringContaining('answer/0/prerelease must be boolean')])
  })

  it('shows drafts in lists to those who may write, and to nobody by tag', async () => {
    await ask('POST', '/releases', { tag_name: 'v1.0.0', draft: true })
    expect((await ask('GET', '/releases')).said).toHaveLength(1)
    expect((await ask('GET', '/releases', null, 'reads')).said).toEqual([])
    expect((await ask('GET', '/releases/tags/v1.0.0')).status).toBe(404)
  })

  it('hides what a token may not read, and refuses what it may not write', async () => {
    const refused = [await ask('GET', '/deployments', null, 'reads'), await ask('POST', '/releases', { tag_name: 'v1' }, 'reads'), await ask('GET', '', null, 'nobody')]
    expect(refused.map(({ status, said }) => [status, said?.message])).toEqual([[404, 'Not Found'], [403, 'Resource not accessible by integration'], [401, 'Bad credentials']])
    expect(server.state.releases).toEqual([])
  })

  it('merges by itself where it is not told otherwise, as GitHub does', async () => {
    server.repository.commit('More')
    expect((await ask('POST', '/deployments', { ref: server.commit })).status).toBe(202)
  })

  it('makes a tag when a release without one is published', async () => {
    await ask('POST', '/releases', { tag_name: 'v7' })
    expect(server.repository.commitOf('refs/tags/v7')).toBe(server.repository.commitOf('main'))
  })

  it('is one with its Git: a push with a token is a tag here, one without the right is refused, and one of an immutable tag as well', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clone-'))
    const git = async (...words: string[]): Promise<unknown> => await promisify(execFile)('git', words, { cwd: folder, env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } }).catch((error: unknown) => (error as { stderr: string }).stderr)
    const url = (token: string): string => server.gitUrl.replace('//', `//x-access-token:${token}@`)
    await git('clone', '--quiet', url('reads'), '.')
    await git('tag', 'v3')
    expect(await git('push', url('reads'), 'v3')).toContain('403')
    expect(await git('push', url('nobody'), 'v3')).toContain('Authentication failed')
    await git('push', url('all'), 'v3')
    expect((await ask('GET', '/git/ref/tags/v3')).said?.object.sha).toBe(server.repository.commitOf('main'))
    server.state.immutableReleases = true
    await ask('POST', '/releases', { tag_name: 'v3' })
    expect(await git('push', url('all'), '--delete', 'v3')).toContain('immutable release')
    server.state.releases = []
    expect((await ask('POST', '/releases', { tag_name: 'v3' })).said?.errors[0]?.message).toBe('tag_name was used by an immutable release')
    rmSync(folder, { recursive: true, force: true })
  })

  it('tells calls by number, with the permission of each', async () => {
    await ask('GET', '/releases')
    await ask('POST', '/deployments', { ref: server.commit, auto_merge: false, required_contexts: [] })
    expect(server.calls).toEqual([
      expect.objectContaining({ number: 1, operation: 'repos/list-releases', permission: 'contents: read', status: 200 }),
      expect.objectContaining({ number: 2, operation: 'repos/create-deployment', permission: 'deployments: write', status: 201 }),
    ])
  })
})
