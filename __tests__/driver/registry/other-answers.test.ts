import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseImageName, Registry } from '../../../src/drivers/registry'
import { standingOf } from '../../../src/image/manifest'
import { rejectionOf } from '../../unit/release/failure'

// What a proxy, another server or a broken push may answer, in the smallest form in which it once ended a run with a stack.
let server: Server
let answer: { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }

beforeAll(async () => {
  server = createServer((_request, response) => { response.writeHead(answer.status ?? 200, answer.headers ?? {}).end(answer.body) })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
})
afterAll(async () => await new Promise((resolve) => { server.close(resolve) }))

const registry = (): Registry => new Registry({
  image: parseImageName(`127.0.0.1:${(server.address() as AddressInfo).port}/ada/shop`), credentials: null, pushes: false, waits: [],
})

it.each(['', '<html>', 'null', '{"tags":5}', '{"tags":[1]}'])('%j is no list of tags', async (body) => {
  answer = { body }
  expect(await rejectionOf(registry().tags())).toMatchObject({ code: 'registry-unreachable' })
})

it.each(['{}', '{"tags":null}'])('%j are no tags', async (body) => {
  answer = { body }
  expect(await registry().tags()).toEqual([])
})

it('a next page that is no address is none', async () => {
  answer = { body: '{"tags":["a"]}', headers: { link: '<http://[>; rel="next"' } }
  expect(await registry().tags()).toEqual(['a'])
})

it('tokens that are to be had nowhere', async () => {
  answer = { status: 401, body: '', headers: { 'www-authenticate': 'Bearer realm="x"' } }
  expect(await rejectionOf(registry().tags())).toMatchObject({ code: 'registry-refused', what: expect.stringContaining('no address') })
})

it.each(['', 'null', '<html>'])('%j is no manifest', async (body) => {
  answer = { body }
  expect(await rejectionOf(standingOf(registry(), 'latest'))).toMatchObject({ code: 'image-manifest-broken' })
})

it.each(['{"manifests":5}', '{"manifests":[null]}', '{"layers":[null]}', '{"config":{"digest":"../x"}}'])('%j is an image that says nothing of itself', async (body) => {
  answer = { body }
  expect(await standingOf(registry(), 'latest')).toMatchObject({ revision: null, inputs: null, layers: [] })
})
