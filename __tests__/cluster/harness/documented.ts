import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../../host/harness/command'
import type { Rule } from './access'

/** What documents, by their paths in the project, say that whoever deploys needs. */
export function documentedRules(...paths: readonly string[]): readonly Rule[] {
  return paths.flatMap((path) => {
    const [, yaml] = /```yaml\n((?:apiVersion: rbac[\s\S]*?)?rules:\n[\s\S]*?)```/.exec(readFileSync(join(root, path), 'utf8')) ?? []
    if (yaml === undefined) throw new Error(`${path} has no rules`)
    return (parse(yaml) as { readonly rules: readonly Rule[] }).rules
  })
}
