import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { createDraft, tagCommit, uploadAsset } from '../../../src/drivers/github'
import type { GitHubServer } from '../../../rig/github/server.mjs'
import { rejectionOf } from '../../unit/release/failure'
import { client, startShop } from './shop'

let server: GitHubServer & { readonly commit: string }
let proxy: Server
let opened: string[]
const before = { ...process.env }

beforeAll(async () => {
  server = await startShop()
  // It alone knows where github.test is.
  proxy = createServer().on('connect', ({ url = '' }, socket) => {
    opened.push(url)
    const there = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      there.pipe(socket).pipe(there)
    })
    for (const end of [there, socket]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  process.env['http_proxy'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})
beforeEach(() => { opened = [] })
afterAll(async () => {
  process.env = before
  proxy.closeAllConnections()
  proxy.close()
  await server.stop()
})

it('is asked and uploaded to through the proxy that the environment names', async () => {
  const port = new URL(server.apiUrl).port
  const github = client(server, { apiUrl: `http://github.test:${port}` })
  expect(await tagCommit(github, 'v1.0.0')).toBe(server.commit)
  const draft = await createDraft(github, { tag: 'v1.0.0', name: '', body: '', prerelease: false })
  const uploads = draft.uploadUrl.replace('127.0.0.1', 'github.test')
  expect(await uploadAsset(github, { ...draft, uploadUrl: uploads }, 'a.txt', Buffer.alloc(300_000))).toMatchObject({ size: 300_000 })
  expect(opened).toEqual([`github.test:${port}`, `github.test:${port}`, `github.test:${new URL(uploads).port}`])
})

it('is unreachable where the proxy is', async () => {
  process.env['http_proxy'] = 'http://127.0.0.1:1'
  expect((await rejectionOf(tagCommit(client(server, { apiUrl: 'http://github.test' }), 'v1.0.0'))).code).toBe('github-unreachable')
})
