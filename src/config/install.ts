import { Failure, type Position } from '../errors'
import type { Findings } from './findings'
import type { Manifest } from './manifest'
import { upwards, within, type RepositoryFiles } from './repository'
import { shown } from './tree'
import type { Install } from './types'

const NONE: Install = { tool: 'none' }

/** Locks that are not read yet, and how to have one that is. */
const OTHER_PYTHON: Readonly<Record<string, string>> = {
  'poetry.lock': 'Export it: `poetry export -o requirements.txt`, and commit that.',
  'pdm.lock': 'Export it: `pdm export -o requirements.txt`, and commit that.',
  'Pipfile.lock': 'Export it: `pipenv requirements > requirements.txt`, and commit that.'
}

/** What the key `install` says. */
export interface AskedInstall {
  readonly file?: string | undefined
  readonly extras?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  readonly secrets?: readonly string[] | undefined
}

export interface InstallWanted {
  readonly folder: string
  readonly builds: boolean
  readonly asked: AskedInstall
  readonly installAt: { readonly place: string; readonly at: Position | undefined }
}

/** How a folder's Python environment is made. What cannot be done faithfully goes to `findings`. */
export async function pythonInstall(wanted: InstallWanted, files: RepositoryFiles, findings: Findings): Promise<Install> {
  const { folder, asked: { file, extras = [], groups = [] } } = wanted
  const chosen = {
    ...(extras.length === 0 ? {} : { extras: [...extras].sort() }), ...(groups.length === 0 ? {} : { groups: [...groups].sort() })
  }
  const refuse = (what: string, cure: string): Install => {
    const { place, at } = wanted.installAt
    findings.add(new Failure({ code: 'config-install', at, what: `\`${place}\` ${what}.`, cure }))
    return NONE
  }
  if (file !== undefined) {
    if (Object.keys(chosen).length > 0) {
      return refuse('has a requirements file as well as extras or groups, which are pyproject.toml\'s', 'Keep one of the two.')
    }
    if (await files.read(within(folder, file)) !== null) return { tool: 'requirements', file }
    return refuse(`names ${file}, which is no file ${folder === '.' ? 'of this commit' : `in ${folder}`}`,
      'Write its path from the service\'s folder; commit it if it is new.')
  }
  const project = await files.read(within(folder, 'pyproject.toml'))
  if (project !== null && files.exists(within(folder, 'uv.lock'))) return { tool: 'uv-lock', ...chosen }
  if (groups.length > 0) return refuse(`names groups, and ${folder === '.' ? 'there' : folder} has no uv.lock`, 'Run `uv lock` and commit uv.lock.')
  if (files.exists(within(folder, 'requirements.txt'))) {
    return extras.length === 0 ? { tool: 'requirements', file: 'requirements.txt' }
      : refuse('names extras, which are of a pyproject.toml; requirements.txt comes before it without a uv.lock',
        'Run `uv lock` and commit uv.lock, or remove requirements.txt.')
  }
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
  return { tool: 'pyproject', ...chosen }
}

/** How a folder's node_modules are made; with build commands, devDependencies are needed as well. */
export async function nodeInstall(
  wanted: InstallWanted, manifest: Manifest | null, files: RepositoryFiles, findings: Findings
): Promise<Install> {
  const { folder, builds, asked: { file, extras, groups }, installAt: { place, at } } = wanted
  if (file !== undefined || extras !== undefined || groups !== undefined) {
    findings.add(new Failure({
      code: 'config-install', at, what: `\`${place}\` names what is for Python, and this service runs on Node.`,
      cure: `Keep \`secrets\` alone: \`${place}: { secrets: [NPM_TOKEN] }\`; packages are those of the lock beside package.json.`
    }))
    return NONE
  }
  if (manifest === null) return NONE
  const locks = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', ...BUN]
    .filter((lock) => files.exists(within(folder, lock)))
  const [lock] = await chosenLock(locks, manifest, folder, files, findings)
  if (lock !== undefined) return lock
  const needed = [...manifest.dependencies, ...(builds ? manifest.devDependencies : [])]
  if (needed.length === 0) return NONE
  const where = folder === '.' ? '' : ` in ${folder}`
  const npm = `Run \`npm install --package-lock-only\`${where} and commit package-lock.json.`
  const above = upwards(folder).slice(1).find((parent) => files.exists(within(parent, 'package-lock.json')))
  const bun = locks.find((name) => BUN.includes(name))
  if (bun !== undefined) {
    findings.add(unread(within(folder, bun), npm, 'Of Node\'s locks this version reads those of npm, pnpm and Yarn; this one is Bun\'s.'))
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

const BUN: readonly string[] = ['bun.lock', 'bun.lockb']

/** The one that the package manager of package.json writes; npm's before others where it names none, as ever. */
async function chosenLock(
  locks: readonly string[], manifest: Manifest, folder: string, files: RepositoryFiles, findings: Findings
): Promise<readonly Install[]> {
  const named = manifest.packageManager
  const name = named?.split('@')[0]
  const of = { npm: ['package-lock.json', 'npm-shrinkwrap.json'], pnpm: ['pnpm-lock.yaml'], yarn: ['yarn.lock'] }
  const own = name !== undefined && Object.hasOwn(of, name) ? of[name as keyof typeof of] : undefined
  const lock = locks.find((found) => own?.includes(found)) ?? locks.find((found) => !BUN.includes(found))
  if (lock === undefined) return []
  if (own !== undefined && !own.includes(lock)) {
    findings.add(new Failure({
      code: 'config-lock-of-another', at: manifest.at('packageManager'),
      what: `${manifest.file} names ${shown(named ?? '')} as its package manager, and the lock beside it is ${lock}.`,
      why: 'It locks for another one.',
      cure: `Run \`${name} install\`${folder === '.' ? '' : ` in ${folder}`} and commit ${own[0]}, or correct \`packageManager\`.`
    }))
    return [NONE]
  }
  if (of.npm.includes(lock)) return [{ tool: 'npm-lock' }]
  const tool = lock === 'pnpm-lock.yaml' ? 'pnpm-lock' as const
    : /^__metadata:/m.test(await files.read(within(folder, lock)) ?? '') ? 'yarn-berry' as const : 'yarn-classic' as const
  return [{ tool, manager: managerOf(tool, manifest, findings) }]
}

/** What installs where package.json names no version: with their hashes, for nothing unverified runs. */
const MANAGERS = {
  'pnpm-lock': 'pnpm@10.34.9+sha512.f49b5a8ea0fdedb44bb3c0c1d6575092a53c2950d95b7ad15df11f17974877a2'
    + 'de3a01c07e934e9b28ce716e51c09a94962c7306d09be2e1e4b18a8c8762fd32',
  'yarn-classic': 'yarn@1.22.22+sha512.a6b2f7906b721bba3d67d4aff083df04dad64c399707841b7acf00f6b133b7ac'
    + '24255f2652fa22ae3534329dc6180534e98d17432037ff6fd140556e2bb3137e',
  'yarn-berry': 'yarn@4.18.1+sha512.b2e1e7524f654f2749d32b4ebcb4622473cb5bcbc485df2007e12a154e50162a'
    + '4d795526768bc5f5b8f81717bfd79deb2472813d86fb5ae2eb551fa9c872b08f'
} as const

function managerOf(tool: keyof typeof MANAGERS, manifest: Manifest, findings: Findings): string {
  const written = manifest.packageManager
  if (written === null) return MANAGERS[tool]
  if (/^(pnpm|yarn)@\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?(\+sha(1|224|256|384|512)\.[0-9a-f]+)?$/.test(written)) return written
  const [name = '', version = ''] = MANAGERS[tool].split(/[@+]/)
  findings.add(new Failure({
    code: 'config-package-manager', at: manifest.at('packageManager'),
    what: `\`packageManager\` in ${manifest.file} is ${shown(written)}, which is no exact version.`,
    why: 'A release must be installed the same way every time.',
    cure: `Run \`corepack use ${name}@${version}\`, which writes the version with its hash, and commit.`
  }))
  return MANAGERS[tool]
}

const unread = (file: string, cure: string, why?: string): Failure => new Failure({
  code: 'config-not-yet', at: { file, line: 1 }, what: `This version of Slipway cannot read ${file} yet.`, why, cure
})
