import { createHash } from 'node:crypto'

/** What a header may say of an entry, which need not be so. */
export interface Entry { readonly name: string; readonly body: Buffer; readonly type?: string; readonly link?: string; readonly size?: string }

export const digestOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`

/** A tar, whose headers may say whatever they like and sum up all the same. */
export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(({ name, body, type = '0', link = '', size }) => {
    const header = Buffer.alloc(512)
    header.write(name, 0, 100)
    header.write(size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1')
    header.write(type, 156, 1)
    header.write(link, 157, 100)
    header.write('ustar\0', 257, 6, 'latin1')
    header.fill(' ', 148, 156)
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1')
    return [header, body, Buffer.alloc((512 - body.length % 512) % 512)]
  }), Buffer.alloc(1024)])
}
