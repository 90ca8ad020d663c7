import { Failure, type Position } from '../errors'
import type { Findings } from './findings'
import { within, type RepositoryFiles } from './repository'

/** What a package.json says that matters here. */
export interface Manifest {
  readonly file: string
  readonly scripts: ReadonlyMap<string, string>
  readonly main: string | null
  /** What it takes to run: dependencies and optionalDependencies. */
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  readonly workspaces: boolean
  /** As written: `pnpm@10.1.0`; null: none. */
  readonly packageManager: string | null
  at(key: string): Position
}

/** Reads a folder's package.json; null when there is none, or when it is broken, which goes to `findings`. */
export async function readManifest(folder: string, files: RepositoryFiles, findings: Findings): Promise<Manifest | null> {
  const file = within(folder, 'package.json')
  const text = await files.read(file)
  if (text === null) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    findings.add(new Failure({
      code: 'package-json-syntax', at: placeOf(error, text, file),
      what: `${file} is not JSON: ${(error as SyntaxError).message}.`,
      cure: `Repair it; \`npm pkg get name\` in ${folder === '.' ? 'the root' : folder} says when it is right.`
    }))
    return null
  }
  const fields = record(parsed)
  return {
    file,
    scripts: new Map(Object.entries(record(fields['scripts'])).filter((pair): pair is [string, string] =>
      typeof pair[1] === 'string')),
    main: typeof fields['main'] === 'string' ? fields['main'] : null,
    dependencies: [...Object.keys(record(fields['dependencies'])), ...Object.keys(record(fields['optionalDependencies']))],
    devDependencies: Object.keys(record(fields['devDependencies'])),
    packageManager: typeof fields['packageManager'] === 'string' ? fields['packageManager'] : null,
    workspaces: fields['workspaces'] !== undefined,
    at(key) {
      const offset = text.search(new RegExp(`"${key}"\\s*:`))
      return { file, line: offset === -1 ? 1 : lineOf(text, offset) }
    }
  }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** JSON.parse says where in its message, if at all. */
function placeOf(error: unknown, text: string, file: string): Position {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  const end = /end of JSON input/.test(String(error)) ? text.length : 0
  return { file, line: lineOf(text, position === undefined ? end : Number(position)) }
}
