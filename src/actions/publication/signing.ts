import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Signing } from '../../drivers/git'

/** Does something with the key in a file that nobody else can read, and takes the file away again. `made` hears of the folder, for `post`. */
export async function withKeyFile<T>(key: string | null, made: (folder: string) => void, work: (signing: Signing | null) => Promise<T>): Promise<T> {
  if (key === null) return await work(null)
  // The folder is ours alone (0700) from the moment that it is there.
  const folder = await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'slipway-signing-'))
  made(folder)
  try {
    const file = join(folder, 'key')
    // ssh-keygen wants line ends as it writes them, the last one too.
    await writeFile(file, `${key.replaceAll('\r\n', '\n').trim()}\n`, { mode: 0o600 })
    return await work({ kind: 'ssh', file })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
