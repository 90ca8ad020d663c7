import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../../host/harness/command'

/** What workflows-examples write in the place of the repository and of the commit that Slipway is taken from. */
export const placeholder = { repository: 'OWNER/slipway', commit: '0'.repeat(40) }

/** Paths in the project of all workflows for others: those to copy, and those to call. */
export const workflowFiles = globSync(['workflows-examples/*.yml', '.github/workflows/*.yml'], { cwd: root }).toSorted()

/** What act's schema does not know yet is left out or written out: `queue` in concurrency, and `$/…`, this repository itself. */
export function readableByAct(workflow: string): string {
  return workflow.replace(/, queue: max(?= \})/g, '').replaceAll('uses: $/', `uses: ${placeholder.repository}/`)
    .replace(new RegExp(`(uses: ${placeholder.repository}/actions/[a-z-]+)$`, 'gm'), `$1@${placeholder.commit}`)
}

/** Makes a folder as the archive that `uses: OWNER/slipway@…` downloads: what an action needs and no more; and the workflows to call. */
export function publish(folder: string): void {
  for (const part of ['action.yml', 'actions', 'dist', 'charts', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  mkdirSync(join(folder, '.github', 'workflows'), { recursive: true })
  for (const file of workflowFiles.filter((path) => path.startsWith('.github/'))) {
    writeFileSync(join(folder, file), readableByAct(readFileSync(join(root, file), 'utf8')))
  }
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly uses?: string; readonly steps?: readonly { readonly uses?: string }[] }>>
}

/** Everything that a workflow `uses`, as it is written there. */
export function usedBy(workflow: string): string[] {
  const { jobs } = parse(workflow) as Workflow
  return Object.values(jobs).flatMap(({ uses, steps = [] }) => [uses, ...steps.map((step) => step.uses)]).filter((uses) => uses !== undefined)
}
