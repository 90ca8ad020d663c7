import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compareCommits } from '../../../src/drivers/github/compare'
import { rejectionOf } from '../../unit/release/failure'

const base = 'a'.repeat(40)
const head = 'b'.repeat(40)
let server: Server
let apiUrl: string
let answer: (request: IncomingMessage, response: ServerResponse) => void
const requests: IncomingMessage[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  requests.length = 0
})

const json = (status: number, body: unknown) => (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
const compare = (more: { signal?: AbortSignal; timeout?: number; apiUrl?: string } = {}) => (
  compareCommits({ apiUrl, token: 'a-token', repository: 'owner/shop', base, head, waits: [1, 1], ...more })
)

describe('compareCommits', () => {
  it.each(['ahead', 'behind', 'identical', 'diverged'] as const)('gives what GitHub says: %s', async (status) => {
    answer = json(200, { status, ahead_by: 1, behind_by: 0, total_commits: 1, commits: [], files: [] })
    expect(await compare()).toBe(status)
    expect(requests).toHaveLength(1)
    const [request] = requests
    expect(decodeURIComponent(request?.url ?? '')).toBe(`/api/v3/repos/owner/shop/compare/${base}...${head}?per_page=1`)
    expect(request?.headers.authorization).toBe('Bearer a-token')
  })

  it('takes an address with a slash at its end', async () => {
    answer = json(200, { status: 'ahead' })
    expect(await compare({ apiUrl: `${apiUrl}/` })).toBe('ahead')
    expect(requests[0]?.url).toMatch(/^\/api\/v3\/repos/)
  })

  it.each([[401, 'github-forbidden'], [403, 'github-forbidden'], [429, 'github-rate-limit'], [404, 'github-unknown-commit'],
    [500, 'github-unreachable'], [502, 'github-unreachable']])('maps HTTP %p to %s', async (status, code) => {
    answer = json(status, { message: 'No, because.' })
    const failure = await rejectionOf(compare())
    expect(failure.code).toBe(code)
    expect(failure.message).toContain(status === 404 ? 'rewritten' : String(status))
    expect(JSON.stringify(failure) + String(failure.cause)).not.toContain('a-token')
    if (code === 'github-forbidden') expect(failure.cure).toContain('contents: read')
  })

  it.each([
    ['a cut connection', (_: IncomingMessage, response: ServerResponse) => response.destroy()],
    ['another answer', json(200, { hello: 'world' })],
    ['a page of a proxy', (_: IncomingMessage, response: ServerResponse) => response.end('<html>')],
  ])('is unreachable at %s', async (_, how) => {
    answer = how
    expect((await rejectionOf(compare())).code).toBe('github-unreachable')
  })

  it('is unreachable where nobody listens', async () => {
    expect((await rejectionOf(compare({ apiUrl: 'http://127.0.0.1:1' }))).code).toBe('github-unreachable')
  })

  it('does not wait for ever', async () => {
    answer = () => {}
    const failure = await rejectionOf(compare({ timeout: 100 }))
    expect(failure.code).toBe('github-unreachable')
    expect(failure.what).toContain('did not answer in time')
  })

  it('stops at the signal, with its reason', async () => {
    const abort = new AbortController()
    answer = () => {
      abort.abort(new Error('cancelled'))
    }
    await expect(compare({ signal: abort.signal })).rejects.toThrow('cancelled')
  })
})
