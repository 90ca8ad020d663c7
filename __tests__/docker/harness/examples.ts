import { join } from 'node:path'
import { must, root, run, type Ended } from '../../host/harness/command'
import type { Host } from '../../host/harness/hosts'

export type ComposeExample = 'compose-notes' | 'compose-gateway' | 'compose-mailer' | 'compose-chat'

/** Whether what an image starts is as it should be: see rig/example-images. */
export type Variant = 'good' | 'crash' | 'sick' | 'foreign'

const minutes = 60_000

/**
 * Builds the images of an example, or of a folder that was made from one, and pushes them to the registry for hosts. Resolves with the
 * services that run them, by digest.
 */
export async function exampleImages(folder: string, version: string, variant: Variant = 'good'): Promise<Record<string, string>> {
  const place = folder.startsWith('compose-') ? join(root, 'examples', folder) : folder
  const lines = await must(join(root, 'rig', 'example-images'), [place, version, '--variant', variant], { timeout: 10 * minutes })
  return Object.fromEntries(lines.split('\n').map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)]
  }))
}

/** A Compose project on a host, run by hand as people do. */
export interface PlainProject {
  /** `docker compose ARG…` there, in its folder; rejects when it fails. */
  compose(...args: string[]): Promise<string>
  /** The same with other variables. */
  composeWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended>
}

/** Puts an example's files on a host, below /srv. `env` is what its Compose file asks for. */
export async function plainProject(host: Host, example: ComposeExample, env: Readonly<Record<string, string>>): Promise<PlainProject> {
  const container = `slipway-rig-${host.name}`
  await must('docker', ['cp', '--quiet', join(root, 'examples', example), `${container}:/srv/`])
  const composeWith: PlainProject['composeWith'] = (given, ...args) => {
    const words = Object.entries(given).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    return run('docker', ['exec', '-i', '--workdir', `/srv/${example}`, ...words, container, 'docker', 'compose', ...args], { timeout: 3 * minutes })
  }
  return {
    composeWith,
    compose: async (...args) => {
      const { code, stdout, stderr } = await composeWith(env, ...args)
      if (code !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
      return stdout.trim()
    },
  }
}

/** Asks until what comes is what is looked for; rejects with the last that came. */
export async function eventually<T>(ask: () => Promise<T>, right: (answer: T) => boolean = () => true, timeout = 120_000): Promise<T> {
  const began = performance.now()
  for (;;) {
    let last: string
    try {
      const answer = await ask()
      if (right(answer)) return answer
      last = JSON.stringify(answer)
    } catch (error) {
      last = String(error)
    }
    if (performance.now() - began > timeout) throw new Error(`after ${timeout} ms still ${last}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The JSON that a host answers on a port; rejects when there is none, or no good one. */
export async function jsonOf(host: Host, port: number, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const posted = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`http://${host.address}:${port}${path}`, { ...posted, signal: AbortSignal.timeout(20_000) })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return await response.json() as Record<string, unknown>
}
