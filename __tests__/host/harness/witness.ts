import type { Host } from './hosts'
import { ask } from './tiny-app'

/** Who asks a name the same questions over and over, one after the other: so what it is told is in the order in which it was served. */
export interface Witness {
  /** Ends it; rejects when any question could not be asked at all. */
  stop(): Promise<Testimony>
}

export interface Testimony {
  /** Of what was answered, each change: `v1, v2` when v2 followed v1 for good. */
  readonly versions: readonly string[]
  /** Answers that were no 200, or another service's than the path's. */
  readonly wrong: readonly string[]
}

/** Milliseconds between two questions. */
const pause = 20

/** `paths`: each with the service that has to answer; all of them are to change at once. */
export function witness(host: Host, domain: string, paths: Readonly<Record<string, string | undefined>>): Witness {
  const versions: string[] = []
  const wrong: string[] = []
  let stopped = false
  const asking = (async () => {
    const turns = Object.entries(paths)
    for (let turn = 0; !stopped; turn++) {
      const [path, service] = turns[turn % turns.length] ?? ['/', undefined]
      const { status, told } = await ask(host, domain, path)
      if (status !== 200 || told.service !== service) wrong.push(`GET ${path}: ${status} of ${told.service}`)
      else if (told.version !== undefined && versions.at(-1) !== told.version) versions.push(told.version)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  })()
  // Who stops it is told; until then nobody listens.
  asking.catch(() => undefined)
  return {
    stop: async () => {
      stopped = true
      await asking
      return { versions, wrong }
    },
  }
}
