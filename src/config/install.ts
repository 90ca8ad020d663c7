import { Failure } from '../errors'
import type { Findings } from './findings'
import type { Manifest } from './manifest'
import { upwards, within, type RepositoryFiles } from './repository'
import type { Install } from './types'

const NONE: Install = { tool: 'none' }

/** Locks that are not read yet, and how to have one that is. */
const OTHER_PYTHON: Readonly<Record<string, string>> = {
  'poetry.lock': 'Export it: `poetry export -o requirements.txt`, and commit that.',
  'pdm.lock': 'Export it: `pdm export -o requirements.txt`, and commit that.',
  'Pipfile.lock': 'Export it: `pipenv requirements > requirements.txt`, and commit that.'
}
const OTHER_NODE: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn', 'bun.lock': 'bun', 'bun.lockb': 'bun'
}

/** How a folder's Python environment is made. What cannot be done faithfully goes to `findings`. */
export async function pythonInstall(folder: string, files: RepositoryFiles, findings: Findings): Promise<Install> {
  const project = await files.read(within(folder, 'pyproject.toml'))
  if (project !== null && files.exists(within(folder, 'uv.lock'))) return { tool: 'uv-lock' }
  if (files.exists(within(folder, 'requirements.txt'))) return { tool: 'requirements', file: 'requirements.txt' }
  for (const [lock, cure] of Object.entries(OTHER_PYTHON)) {
    if (files.exists(within(folder, lock))) findings.add(unread(within(folder, lock), cure))
  }
  // Many a pyproject.toml holds settings of tools only: there is nothing to install then.
  if (project === null || !/^\s*\[\s*(project|build-system|tool\.poetry)\s*[\].]/m.test(project)) return NONE
  const above = upwards(folder).slice(1).find((parent) => files.exists(within(parent, 'uv.lock')))
  if (above !== undefined) {
    findings.add(unread(within(above, 'uv.lock'),
      `Export it: \`uv export --no-emit-project -o requirements.txt\` in ${folder}, and commit that.`,
      `It locks a workspace, of which ${folder} is a part.`))
  }
  return { tool: 'pyproject' }
}

/** How a folder's node_modules are made; `builds`: the service has build commands, which need devDependencies as well. */
export function nodeInstall(
  folder: string, manifest: Manifest | null, builds: boolean, files: RepositoryFiles, findings: Findings
): Install {
  if (manifest === null) return NONE
  if (['package-lock.json', 'npm-shrinkwrap.json'].some((lock) => files.exists(within(folder, lock)))) return { tool: 'npm-lock' }
  const needed = [...manifest.dependencies, ...(builds ? manifest.devDependencies : [])]
  if (needed.length === 0) return NONE
  const where = folder === '.' ? '' : ` in ${folder}`
  const npm = `Run \`npm install --package-lock-only\`${where} and commit package-lock.json.`
  const other = Object.entries(OTHER_NODE).find(([lock]) => files.exists(within(folder, lock)))
  const above = upwards(folder).slice(1).find((parent) => files.exists(within(parent, 'package-lock.json')))
  if (other !== undefined) {
    findings.add(unread(within(folder, other[0]), npm, `Of Node's locks this version reads npm's; this one is ${other[1]}'s.`))
  } else {
    findings.add(new Failure({
      code: 'lock-missing', at: manifest.at(manifest.dependencies.length > 0 ? 'dependencies' : 'devDependencies'),
      what: `${manifest.file} names dependencies, and there is no lock beside it.`,
      why: above === undefined ? 'Without one each release could get other versions.'
        : `The one in ${above === '.' ? 'the root' : above} locks a workspace, which this version of Slipway does not read yet.`,
      cure: above === undefined ? npm
        : `Run \`npm install --package-lock-only --workspaces=false\`${where} and commit package-lock.json.`
    }))
  }
  return NONE
}

const unread = (file: string, cure: string, why?: string): Failure => new Failure({
  code: 'config-not-yet', at: { file, line: 1 }, what: `This version of Slipway cannot read ${file} yet.`, why, cure
})
