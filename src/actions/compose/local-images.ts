import { environment } from '../../drivers/docker'
import { failuresOf, throwAll, type Failure } from '../../errors'
import { openLocal } from '../../image/local'
import type { ImageSource } from '../../image/source'
import type { ComposeAsked } from './asked'

/** Images that only this runner has, by the services that run them; to be closed when done. */
export class LocalImages implements AsyncDisposable {
  readonly sources: Readonly<Record<string, ImageSource>>

  private constructor(sources: Readonly<Record<string, ImageSource>>) {
    this.sources = sources
  }

  /** Opens those that the input names, each once. Throws all that cannot be read. */
  static async open({ images }: ComposeAsked, cwd: string, signal: AbortSignal): Promise<LocalImages> {
    const surroundings = { env: environment(process.env, {}), cwd, temporary: process.env['RUNNER_TEMP'] || '/tmp', signal }
    const opened = new Map<string, ImageSource>()
    const failures: Failure[] = []
    for (const { reference } of images.filter(({ registry }) => registry === null)) {
      if (opened.has(reference)) continue
      try {
        opened.set(reference, await openLocal(reference, surroundings))
      } catch (error) {
        const told = failuresOf(error)
        if (told.length === 0) throw error
        failures.push(...told)
      }
    }
    throwAll(failures)
    return new LocalImages(Object.fromEntries(images.flatMap(({ service, reference }) => {
      const source = opened.get(reference)
      return source === undefined ? [] : [[service, source]]
    })))
  }

  /** What the inputs ask for, with what these images are called in a release. */
  named(asked: ComposeAsked): ComposeAsked {
    const names = Object.fromEntries(Object.entries(this.sources).map(([service, { reference }]) => [service, reference]))
    return { ...asked, inputs: { ...asked.inputs, images: asked.inputs.images === null ? null : { ...asked.inputs.images, ...names } } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...new Set(Object.values(this.sources))].map(async (source) => await source[Symbol.asyncDispose]()))
  }
}
