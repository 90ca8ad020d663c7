import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from './tree'

interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
  readonly runs: Readonly<Record<string, string>>
}

const folders = ['.', 'actions/setup-vm', 'actions/push-release', 'actions/compose-up', 'actions/helm-upgrade', 'actions/build-image']
/** What is asked for and how it ended is said in words of its own by what puts nothing on hosts. */
const own: Readonly<Record<string, readonly string[]>> = {
  'actions/build-image': ['status', 'changed', 'version', 'registry-username'],
  // There are no hosts.
  'actions/helm-upgrade': ['lock-timeout', 'images', 'registry', 'registry-username', 'previous', 'serving', 'url'],
  // It goes to hosts and to clusters, and builds only when it is asked.
  '.': ['lock-timeout', 'images', 'registry', 'registry-username', 'image', 'push', 'load'],
}
const metadata = folders.map((folder) => parse(readFileSync(join(root, folder, 'action.yml'), 'utf8')) as Metadata)

/** Every text that one name has in any of the actions. */
function texts(part: 'inputs' | 'outputs'): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const all = metadata.flatMap((one, index) => Object.entries(one[part]).filter(([name]) => own[folders[index] ?? '']?.includes(name) !== true))
  for (const [name, said] of all) {
    // Which operations there are differs; what the input is does not.
    const text = said.description.replace(/ \(one of: [^()]*\)$/, '')
    found.set(name, (found.get(name) ?? new Set()).add(`${text} ${'default' in said ? String(said.default) : ''}`))
  }
  return found
}

describe('action.yml', () => {
  it.each(['inputs', 'outputs'] as const)('has the same text and default for the same of its %s everywhere', (part) => {
    for (const [name, said] of texts(part)) expect([name, ...said]).toHaveLength(2)
  })

  it('of the root has what all the others have, for it does what they do', () => {
    const [all, ...others] = metadata
    for (const other of others) {
      expect(Object.keys(all!.inputs)).toEqual(expect.arrayContaining(Object.keys(other.inputs)))
      expect(Object.keys(all!.outputs)).toEqual(expect.arrayContaining(Object.keys(other.outputs)))
    }
  })

  it.each(folders)('of %s leads to entries that exist', (folder) => {
    const { runs } = metadata[folders.indexOf(folder)]!
    expect(runs).toMatchObject({ using: 'node24', 'post-if': 'always()' })
    for (const phase of ['main', 'post']) expect(existsSync(join(root, folder, runs[phase] ?? '-'))).toBe(true)
  })

  it.each(folders.slice(1))('of %s has a README that opens with its requirements', (folder) => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8')
    expect(readme.match(/^## .*$/gm)).toEqual(['## Requirements', '## Usage', '## Inputs', '## Outputs'])
    expect(readme).toMatch(/\*\*Permissions\*\*[\s\S]*\*\*Triggers\*\*/)
  })
})
