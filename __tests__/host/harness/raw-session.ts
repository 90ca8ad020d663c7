import { createHash } from 'node:crypto'
import { run } from './command'
import type { Host } from './hosts'

/** One line that the host program said. */
export interface Said {
  readonly type: string
  readonly verb?: string
  readonly ok?: boolean
  readonly code?: string
  readonly value?: Readonly<Record<string, unknown>>
  readonly failure?: { readonly code: string; readonly what: string }
}

/** What somebody says to the host program who does not use the action. */
export type Word = readonly [verb: string, fields: unknown] | string | Buffer

/**
 * A conversation with the host program as a user of the host, through sudo and by hand: everything is said at once, in order.
 * A string is a line as it stands.
 */
export async function talk(host: Host, user: string, app: string, words: readonly Word[], sudo = 'sudo -n'): Promise<readonly Said[]> {
  const lines = words.map((word) => Buffer.isBuffer(word) ? word
    : Buffer.from(`${typeof word === 'string' ? word : `${word[0]} ${JSON.stringify(word[1])}`}\n`))
  const input = Buffer.concat([Buffer.from(`session 1 ${app} 5\n`), ...lines, Buffer.from('bye {}\n')])
  const { stdout } = await run('docker', ['exec', '-i', `slipway-rig-${host.name}`, 'runuser', '-u', user, '--', 'sh', '-c',
    `${sudo} /usr/local/sbin/slipway-host`], { input })
  // What was being said when it ended has no end.
  return stdout.split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Said)
}

export interface SentFile {
  readonly path: string
  /** 100644, 100755, or 120000 of a link. */
  readonly mode?: string
  readonly text?: string
}

/** The words that stage a release of these files, its content sent along. */
export function staging(config: Readonly<Record<string, unknown>>, files: readonly SentFile[], over: Readonly<Record<string, unknown>> = {}): readonly Word[] {
  const rows = files.map(({ path, mode = '100644', text = '' }) => ({ path, mode, text: Buffer.from(text), key: `git:${blob(Buffer.from(text))}` }))
  const ordered = rows.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  const digest = createHash('sha256').update(ordered.map(({ path, mode, key }) => `${mode} ${key} ${path}\n`).join('')).digest('hex')
  const unique = [...new Map(rows.map((row) => [row.key, row])).values()]
  const content = Buffer.concat(unique.map(({ key, text }) => Buffer.concat([Buffer.from(`${JSON.stringify({ key, size: text.length })}\n`), text])))
  return [
    ['stage', {
      kind: 'source', id: 'v9-0badcafe', version: 'v9', commit: '0'.repeat(40), digest, config, base: null, removed: [], secrets: {},
      manifest: rows.map(({ path, mode, key, text }) => [path, mode, key, text.length]), keys: unique.map(({ key }) => key), first: true,
      timeout: 60, ...over,
    }],
    ...(content.length > 0 ? [Buffer.concat([Buffer.from(`data ${content.length}\n`), content])] : []),
    'data 0',
  ]
}

function blob(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
