import { jest } from '@jest/globals'
import { setUp, succeeded } from './harness/deploy'
import { GitRemote } from './harness/git-remote'
import { sharedHost, type Host } from './harness/hosts'
import { TinyApp } from './harness/tiny-app'

jest.setTimeout(60_000)

let host: Host
let app: TinyApp
let remote: GitRemote
beforeAll(async () => {
  host = await sharedHost('push', { user: 'deploy' }, () => Promise.resolve())
  app = await TinyApp.on(host, 'push')
  succeeded(await setUp(host, app.repository, { inputs: { 'git-push': 'true' } }))
  remote = await GitRemote.of(host, app.name, app.repository)
}, 300_000)
afterEach(() => {
  app?.rest()
  remote?.rest()
})
afterAll(() => {
  remote?.[Symbol.dispose]()
  app?.[Symbol.dispose]()
})

describe('a push', () => {
  it('of a tag deploys it, and tells how', async () => {
    const pushed = await remote.push('v1')
    console.log(pushed.log, pushed.took)
    expect(pushed.code).toBe(0)
    expect(await app.serves()).toBe('v1 #1')
  })
})
