import { Failure, type Position } from '../errors'
import type { Completed } from './completed'
import type { Findings } from './findings'
import type { ServiceRead } from './keys'
import { checkServing } from './serving'
import { mappingAt, type Mapping } from './tree'
import { sameRoute } from './web'

/** Where things stand in the completed tree. */
export class Places {
  readonly #completed: Completed

  constructor(completed: Completed) {
    this.#completed = completed
  }

  name(service: string, key: string): string {
    return this.#completed.place(service, key)
  }

  top(key: string): Position | undefined {
    return this.#completed.tree.entries.get(key)?.at
  }

  /** Of a key in a group at the top; of the group where it has no such key, or of what names the target where there is none. */
  inside(group: string, key: string): Position | undefined {
    return mappingAt(this.#completed.tree, group)?.entries.get(key)?.at ?? this.top(group) ?? this.top('target')
  }

  /** Of the service's key; of the service itself when it has no such key. */
  of(service: string, key: string): Position | undefined {
    return this.#service(service)?.entries.get(key)?.at ?? this.service(service)
  }

  /** Is the key written, be it right or wrong? */
  has(service: string, key: string): boolean {
    return this.#service(service)?.entries.has(key) === true
  }

  service(name: string): Position | undefined {
    return mappingAt(this.#completed.tree, 'services')?.entries.get(name)?.at
  }

  /** Of an item of one of the service's lists, or of a list at the top (`service` null). */
  item(service: string | null, key: string, index: number): Position | undefined {
    const from = service === null ? this.#completed.tree : this.#service(service)
    const entry = from?.entries.get(key)
    return entry?.value.kind === 'list' ? entry.value.items[index]?.at : entry?.at
  }

  #service(name: string): Mapping | undefined {
    const services = mappingAt(this.#completed.tree, 'services')
    return services && mappingAt(services, name)
  }
}

export type Services = ReadonlyMap<string, ServiceRead>

/** What no key can say of itself alone: how routes, workers, variables and paths go together. */
export function checkTogether(
  services: Services, paths: Readonly<Record<'shared' | 'scratch' | 'artifacts', readonly string[]>>, places: Places,
    findings: Findings
): void {
  checkRoutes(services, places, findings)
  for (const [name, service] of services) {
    checkKind(name, service, places, findings)
    checkSchedule(name, service, places, findings)
    checkServing(name, service, places, findings)
    checkVariables(name, service, places, findings)
  }
  checkPaths(paths, places, findings)
  if (places.top('domain') !== undefined && services.size > 0
    && ![...services.keys()].some((name) => places.has(name, 'route'))) {
    findings.add(new Failure({
      code: 'config-no-route', at: places.top('domain'), what: '`domain` is set, and no service has a route.',
      why: 'Nothing would answer there.', cure: 'Add `route: /` to the service that answers, or remove `domain`.'
    }))
  }
}

function checkRoutes(services: Services, places: Places, findings: Findings): void {
  const first = new Map<string, string>()
  for (const [name, { route }] of services) {
    if (route === undefined) continue
    const other = first.get(sameRoute(route))
    if (other === undefined) {
      first.set(sameRoute(route), name)
      continue
    }
    const [here, there] = [places.of(name, 'route'), places.of(other, 'route')]
    findings.add(new Failure({
      code: 'config-same-route', at: here,
      what: `Services ${lineOf(other, there)} and ${lineOf(name, here)} have the same route, ${route}.`,
      why: 'A request can only go to one of them.',
      cure: `Give \`${name}\` another prefix, such as \`route: /${name}/\`, or make it a worker without one.`
    }))
  }
}

const lineOf = (service: string, at: Position | undefined): string =>
  `\`${service}\`${at === undefined ? '' : ` (line ${at.line})`}`

function checkKind(name: string, service: ServiceRead, places: Places, findings: Findings): void {
  const refuse = (key: keyof ServiceRead, what: string, cure: string): void => {
    findings.add(new Failure({ code: 'config-not-together', at: places.of(name, key),
      what: `\`${places.name(name, key)}\` ${what}.`, cure }))
  }
  // A route that is written and wrong has been reported; it is no worker for that.
  if (places.has(name, 'route')) {
    for (const key of ['overlap', 'on', 'schedule'] as const) {
      if (service[key] === undefined || (key === 'overlap' && service.overlap) || service[key] === 'all') continue
      const short = places.name(name, key) === key
      refuse(key, 'is for workers, and this service has a route', short
        ? `Write the worker under \`services\`, without a route: \`services: { ${name}: { start: … , ${key}: … } }\`.`
        : `Remove \`${key}\`, or \`route\`: new and old always run side by side while requests move over.`)
    }
    return
  }
  if (service.protocol !== undefined) refuse('protocol', 'is set for a worker', 'Add `route: /`, or remove `protocol`.')
  const { health } = service
  if (health !== undefined && 'path' in health && health.path !== undefined) {
    refuse('health', 'is a path, and a worker has no port to ask',
      'Add `route: /`, or write a command: `health: python check.py`.')
  }
}

/** What has an end is not asked whether it is well, and is one of its kind. */
function checkSchedule(name: string, service: ServiceRead, places: Places, findings: Findings): void {
  const refuse = (key: keyof ServiceRead, what: string, cure: string): void => {
    findings.add(new Failure({ code: 'config-not-together', at: places.of(name, key),
      what: `\`${places.name(name, key)}\` ${what}.`, cure }))
  }
  const { schedule, health } = service
  if (schedule === undefined) {
    // A schedule that is written and wrong has been reported.
    if (service.timeout !== undefined && !places.has(name, 'schedule')) {
      refuse('timeout', 'is for scheduled services, and this one has no `schedule`',
        'Remove it. For a start that takes long: `health: { timeout: 120s }`; for the whole rollout: `rollout: { timeout: 20m }`.')
    }
    return
  }
  if (places.has(name, 'route')) return
  const once = schedule.kind === 'once'
  if (service.instances !== undefined && service.instances > 1) {
    refuse('instances', 'is more than one, and this service has a `schedule`', 'Remove `instances`: a time that comes starts one run.')
  }
  if (health !== undefined && ('kind' in health || health.path !== undefined || health.command !== undefined)) {
    refuse('health', 'is a check, and this service has a `schedule`', 'Remove it: a run is good when it ends with 0.')
  } else if (health !== undefined && !once) {
    refuse('health', 'has a time to become healthy, and this service has a `schedule`', 'Write `timeout: 1h`, how long a run may take.')
  }
  if (once && service.timeout !== undefined) {
    refuse('timeout', 'is for runs at times, and this service runs once', 'Write `health: { timeout: 120s }`: the rollout waits for it.')
  }
  if (once && service.overlap === false) {
    refuse('overlap', 'is for what runs on, and this service runs once', 'Remove `overlap`.')
  }
}

function checkVariables(name: string, service: ServiceRead, places: Places, findings: Findings): void {
  for (const [index, secret] of (service.secrets ?? []).entries()) {
    if (service['secrets-as'] === 'files' && service.env?.has(`${secret}_FILE`) === true) {
      findings.add(new Failure({
        code: 'config-not-together', at: places.item(name, 'secrets', index),
        what: `${secret}_FILE is in \`${places.name(name, 'env')}\`, and the secret ${secret} comes as a file.`,
        why: `With \`secrets-as: files\` the variable ${secret}_FILE says where that file is.`,
        cure: `Remove ${secret}_FILE from \`env\`.`
      }))
    }
    if (service.env?.has(secret) !== true) continue
    findings.add(new Failure({
      code: 'config-not-together', at: places.item(name, 'secrets', index),
      what: `${secret} is in \`${places.name(name, 'env')}\` as well as in \`${places.name(name, 'secrets')}\`.`,
      why: 'Only one of the two values can reach the app.',
      cure: `Remove ${secret} from \`env\` if it is a secret, else from \`secrets\`.`
    }))
  }
}

function checkPaths(paths: Readonly<Record<string, readonly string[]>>, places: Places, findings: Findings): void {
  const all = Object.entries(paths).flatMap(([key, list]) =>
    list.map((path, index) => ({ key, path, at: places.item(null, key, index) })))
  for (const { key, path, at } of all.filter(({ key, path }) => key !== 'artifacts' && path.split('/').includes('node_modules'))) {
    findings.add(new Failure({
      code: 'config-not-together', at, what: `\`${path}\` in \`${key}\` is where packages are installed.`,
      why: 'They are part of a release, and nobody writes to them.', cure: 'Remove it; let the app write elsewhere, such as to `tmp`.'
    }))
  }
  for (const [index, { key, path, at }] of all.entries()) {
    const other = all.slice(0, index).find((before) => isWithin(before.path, path) || isWithin(path, before.path))
    if (other === undefined) continue
    findings.add(new Failure({
      code: 'config-not-together', at,
      what: `\`${path}\` in \`${key}\` overlaps \`${other.path}\` in \`${other.key}\` (line ${other.at?.line ?? '?'}).`,
      why: 'Each is a place of its own; one cannot lie in another.',
      cure: 'Keep the one that is meant, or choose paths beside each other.'
    }))
  }
}

/** Is a path another, or below it? */
export const isWithin = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`)
