import type { FileHandle } from 'node:fs/promises'

/** A file in an archive. */
export interface Member {
  readonly offset: number
  readonly size: number
}

const block = 512
const longest = 1024 ** 2

/** The files of a tar, by name; links among them lead to what they link to. Throws a plain error when it is none. */
export async function membersOf(file: FileHandle): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>()
  const links = new Map<string, string>()
  let named: string | null = null
  let sized: number | null = null
  for (let at = 0; ;) {
    const header = await read(file, at, block)
    if (header.length === 0 || header.every((byte) => byte === 0)) break
    if (header.length < block || !matchesChecksum(header)) throw new Error(`it is no tar at byte ${at}`)
    const type = String.fromCharCode(header[156] ?? 0)
    const said = numberIn(header.subarray(124, 136))
    const size: number = 'xgLK'.includes(type) ? said : sized ?? said
    // A size below nothing would lead back, and the same header would be read for ever.
    if (!Number.isSafeInteger(size) || size < 0) throw new Error(`it is no tar at byte ${at}`)
    const offset = at + block
    at = offset + Math.ceil(size / block) * block
    if (type === 'x' || type === 'L') {
      if (size > longest) throw new Error('a name in it is too long')
      const text = (await read(file, offset, size)).toString('utf8')
      if (type === 'L') named = text.replace(/\0.*$/s, '')
      else {
        named = /^\d+ path=(.*)$/m.exec(text)?.[1] ?? named
        const length = /^\d+ size=(\d+)$/m.exec(text)?.[1]
        sized = length === undefined ? sized : Number(length)
      }
      continue
    }
    const prefix = textIn(header.subarray(345, 500))
    const ustar = header.subarray(257, 263).toString('latin1') === 'ustar\0'
    const name = normal(named ?? `${ustar && prefix !== '' ? `${prefix}/` : ''}${textIn(header.subarray(0, 100))}`)
    if (type === '0' || type === '\0') members.set(name, { offset, size })
    // The Engine saves a layer once that is in an image twice: by a symbolic link, from the folder where it lies.
    if (type === '1') links.set(name, normal(textIn(header.subarray(157, 257))))
    if (type === '2') links.set(name, beside(name, textIn(header.subarray(157, 257))))
    named = null
    sized = null
  }
  for (const [name, to] of links) {
    const member = members.get(to)
    if (member !== undefined) members.set(name, member)
  }
  return members
}

export async function read(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, offset + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

const textIn = (field: Buffer): string => field.toString('utf8').replace(/\0.*$/s, '')

/** Octal digits; or, of what is bigger than those can say, the number itself. */
function numberIn(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4))
  return Number.parseInt(field.toString('latin1').trim() || '0', 8)
}

function matchesChecksum(header: Buffer): boolean {
  let sum = 0
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte
  return numberIn(Buffer.from(header.subarray(148, 156).toString('latin1').replaceAll('\0', ' '))) === sum
}

const normal = (name: string): string => name.replace(/^\.\//, '').replace(/\/$/, '')

function beside(name: string, link: string): string {
  const parts = name.split('/').slice(0, -1)
  for (const part of link.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
