import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command'

/** A row of the table of permissions in a README. */
export interface PermissionRow {
  /** What it is for, as it stands there. */
  readonly use: string
  /** `contents: read`; several for a use that needs several. */
  readonly permissions: readonly string[]
}

/** The table of an action; `root` for that of the README at the top. */
export function permissionTable(action: string): readonly PermissionRow[] {
  const readme = readFileSync(join(root, action === 'root' ? 'README.md' : `actions/${action}/README.md`), 'utf8')
  const [, table = ''] = /<!-- permissions -->\n([\s\S]*?)<!-- \/permissions -->/.exec(readme) ?? []
  return table.trim().split('\n').slice(2).map((line) => {
    const [, use = '', permissions = ''] = line.split('|').map((cell) => cell.trim())
    return { use, permissions: [...permissions.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one) }
  })
}

/** Those that another holds are left out: `contents: write` holds `contents: read`. Sorted; metadata may be read by everybody. */
export function least(permissions: Iterable<string>): readonly string[] {
  const all = new Set(permissions)
  return [...all].filter((one) => !one.startsWith('metadata:') && !(one.endsWith(': read') && all.has(one.replace(/read$/, 'write')))).toSorted()
}
