import { Failure } from '../errors'
import { isWithin, type Places } from './checks'
import { program } from './command'
import type { Findings } from './findings'
import type { ServiceRead } from './keys'
import type { RepositoryFiles } from './repository'
import { within } from './repository'
import { shown } from './tree'
import type { StaticSite } from './types'

/** What a service that is files alone has no use for. */
const OF_PROCESSES = [
  'start', 'protocol', 'listen', 'instances', 'stop', 'memory', 'tasks', 'sandbox', 'before', 'after', 'secrets', 'secrets-as'
] as const

/** How a service is reached: what its address, its command and its files have to do with each other. */
export function checkServing(name: string, service: ServiceRead, places: Places, findings: Findings): void {
  const refuse = (key: keyof ServiceRead, what: string, cure: string, why = ''): void => {
    findings.add(new Failure({
      code: 'config-not-together', at: places.of(name, key), what: `\`${places.name(name, key)}\` ${what}.`, why, cure
    }))
  }
  const hasRoute = places.has(name, 'route')
  if (service.static !== undefined) {
    for (const key of OF_PROCESSES) {
      if (service[key] === undefined) continue
      refuse(key, 'is set beside `static`', key === 'start'
        ? 'Keep one of the two; a command and files are two services, with a `route` each.' : `Remove \`${key}\`.`,
      'A service of files has no process: the router itself serves them.')
    }
    if (!hasRoute) refuse('static', 'is set, and the service has no route', 'Add the prefix under which it is served: `route: /`.')
    const { health } = service
    if (health !== undefined && ('kind' in health ? health.kind === 'command' : health.command !== undefined)) {
      refuse('health', 'is a command, and nothing runs of a service of files', 'Write a path that it has: `health: /index.html`.')
    }
    return
  }
  if (service.listen !== undefined && !hasRoute) refuse('listen', 'is set for a worker', 'Add `route: /`, or remove `listen`.')
  const start = service.start ?? ''
  const onSocket = service.listen === 'socket'
  if (!onSocket && hasRoute && names(start, 'SOCKET')) {
    refuse('start', 'names $SOCKET, and the service listens on a port', 'Add `listen: socket`, or write `127.0.0.1:$PORT`.')
  }
  if (onSocket && names(start, 'PORT')) {
    refuse('start', 'names $PORT, and the service listens on a socket', 'Write `unix:$SOCKET` there, or remove `listen: socket`.')
  }
  if (onSocket && service.env?.has('SOCKET') === true) {
    refuse('env', 'sets SOCKET', 'Remove SOCKET from `env`, or `listen: socket`.',
      'With `listen: socket` Slipway says in it where each instance listens.')
  }
}

const names = (start: string, variable: string): boolean => new RegExp(`\\$(${variable}\\b|\\{${variable}\\b)`).test(start)

/** What asks a service to end: SIGTERM makes uWSGI load itself anew. */
export const stopSignal = (start: string): string => /^(py)?uwsgi$/.test(program(start)) ? 'SIGQUIT' : 'SIGTERM'

/** The files of a service that has no process. */
export function siteOf(draft: ServiceRead): StaticSite | null {
  if (draft.static === undefined) return null
  const { folder = '', fallback, cache } = typeof draft.static === 'string' ? { folder: draft.static } : draft.static
  return { folder: within(draft.path ?? '.', folder), fallback: fallback ?? null, cache: cache ?? null }
}

/** What may come from elsewhere than the commit. */
export interface Made {
  readonly builds: boolean
  readonly artifacts: readonly string[]
  readonly shared: readonly string[]
  readonly scratch: readonly string[]
}

/** Is what is to be served there, or can anything still make it? */
export function checkSite(name: string, site: StaticSite, made: Made, places: Places, files: RepositoryFiles,
  findings: Findings): void {
  const at = places.of(name, 'static')
  const place = `\`${places.name(name, 'static')}\``
  if (site.folder === '' || site.folder.endsWith('/')) {
    findings.add(new Failure({ code: 'config-not-together', at, what: `${place} has no \`folder\`.`,
      cure: 'Write the folder: `static: public`, or `static: { folder: public, … }`.' }))
    return
  }
  if (made.scratch.some((path) => isWithin(site.folder, path))) {
    findings.add(new Failure({ code: 'config-not-together', at, what: `${place} is in \`scratch\`, which is empty in each activation.`,
      cure: 'Name a folder of the repository, or one under `shared`.' }))
    return
  }
  if (couldBe(site.folder, made, files)) return
  findings.add(new Failure({
    code: 'config-no-folder', at, what: `${place} is ${shown(site.folder)}, which is not in this commit.`,
    why: 'Neither does a `build` make it, nor does it come with `artifacts`.',
    cure: 'Commit it, add the `build` command that makes it, or put it under `artifacts`.'
  }))
}

/** The same of a page of the app's own. */
export function checkPage(key: string, path: string, made: Made, places: Places, files: RepositoryFiles, findings: Findings): void {
  if (couldBe(path, made, files)) return
  findings.add(new Failure({
    code: 'config-no-file', at: places.top('pages'), what: `\`pages.${key}\` is ${shown(path)}, which is not in this commit.`,
    cure: 'Commit the page, or add the `build` command that makes it.'
  }))
}

const couldBe = (path: string, made: Made, files: RepositoryFiles): boolean => made.builds || files.exists(path)
  || [...made.artifacts, ...made.shared].some((other) => isWithin(path, other) || isWithin(other, path))
