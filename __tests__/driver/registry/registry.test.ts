import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../../../src/errors'
import { parseImageName, Registry, type Credentials } from '../../../src/drivers/registry'

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse, body: string) => void

let server: Server
let address: string
let handle: Handler
let asked: string[]

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      asked.push(`${incoming.method} ${incoming.url}`)
      handle(incoming, outgoing, Buffer.concat(chunks).toString())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => { asked = [] })
afterAll(() => server.close())

const registry = (credentials: Credentials | null = null, more: { readonly pushes?: boolean } = {}): Registry => new Registry({
  image: parseImageName(`${address}/ada/shop`), credentials, pushes: true, waits: [1, 1], ...more,
})
const json = (outgoing: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
  outgoing.end(JSON.stringify(body))
}
const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  const thrown: unknown = await work.then(() => null, (error: unknown) => error)
  if (thrown instanceof Failure) return thrown
  throw new Error(`no failure, but ${String(thrown)}`)
}

describe('a registry', () => {
  it('tells its tags page by page', async () => {
    handle = ({ url }, outgoing) => url?.includes('last=b') === true ? json(outgoing, 200, { tags: ['c'] })
      : json(outgoing, 200, { tags: ['a', 'b'] }, { link: '</v2/ada/shop/tags/list?last=b&n=2>; rel="next"' })
    expect(await registry().tags()).toEqual(['a', 'b', 'c'])
  })

  it('is not followed to another one for the next page', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 200, { tags: ['a'] }, { link: '<http://127.0.0.2:9/v2/x/tags/list>; rel="next"' })
    expect(await registry().tags()).toEqual(['a'])
  })

  it('that has no such repository has no tags', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 404, { errors: [{ code: 'NAME_UNKNOWN' }] })
    expect(await registry().tags()).toEqual([])
  })

  it('that gives something else than was asked for by digest is refused', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 200, { made: 'up' })
    expect((await failureOf(registry().manifest(`sha256:${'0'.repeat(64)}`))).message).toContain('what came is sha256:')
  })

  it('is asked again after what may pass, and after as long as it says', async () => {
    const answers = [503, 429, 200]
    handle = (_incoming, outgoing) => json(outgoing, answers[asked.length - 1] ?? 200, { tags: ['a'] }, { 'retry-after': '0' })
    expect(await registry().tags()).toEqual(['a'])
    expect(asked).toHaveLength(3)
  })

  it('is not asked again after what does not pass', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 403, { errors: [{ code: 'DENIED', message: 'not yours' }] })
    expect(await failureOf(registry().tags())).toMatchObject({ code: 'registry-forbidden', what: expect.stringContaining('DENIED: not yours') })
    expect(asked).toHaveLength(1)
  })

  it('whose answer breaks off in the middle has not answered', async () => {
    handle = (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' })
      outgoing.write('{"tags"')
      setTimeout(() => outgoing.destroy(), 10)
    }
    expect((await failureOf(registry().tags())).code).toBe('registry-unreachable')
    expect(asked).toHaveLength(3)
  })

  it('that stores another manifest than was sent is found out', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 201, {}, { 'docker-content-digest': 'sha256:other' })
    const work = registry().tag('1.0.0', { digest: 'sha256:mine', mediaType: 'm', bytes: Buffer.from('{}') })
    expect((await failureOf(work)).message).toContain('it stored sha256:other in the place of sha256:mine')
  })
})

describe('who asks', () => {
  const ada = { username: 'ada', password: 'pass:word' }
  const challenge = (realm: string): Record<string, string> => ({ 'www-authenticate': `Bearer realm="${realm}",service="rig",scope="repository:ada/shop:pull"` })

  it('is told by a token, with the right to push asked for at once, and the token is used again', async () => {
    handle = (incoming, outgoing) => {
      if (incoming.url?.startsWith('/token') === true) {
        expect(incoming.headers.authorization).toBe(`Basic ${Buffer.from('ada:pass:word').toString('base64')}`)
        json(outgoing, 200, { token: 'abc' })
      } else if (incoming.headers.authorization === 'Bearer abc') json(outgoing, 200, { tags: ['a'] })
      else json(outgoing, 401, {}, challenge(`http://${address}/token`))
    }
    const one = registry(ada)
    await one.tags()
    await one.tags()
    expect(asked).toEqual([
      'GET /v2/ada/shop/tags/list?n=1000', 'GET /token?service=rig&scope=repository%3Aada%2Fshop%3Apull%2Cpush', 'GET /v2/ada/shop/tags/list?n=1000',
      'GET /v2/ada/shop/tags/list?n=1000',
    ])
  })

  it('is told again when the token has run out', async () => {
    let token = 0
    handle = (incoming, outgoing) => {
      if (incoming.url?.startsWith('/token') === true) json(outgoing, 200, { access_token: `t${++token}` })
      else if (incoming.headers.authorization === `Bearer t${token}` && asked.length !== 4) json(outgoing, 200, { tags: [] })
      else json(outgoing, 401, {}, challenge(`http://${address}/token`))
    }
    const one = registry(null)
    await one.tags()
    await one.tags()
    expect(token).toBe(2)
  })

  it('is told by a refresh token of a login that gave one', async () => {
    handle = (incoming, outgoing, body) => {
      if (incoming.url === '/token') {
        expect([incoming.method, Object.fromEntries(new URLSearchParams(body))]).toEqual(['POST', {
          grant_type: 'refresh_token', refresh_token: 'long', client_id: 'slipway', service: 'rig', scope: 'repository:ada/shop:pull',
        }])
        json(outgoing, 200, { access_token: 'short' })
      } else if (incoming.headers.authorization === 'Bearer short') json(outgoing, 200, { tags: ['a'] })
      else json(outgoing, 401, {}, challenge(`http://${address}/token`))
    }
    expect(await registry({ username: '', password: '', identityToken: 'long' }, { pushes: false }).tags()).toEqual(['a'])
  })

  it('is not told to a place that anybody on the way can read', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 401, {}, challenge('http://token.example/'))
    expect((await failureOf(registry(ada).tags())).message).toContain('which is not https')
  })

  it('is known or not: two different failures', async () => {
    handle = (_incoming, outgoing) => json(outgoing, 401, {}, { 'www-authenticate': 'Basic realm="rig"' })
    expect((await failureOf(registry(ada).tags())).what).toContain('does not take these credentials')
    expect((await failureOf(registry(null).tags())).what).toContain('wants to know who asks')
  })
})
