import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources, watch } from '../../../src/drivers/kubernetes'
import { apiServer, say } from './api-server'

test('streams leave room for what is asked meanwhile', async () => {
  await using api = await apiServer((request, response) => {
    if (request.url?.includes('watch=true') === true) response.writeHead(200).flushHeaders()
    else say(response, 200, { answered: true })
  })
  const streams = await Promise.all(Array.from({ length: 30 }, async () => await api.client.stream('/pods', { query: { watch: true } })))
  expect(await api.client.get('/pods')).toEqual({ answered: true })
  for (const stream of streams) stream.destroy()
})

test('a stream that is refused for its credentials is begun with new ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-token-'))
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'one')
  const seen: (string | undefined)[] = []
  await using api = await apiServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.headers.authorization === 'Bearer two') response.writeHead(200).end('told')
    else {
      writeFileSync(tokenFile, 'two')
      say(response, 401, { message: 'Unauthorized' })
    }
  }, { token: null, tokenFile })
  const answer = await api.client.stream('/pods', {})
  answer.destroy()
  expect(seen).toEqual(['Bearer one', 'Bearer two'])
  rmSync(folder, { recursive: true })
})

test('a watch that is ended at once is begun again a second later, not at once', async () => {
  let begun = 0
  await using api = await apiServer((request, response) => {
    if (request.url?.includes('watch=true') !== true) return say(response, 200, { metadata: { resourceVersion: '1' }, items: [] })
    begun += 1
    response.writeHead(200).end()
  })
  const nothing = { changed: () => undefined, gone: () => undefined, synced: () => undefined }
  await watch(api.client, { resource: resources.pods, namespace: 'shop' }, nothing, AbortSignal.timeout(2_500))
  expect(begun).toBe(3)
})

test('without patience it is asked once, and not for long', async () => {
  let asked = 0
  await using api = await apiServer((_request, response) => {
    asked += 1
    if (asked === 1) say(response, 503, { message: 'starting' })
  })
  await expect(api.client.text('/log', { patient: false })).rejects.toMatchObject({ status: 503 })
  expect(asked).toBe(1)
  const began = Date.now()
  await expect(api.client.text('/log', { patient: false })).rejects.toMatchObject({ status: 0, passing: true })
  expect(Date.now() - began).toBeLessThan(7_000)
  expect(asked).toBe(2)
})

test('a server that has answered before, and is away for 20 s, is waited for', async () => {
  const back = Date.now() + 20_000
  let before = true
  await using api = await apiServer((_request, response) => {
    if (before || Date.now() > back) say(response, 200, {})
    else response.destroy()
    before = false
  })
  await api.client.get('/version')
  await expect(api.client.get('/version')).resolves.toEqual({})
}, 60_000)

test('a server that has answered before, and says nothing any more, is asked for a minute and not longer', async () => {
  const now = performance.now.bind(performance)
  let [later, asked] = [0, 0]
  performance.now = () => now() + later
  await using api = await apiServer((_request, response) => {
    if (asked++ === 0) return say(response, 200, {})
    // As long as a request waits for an answer, which nobody wants to.
    later += 30_000
    response.destroy()
  })
  await api.client.get('/version')
  try {
    await expect(api.client.get('/version')).rejects.toMatchObject({ status: 0, passing: true })
  } finally {
    performance.now = now
  }
  expect(asked).toBe(3)
})
