import { Failure } from '../errors'
import type { Findings } from './findings'
import { within, type RepositoryFiles } from './repository'
import { mapping, scalar, shown, type Entry } from './tree'

export interface Procfile {
  readonly file: string
  /** Process types but `release`: a service each, with its `start` and, for `web`, its route. */
  readonly services: readonly Entry[]
  /** The line after `release:`. */
  readonly release: Entry | null
}

/** Reads a folder's Procfile; null when there is none. Lines that are no process types go to `findings`. */
export async function readProcfile(folder: string, files: RepositoryFiles, findings: Findings): Promise<Procfile | null> {
  const file = within(folder, 'Procfile')
  const text = await files.read(file)
  if (text === null) return null
  const services: Entry[] = []
  let release: Entry | null = null
  for (const [index, line] of text.replace(/^\ufeff/, '').split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const at = { file, line: index + 1, column: 1 }
    const [, name, command] = /^\s*([A-Za-z0-9_-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined || command === undefined) {
      findings.add(new Failure({
        code: 'procfile-syntax', at, what: `This line of ${file} is no process type: ${shown(line)}.`,
        cure: 'Write `name: command`, or begin a comment with `#`.'
      }))
    } else if (services.some((entry) => entry.key === name) || (name === 'release' && release !== null)) {
      findings.add(new Failure({
        code: 'config-duplicate-key', at, what: `${file} has the process type \`${name}\` a second time.`,
        cure: 'Remove one of the two.'
      }))
    } else if (name === 'release') {
      release = { key: 'before', at, value: { kind: 'list', items: [scalar(command, at)], at } }
    } else {
      const entries: Entry[] = [{ key: 'start', at, value: scalar(command, at) }]
      if (name === 'web') entries.push({ key: 'route', at, value: scalar('/', at) })
      services.push({ key: name, at, value: mapping(entries, at) })
    }
  }
  return { file, services, release }
}
