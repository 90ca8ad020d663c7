import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folders with secrets, or that are of no use afterwards: gone when the run ends, and by `post` when it was killed. */
export class PrivateFolders implements AsyncDisposable {
  readonly #below: string
  readonly #made: string[] = []
  readonly #remember: (folders: string) => Promise<void>

  /** `remember` is told of all of them before anything is in them. */
  constructor(env: NodeJS.ProcessEnv, remember: (folders: string) => Promise<void>) {
    this.#below = env['RUNNER_TEMP'] || tmpdir()
    this.#remember = remember
  }

  get below(): string {
    return this.#below
  }

  readonly made = async (folder: string): Promise<void> => {
    this.#made.push(folder)
    await this.#remember(JSON.stringify(this.#made))
  }

  /** Mode 0700. */
  async make(name: string): Promise<string> {
    await mkdir(this.#below, { recursive: true })
    const folder = await mkdtemp(join(this.#below, `slipway-${name}-`))
    await this.made(folder)
    return folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolders(JSON.stringify(this.#made))
  }
}

/** Of what `remember` was told. */
export async function removeFolders(remembered: string): Promise<void> {
  if (remembered === '') return
  for (const folder of JSON.parse(remembered) as string[]) await rm(folder, { recursive: true, force: true })
}
