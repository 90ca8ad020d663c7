import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { must, root, run, type CommandOptions, type Ended } from '../../host/harness/command'
import type { Namespace } from './cluster'

/** Helm of a major version, in a namespace. */
export interface HelmRunner {
  /** Folder to put on PATH. */
  readonly folder: string
  /** Whatever it ends with. */
  run(args: readonly string[], options?: CommandOptions): Promise<Ended>
  /** Rejects when it fails; resolves with standard output, trimmed. */
  must(...args: string[]): Promise<string>
  /** `upgrade --install`, with these values alone; it is waited for hooks, and for nothing else. */
  upgrade(release: string, chart: string, values: unknown, ...more: string[]): Promise<string>
}

/** Built once, for minutes. */
export const helmProgram = (major: 3 | 4): Promise<string> => must(join(root, 'rig/cluster/programs'), [`helm${major}`], { timeout: 900_000 })

export async function helmIn(space: Namespace, major: 3 | 4): Promise<HelmRunner> {
  const program = await helmProgram(major)
  const place = ['--kubeconfig', space.kubeconfig, '--namespace', space.name]
  const told: HelmRunner['must'] = (...args) => must(program, [...args, ...place])
  return {
    folder: dirname(program),
    run: (args, options) => run(program, [...args, ...place], options),
    must: told,
    upgrade: (release, chart, values, ...more) => withValues(values, (file) => told('upgrade', '--install', release, chart, '--values', file, '--timeout', '120s', ...more)),
  }
}

/** Gives a private file of the values, for as long as `use` takes. */
export async function withValues<T>(values: unknown, use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-values-'))
  try {
    const file = join(folder, 'values.json')
    writeFileSync(file, JSON.stringify(values), { mode: 0o600 })
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
