import { Failure } from '../errors'
import type { Findings } from './findings'
import { serviceKeys } from './keys'
import { readManifest } from './manifest'
import { readProcfile, type Procfile } from './procfile'
import { MARKERS, within, type RepositoryFiles } from './repository'
import { isNull, mapping, mappingAt, scalar, textAt, type Entry, type Mapping } from './tree'

export interface Completed {
  /** With `services`, and no service's keys at the top. */
  readonly tree: Mapping
  /** Where a service's key stands, for messages: `services.web.start`, or `start` in the short form. */
  place(service: string, key: string): string
}

const isServiceKey = (name: string): boolean => Object.hasOwn(serviceKeys, name)

/** In a Procfile's app these keys at the top hold for every process; what else a service has goes to the one with the route. */
const FOR_ALL = ['path', 'runtime', 'env', 'secrets', 'memory', 'tasks', 'sandbox', 'stop']
const FOR_WORKERS = ['overlap', 'on', 'schedule', 'timeout', 'start']

/** Names the services of a file that does not: by its short form, by a Procfile, or by what the folder holds. */
export async function completed(tree: Mapping, files: RepositoryFiles, findings: Findings): Promise<Completed> {
  const top = [...tree.entries.values()].filter((entry) => isServiceKey(entry.key))
  const rest = [...tree.entries.values()].filter((entry) => !isServiceKey(entry.key))
  const written = tree.entries.get('services')
  const build = (services: readonly Entry[], short: boolean): Completed => ({
    tree: mapping([...rest.filter((entry) => entry.key !== 'services'),
      { key: 'services', at: written?.at ?? tree.at, value: mapping(services, written?.at ?? tree.at) }], tree.at),
    place: (service, key) => short ? key : `services.${service}.${key}`
  })
  if (written !== undefined && written.value.kind !== 'mapping' && !isNull(written.value)) return build([], false)
  const named = mappingAt(tree, 'services')
  if (named !== undefined && named.entries.size > 0) {
    for (const entry of top) findings.add(stray(entry, [...named.entries.keys()]))
    return build(await Promise.all([...named.entries.values()].map((entry) => started(entry, files, findings))), false)
  }
  const folder = folderOf(mapping(top, tree.at))
  const procfile = tree.entries.has('start') || tree.entries.has('static') ? null : await readProcfile(folder, files, findings)
  if (procfile !== null && procfile.services.length > 0) return build(ofProcfile(procfile, top, findings), false)
  const runs = top.length > 0 || MARKERS.some((marker) => files.exists(within(folder, marker)))
  if (!runs) return build([], true)
  const at = tree.entries.get('start')?.at ?? top[0]?.at ?? tree.at
  const route: Entry = { key: 'route', at, value: scalar('/', at) }
  const web = await started({ key: 'web', at, value: mapping([route, ...top], at) }, files, findings)
  return build([web], true)
}

const stray = (entry: Entry, names: readonly string[]): Failure => new Failure({
  code: 'config-two-forms', at: entry.at, what: `\`${entry.key}\` stands at the top, beside \`services\`.`,
  why: 'At the top it is the short form, for an app with one service and no `services`.',
  cure: `Move it into its service: ${names.slice(0, 3).map((name) => `\`services.${name}.${entry.key}\``).join(' or ')}.`
})

const folderOf = (service: Mapping): string => (textAt(service, 'path') ?? '.').replace(/^\.\/(?=.)/, '').replace(/(?<=.)\/$/, '')

/** A service without `start` gets the one of its folder: the Procfile's line of its name, or package.json's script. */
async function started(entry: Entry, files: RepositoryFiles, findings: Findings): Promise<Entry> {
  const empty = isNull(entry.value)
  if (entry.value.kind !== 'mapping' && !empty) return entry
  const service = entry.value.kind === 'mapping' ? entry.value : mapping([], entry.at)
  if (service.entries.has('start') || service.entries.has('static')) return entry
  const folder = folderOf(service)
  const line = (await readProcfile(folder, files, findings))?.services.find(({ key }) => key === entry.key)?.value
  const found = line?.kind === 'mapping' ? line.entries.get('start') : await scriptOf(folder, files, findings)
  return { ...entry, value: found ? { ...service, entries: new Map([...service.entries, ['start', found]]) } : service }
}

/** The command of `npm start` without npm, which passes no signals on; none when npm would run more than that. */
async function scriptOf(folder: string, files: RepositoryFiles, findings: Findings): Promise<Entry | undefined> {
  const manifest = await readManifest(folder, files, findings)
  const script = manifest?.scripts.get('start')
  if (!manifest || script === undefined || manifest.scripts.has('prestart') || manifest.scripts.has('poststart')) return undefined
  const at = manifest.at('start')
  return { key: 'start', at, value: scalar(script, at) }
}

function ofProcfile(procfile: Procfile, top: readonly Entry[], findings: Findings): readonly Entry[] {
  const front = procfile.services.find(({ key }) => key === 'web') ?? procfile.services[0]
  for (const entry of top.filter(({ key }) => FOR_WORKERS.includes(key))) {
    findings.add(new Failure({
      code: 'config-two-forms', at: entry.at,
      what: `\`${entry.key}\` does not say which process of ${procfile.file} it is meant for.`,
      cure: `Write it under \`services\`, with the name: \`services: { worker: { start: …, ${entry.key}: … } }\`.`
    }))
  }
  const before = top.find(({ key }) => key === 'before')
  if (before !== undefined && procfile.release !== null) {
    findings.add(new Failure({
      code: 'config-two-forms', at: before.at,
      what: `\`before\` is here as well as in ${procfile.file} (line ${procfile.release.at?.line ?? '?'}, \`release\`).`,
      why: 'Only one of them can hold.', cure: 'Remove one of the two.'
    }))
  }
  return procfile.services.map((service) => {
    const own = service.value.kind === 'mapping' ? service.value : mapping([], service.at)
    const added = top.filter(({ key }) => FOR_ALL.includes(key) || (service === front && !FOR_WORKERS.includes(key)))
    const release = service === front && procfile.release !== null ? [procfile.release] : []
    return { ...service, value: mapping([...own.entries.values(), ...release, ...added], service.at) }
  })
}
