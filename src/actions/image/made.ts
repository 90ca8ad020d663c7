import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, failuresOf } from '../../errors'
import { makeDockerfile, type MadeDockerfile } from '../../image/dockerfile'
import type { Source } from '../source'

/** A Dockerfile of ours, outside of the checkout, for as long as it is built. */
export class MadeFile implements AsyncDisposable {
  readonly #folder: string
  readonly made: MadeDockerfile

  private constructor(folder: string, made: MadeDockerfile) {
    this.#folder = folder
    this.made = made
  }

  /** Throws a `Failure`: `dockerfile-missing`, `dockerfile-not-made`, or what is wrong with slipway.yml. */
  static async write(source: Source, commit: string, context: string, below: string): Promise<MadeFile> {
    const made = await madeFor(source, commit)
    const folder = await mkdtemp(join(below, 'slipway-dockerfile-'))
    const file = join(folder, 'Dockerfile')
    await writeFile(file, made.dockerfile)
    // BuildKit takes one that is named after the Dockerfile before the context's own.
    if (!existsSync(join(context, '.dockerignore'))) await writeFile(`${file}.dockerignore`, made.ignore)
    return new MadeFile(folder, made)
  }

  get path(): string {
    return join(this.#folder, 'Dockerfile')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function madeFor(source: Source, commit: string): Promise<MadeDockerfile> {
  const { config: { services } } = await source.configOf(commit).catch((error: unknown) => {
    if (failuresOf(error).every(({ code }) => code !== 'config-nothing-to-run')) throw error
    throw new Failure({
      code: 'dockerfile-missing', what: 'There is nothing to build: no Dockerfile, and no app that one could be made for.',
      cure: 'Commit a Dockerfile, or name it by the input `file`. For a Python app with its requirements or a Node app with its lock none is '
        + 'needed, once slipway.yml says how it starts: start: node main.js', cause: error,
    })
  })
  const running = services.filter(({ start }) => start !== '')
  const [service, other] = running
  if (service === undefined || other !== undefined || service.path !== '.') {
    throw new Failure({
      code: 'dockerfile-not-made',
      what: other === undefined ? 'There is no Dockerfile, and none can be made: the app is not at the top of its folder.'
        : `There is no Dockerfile, and none can be made for ${running.length} services: ${running.map(({ name }) => name).join(', ')}.`,
      cure: service !== undefined && other === undefined ? `Set \`working-directory\` to ${service.path}; or commit a Dockerfile.`
        : 'Commit a Dockerfile, or name one by the input `file`.',
    })
  }
  return makeDockerfile(service)
}
