import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSums, ToolProvider, type ToolArchive } from '../../../src/drivers/tools'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('a tool provider', () => {
  let server: Server
  let base: string
  let folder: string
  let asked: string[]
  let served: Record<string, string>
  /** What the next requests come to instead. */
  let failing: (number | 'cut')[]
  const saved = { ...process.env }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-tools-test-'))
    process.env['RUNNER_TEMP'] = join(folder, 'temp')
    process.env['RUNNER_TOOL_CACHE'] = join(folder, 'cache')
    asked = []
    served = {}
    failing = []
    server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1)
      asked.push(path)
      const failure = failing.shift()
      if (failure === 'cut') {
        response.writeHead(200, { 'content-length': '100' }).write('to', () => response.destroy())
        return
      }
      if (failure !== undefined) {
        response.writeHead(failure).end()
        return
      }
      const body = served[path]
      response.writeHead(body === undefined ? 404 : 200).end(body)
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    mkdirSync(process.env['RUNNER_TEMP'])
  })
  afterEach(async () => {
    process.env = { ...saved }
    await new Promise((resolve) => { server.close(resolve) })
    rmSync(folder, { recursive: true })
  })

  const archive = (sum = sha256('tool')): ToolArchive => ({ name: 'uv', version: '1.2.3', path: 'uv/1.2.3/uv.tar.gz', url: `${base}/upstream`, sha256: sum })

  it('hands out what it downloaded when the bytes are right, and asks once for many hosts', async () => {
    served['upstream'] = 'tool'
    await using tools = new ToolProvider()
    const [one, two] = await Promise.all([tools.provide(archive()), tools.provide(archive())])
    expect(readFileSync(one.file, 'utf8')).toBe('tool')
    expect(two).toBe(one)
    expect(asked).toEqual(['upstream'])
  })

  it('takes the next time what the cache has, but not when somebody changed it', async () => {
    served['upstream'] = 'tool'
    const again = async (): Promise<string> => {
      await using tools = new ToolProvider()
      const { file } = await tools.provide(archive())
      expect(readFileSync(file, 'utf8')).toBe('tool')
      return file
    }
    await again()
    const cached = await again()
    expect(asked).toHaveLength(1)
    writeFileSync(cached, 'evil')
    await again()
    expect(asked).toHaveLength(2)
    await again()
    expect(asked).toHaveLength(2)
  })

  it('refuses other bytes, with both sums', async () => {
    served['upstream'] = 'evil'
    await using tools = new ToolProvider()
    await expect(tools.provide(archive())).rejects.toMatchObject({ code: 'tool-checksum', what: expect.stringContaining(sha256('evil')) })
  })

  it('says which address failed and how', async () => {
    await using tools = new ToolProvider()
    await expect(tools.provide(archive())).rejects.toMatchObject({ code: 'tool-download', what: `${base}/upstream could not be downloaded: HTTP 404.` })
  })

  it('tries again what may pass, says what waits for how long, and gives up', async () => {
    const heard: string[] = []
    served['upstream'] = 'tool'
    failing = [503, 429]
    await using tools = new ToolProvider({ waits: [2, 3] })
    const { file } = await tools.provide(archive(), (text) => heard.push(text))
    expect(readFileSync(file, 'utf8')).toBe('tool')
    expect(heard).toEqual(['uv 1.2.3: HTTP 503: waiting 1 s before trying again', 'uv 1.2.3: HTTP 429: waiting 1 s before trying again'])
    rmSync(join(folder, 'cache'), { recursive: true })
    failing = [503, 500, 502]
    await using given = new ToolProvider({ waits: [2, 3] })
    await expect(given.provide(archive())).rejects.toMatchObject({ code: 'tool-download', what: expect.stringMatching(/HTTP 502\.$/) })
    expect(asked).toHaveLength(6)
  })

  it('tries again when the connection ends in the middle, and keeps no half file', async () => {
    served['upstream'] = 'tool'
    failing = ['cut']
    const heard: string[] = []
    await using tools = new ToolProvider({ waits: [1] })
    const { file } = await tools.provide(archive(), (text) => heard.push(text))
    expect(readFileSync(file, 'utf8')).toBe('tool')
    expect(heard).toEqual([expect.stringMatching(/^uv 1\.2\.3: .+: waiting 1 s before trying again$/)])
  })

  it('does not sit out its wait when it is cancelled', async () => {
    failing = [503]
    const controller = new AbortController()
    const tools = new ToolProvider({ signal: controller.signal, waits: [600_000] })
    await expect(tools.provide(archive(), () => controller.abort(new Error('cancelled')))).rejects.toThrow('cancelled')
    await tools[Symbol.asyncDispose]()
    expect(asked).toEqual(['upstream'])
  })

  it('believes a mirror only what its checked sums say', async () => {
    const sums = `${sha256('mirrored')}  uv/1.2.3/uv.tar.gz\n`
    Object.assign(served, { 'SHASUMS256.txt': sums, 'uv/1.2.3/uv.tar.gz': 'mirrored' })
    await using tools = new ToolProvider({ mirror: { url: `${base}/`, checksum: sha256(sums) } })
    const { file, sha256: sum } = await tools.provide(archive())
    expect([readFileSync(file, 'utf8'), sum]).toEqual(['mirrored', sha256('mirrored')])
    served['uv/1.2.3/uv.tar.gz'] = 'evil'
    rmSync(join(folder, 'cache'), { recursive: true })
    await using changed = new ToolProvider({ mirror: { url: base, checksum: sha256(sums) } })
    await expect(changed.provide(archive())).rejects.toMatchObject({ code: 'tool-checksum' })
    await using other = new ToolProvider({ mirror: { url: base, checksum: '0'.repeat(64) } })
    await expect(other.provide(archive())).rejects.toMatchObject({ code: 'mirror-checksum', cure: expect.stringContaining(sha256(sums)) })
    await using lacking = new ToolProvider({ mirror: { url: base, checksum: sha256(sums) } })
    await expect(lacking.provide({ ...archive(), path: 'uv/9/uv.tar.gz' })).rejects.toMatchObject({ code: 'mirror-lacks' })
  })

  it('leaves no files behind, and ends when it is cancelled', async () => {
    served['upstream'] = 'tool'
    delete process.env['RUNNER_TOOL_CACHE']
    const tools = new ToolProvider()
    const { file } = await tools.provide(archive())
    await tools[Symbol.asyncDispose]()
    expect(() => readFileSync(file)).toThrow(/ENOENT/)
    await using cancelled = new ToolProvider({ signal: AbortSignal.abort(new Error('cancelled')) })
    await expect(cancelled.provide(archive())).rejects.toThrow('cancelled')
    expect(asked).toEqual(['upstream'])
  })
})

it('reads sums as sha256sum writes them, and passes over the rest', () => {
  const sum = 'AB'.repeat(32)
  expect([...parseSums(`${sum}  a/b.tar.gz\r\n${sum} *c\nnonsense\n${sum}  ./d\n`)]).toEqual(['a/b.tar.gz', 'c', 'd'].map((path) => [path, sum.toLowerCase()]))
})
