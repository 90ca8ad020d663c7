import { createCipheriv, createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, run } from '../../host/harness/command'

/** Bytes that do not compress, always the same for a seed. */
export function noise(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

const small = { count: 3000, size: 20_000 }
const large = 60_000_000
let made = 0

/** An image of some 200 MB in this machine's Engine: a base, a layer of many files and a large one, and a small layer above. */
export class BigImage implements AsyncDisposable {
  readonly name = `slipway-test-layers-${process.pid}-${++made}`
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-big-'))

  constructor(base: string) {
    mkdirSync(join(this.folder, 'data'))
    for (let index = 0; index < small.count; index++) this.write(`data/${index}`, noise(`${index}`, small.size))
    this.write('data/large', noise('large', large))
    this.write('top', noise('top', 2_000_000))
    this.write('Dockerfile', Buffer.from(`FROM ${base}\nCOPY data /data\nCOPY top /top\n`))
  }

  write(path: string, data: Buffer): void {
    writeFileSync(join(this.folder, path), data)
  }

  /** One file in a hundred is another, and all have the times of another checkout. */
  changeFiles(): void {
    for (let index = 0; index < small.count; index += 100) this.write(`data/${index}`, noise(`other ${index}`, small.size))
    for (const name of readdirSync(join(this.folder, 'data'))) utimesSync(join(this.folder, 'data', name), 1e9, 1e9)
  }

  /** Something is put into the large file, and something is taken out behind it. */
  changeInside(): void {
    const data = readFileSync(join(this.folder, 'data', 'large'))
    this.write('data/large', Buffer.concat([data.subarray(0, 20_000_000), Buffer.from('put in'), data.subarray(20_000_000, 40_000_000), data.subarray(40_500_000)]))
  }

  /** Gives the reference. */
  async build(tag: string): Promise<string> {
    await must('docker', ['build', '--quiet', '--tag', `${this.name}:${tag}`, this.folder], { env: { ...process.env, DOCKER_BUILDKIT: '0' } })
    return `docker-daemon:${this.name}:${tag}`
  }

  async size(tag: string): Promise<number> {
    return Number(await must('docker', ['image', 'inspect', '--format', '{{.Size}}', `${this.name}:${tag}`]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true })
    const tags = (await must('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', this.name])).split('\n').filter((tag) => tag !== '')
    if (tags.length > 0) await run('docker', ['image', 'rm', ...tags])
  }
}
