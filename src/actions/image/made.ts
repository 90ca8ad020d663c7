import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, failuresOf } from '../../errors'
import { makeDockerfile, type MadeDockerfile } from '../../image/dockerfile'
import type { Source } from '../source'

/** Dockerfiles that are not in the checkout, for as long as they are built. */
export class OwnDockerfiles implements AsyncDisposable {
  readonly #below: string
  readonly #folders: string[] = []

  constructor(below: string) {
    this.#below = below
  }

  /** The path of the file. `ignore`: a .dockerignore for it alone, null: the context's own. */
  async write(dockerfile: string, ignore: string | null): Promise<string> {
    const folder = await mkdtemp(join(this.#below, 'slipway-dockerfile-'))
    this.#folders.push(folder)
    const file = join(folder, 'Dockerfile')
    await writeFile(file, dockerfile)
    // BuildKit takes one that is named after the Dockerfile before the context's own.
    if (ignore !== null) await writeFile(`${file}.dockerignore`, ignore)
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true })
  }
}

/** Throws a `Failure` (`write-dockerfile`) where something else stands in the work tree: that is not overwritten. */
export async function refuseTaken({ dockerfile }: MadeDockerfile, top: string, path: string): Promise<void> {
  const there = await readFile(join(top, path), 'utf8').catch((error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT' ? dockerfile : '')
  if (there === dockerfile) return
  throw new Failure({
    code: 'write-dockerfile', what: `\`${path}\` is there already, and is another one than was made.`,
    why: 'It is not part of the commit, so it would not be built.', cure: 'Commit it, and it is built; or let `write-dockerfile` name another path.',
  })
}

/**
 * Writes a Dockerfile that was made into the work tree, and what keeps things out of its context beside it where there is none. Resolves
 * with the files, from the app's folder.
 */
export async function writeOut({ dockerfile, ignore }: MadeDockerfile, top: string, path: string, context: string): Promise<readonly string[]> {
  await mkdir(dirname(join(top, path)), { recursive: true })
  await writeFile(join(top, path), dockerfile)
  const beside = join(context, '.dockerignore')
  if (existsSync(join(top, beside))) return [path]
  await writeFile(join(top, beside), ignore)
  return [path, beside]
}

/** Throws a `Failure`: `dockerfile-missing`, `dockerfile-not-made`, or what is wrong with slipway.yml. */
export async function madeFor(source: Source, commit: string): Promise<MadeDockerfile> {
  const { config: { services } } = await source.configOf(commit).catch((error: unknown) => {
    if (failuresOf(error).every(({ code }) => code !== 'config-nothing-to-run')) throw error
    throw nothing(error)
  })
  const running = services.filter(({ start }) => start !== '')
  const [service, other] = running
  if (service === undefined) throw nothing(undefined)
  if (other !== undefined || service.path !== '.') {
    throw new Failure({
      code: 'dockerfile-not-made',
      what: other === undefined ? 'There is no Dockerfile, and none can be made: the app is not at the top of its folder.'
        : `There is no Dockerfile, and none can be made for ${running.length} services: ${running.map(({ name }) => name).join(', ')}.`,
      cure: other === undefined ? `Set \`working-directory\` to ${service.path}; or commit a Dockerfile.`
        : 'Commit a Dockerfile, or name one by the input `file`.',
    })
  }
  return makeDockerfile(service)
}

function nothing(cause: unknown): Failure {
  return new Failure({
    code: 'dockerfile-missing', what: 'There is nothing to build: no Dockerfile, and no app that one could be made for.',
    cure: 'Commit a Dockerfile, or name it by the input `file`. For a Python app with its requirements or a Node app with its lock none is '
      + 'needed, once slipway.yml says how it starts: start: node main.js', cause,
  })
}
