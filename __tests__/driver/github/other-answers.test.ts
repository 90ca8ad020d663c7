import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checksOf } from '../../../src/drivers/github/checks'
import { compareCommits } from '../../../src/drivers/github/compare'
import { createDeployment, deploymentsOf, lastState } from '../../../src/drivers/github/deployments'
import { draftsOf, createDraft, GitHub, publishedRelease, tagCommit } from '../../../src/drivers/github'
import { rejectionOf } from '../../unit/release/failure'

// What stands between may answer in JSON that is not GitHub's: in the smallest form in which it once ended a run with a stack, or never.
let server: Server
let answer: { readonly headers?: Record<string, string>; readonly body: string }

beforeAll(async () => {
  server = createServer((_request, response) => { response.writeHead(200, answer.headers ?? {}).end(answer.body) })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
})
afterAll(async () => await new Promise((resolve) => { server.close(resolve) }))

const options = () => ({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'x', repository: 'ada/shop', waits: [] })
const github = (): GitHub => new GitHub(options())
const fields = { commit: 'c', environment: 'e', task: 't', payload: {}, description: '', transient: false, production: null }
const release = { id: 1, tag_name: 'v1', name: null, body: null, draft: true, prerelease: false, html_url: '', upload_url: '' }
const asks = {
  release: () => publishedRelease(github(), 'v1'), drafts: () => draftsOf(github(), 'v1'), make: () => createDraft(github(), { tag: 'v1', name: '', body: '', prerelease: false }),
  checks: () => checksOf(github(), 'c', '1'), compare: () => compareCommits({ ...options(), base: 'a', head: 'b' }), tag: () => tagCommit(github(), 'v1'),
  deploy: () => createDeployment(github(), fields), deployments: () => deploymentsOf(github(), fields), state: () => lastState(github(), { id: 1 }),
} as const

it.each<[keyof typeof asks, string]>([
  ['release', ''], ['release', 'null'], ['release', '[]'], ['make', '{"id":1}'], ['make', JSON.stringify(release)], ['drafts', '[null]'], ['drafts', '{"length":1}'],
  ['checks', 'null'], ['checks', '{"check_runs":[null],"statuses":[]}'], ['checks', '{"check_runs":[{"name":"a"}],"statuses":[]}'], ['compare', 'null'],
  ['compare', '{"status":5}'], ['deploy', 'null'], ['deployments', '[5]'], ['state', '{}'], ['state', '[null]'], ['tag', '{}'], ['tag', '{"object":null}'],
  // A tag that stands for itself.
  ['tag', `{"object":{"type":"tag","sha":"${'a'.repeat(40)}"}}`],
])('%s: %s', async (ask, body) => {
  answer = { body }
  expect(await rejectionOf(asks[ask]())).toMatchObject({ code: 'github-unreachable' })
})

it('a next page that is no address is none', async () => {
  answer = { body: '[]', headers: { link: '<http://[>; rel="next"' } }
  expect(await draftsOf(github(), 'v1')).toEqual([])
})
