import { Failure } from '../../errors'

/** A file of a commit as Git lists it. */
export interface TreeEntry {
  /** Relative to the repository's top. */
  readonly path: string
  /** Six digits: `100644`, `100755`, `120000` (a link), `160000` (a submodule's commit). */
  readonly mode: string
  readonly id: string
  /** Bytes; null for submodules, and for objects that are not there. */
  readonly size: number | null
}

export const listArguments = ['ls-tree', '-r', '-z', '-l', '--full-tree'] as const

/** Reads the output of `git ls-tree -r -z -l`. Throws a `Failure` when a path is not UTF-8. */
export function parseTree(output: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = []
  for (const record of decode(output).split('\0')) {
    if (record === '') continue
    const tab = record.indexOf('\t')
    const [mode = '', , id = '', size = ''] = record.slice(0, tab).split(/ +/)
    entries.push({ path: record.slice(tab + 1), mode, id, size: /^\d+$/.test(size) ? Number(size) : null })
  }
  return entries
}

function decode(output: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output)
  } catch (cause) {
    const paths = output.toString('utf8').split('\0').filter((record) => record.includes('\uFFFD'))
    const named = paths.slice(0, 5).map((record) => `\`${record.slice(record.indexOf('\t') + 1)}\``)
    throw new Failure({
      code: 'path-not-utf8',
      what: `The commit holds paths that are not UTF-8: ${named.join(', ')}.`,
      cure: 'Rename them with `git mv` and commit.',
      cause,
    })
  }
}
