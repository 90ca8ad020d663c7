import { Failure, type Position } from '../errors'
import { program } from './command'
import type { Findings } from './findings'
import { nodeInstall, pythonInstall, type AskedInstall } from './install'
import { readManifest } from './manifest'
import { runtime as runtimeFormat } from './names'
import { upwards, within, type RepositoryFiles } from './repository'
import { scalar, shown } from './tree'
import type { Install, Runtime, RuntimeName } from './types'

const PROGRAMS: Readonly<Record<RuntimeName, RegExp>> = {
  python: new RegExp(`^(python[\\d.]*|uv|${[
    'gunicorn', 'uvicorn', 'uwsgi', 'hypercorn', 'daphne', 'granian', 'waitress-serve', 'celery', 'flask', 'fastapi',
    'django-admin', 'alembic', 'rq', 'huey_consumer', 'dramatiq', 'arq', 'streamlit'
  ].join('|')})$`),
  node: /^(node|nodejs|npm|npx|next|nuxt|nest|tsx|ts-node|remix-serve|react-router-serve|astro|vite|pm2-runtime)$/
}
const MARKS: Readonly<Record<RuntimeName, readonly string[]>> = {
  python: ['requirements.txt', 'pyproject.toml', 'Pipfile', 'setup.py'], node: ['package.json']
}
const VERSION_FILES: Readonly<Record<RuntimeName,
  readonly string[]>> = { python: ['.python-version'], node: ['.nvmrc', '.node-version'] }

export interface Wanted {
  readonly folder: string
  /** Empty when it is not known. */
  readonly start: string
  /** As written; undefined: to be detected. */
  readonly runtime: Runtime | undefined
  readonly builds: boolean
  /** For messages. */
  readonly place: string
  readonly at: Position | undefined
  /** What the key `install` says, and where. */
  readonly asked: AskedInstall
  readonly installAt: { readonly place: string; readonly at: Position | undefined }
}

/** What runs a service and how its environment is made, from what the folder holds. Doubts go to `findings`. */
export async function detected(
  wanted: Wanted, files: RepositoryFiles, findings: Findings
): Promise<{ readonly runtime: Runtime | null; readonly install: Install }> {
  const name = wanted.runtime?.name ?? guessed(wanted, files, findings)
  if (name === null) return { runtime: null, install: { tool: 'none' } }
  const version = wanted.runtime?.version ?? await versionOf(name, wanted.folder, files, findings)
  const install = name === 'python' ? await pythonInstall(wanted, files, findings)
    : await nodeInstall(wanted, await readManifest(wanted.folder, files, findings), files, findings)
  return { runtime: { name, version }, install }
}

/** The program that `start` begins with decides; else what lies in the folder; both kinds of files there are a question. */
function guessed({ folder, start, place, at, asked }: Wanted, files: RepositoryFiles, findings: Findings): RuntimeName | null {
  const runs = program(start)
  for (const name of ['python', 'node'] as const) if (PROGRAMS[name].test(runs)) return name
  // Requirements, extras and groups are Python's.
  if (asked.file ?? asked.extras ?? asked.groups) return 'python'
  const [python,
    node] = (['python', 'node'] as const).map((name) => MARKS[name].find((mark) => files.exists(within(folder, mark))))
  if (python !== undefined && node !== undefined) {
    findings.add(new Failure({
      code: 'config-runtime-unclear', at,
      what: `\`${place}\` is needed: ${within(folder, python)} speaks for Python, ${within(folder, node)} for Node.`,
      why: runs === '' ? undefined : `The command begins with ${shown(runs)}, which does not decide it.`,
      cure: 'Write `runtime: python` or `runtime: node`.'
    }))
    return null
  }
  return python !== undefined ? 'python' : node !== undefined ? 'node' : null
}

/** What a version file of the folder, or of one above it, asks for; null when there is none. */
async function versionOf(name: RuntimeName, folder: string, files: RepositoryFiles, findings: Findings): Promise<string | null> {
  for (const parent of upwards(folder)) {
    for (const file of VERSION_FILES[name].map((base) => within(parent, base))) {
      const text = await files.read(file)
      if (text === null) continue
      const lines = text.replace(/^\ufeff/, '').split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim())
      const index = lines.findIndex((line) => line !== '')
      const written = (lines[index] ?? '').replace(/^(v|cpython-|python-)(?=\d)/, '')
      const reading = runtimeFormat.read(scalar(`${name}@${written}`, undefined))
      if ('value' in reading) return reading.value.version
      const example = name === 'python' ? '3.11' : '24'
      findings.add(new Failure({
        code: 'config-runtime-version', at: { file, line: Math.max(index, 0) + 1 },
        what: `${file} asks for ${written === '' ? 'nothing' : shown(written)}, which is no version of ${name} by number.`,
        why: 'A release must get the same runtime every time.',
        cure: `Write a number such as \`${example}\` there, or \`runtime: ${name}@${example}\` in slipway.yml, which comes first.`
      }))
      return null
    }
  }
  return null
}
