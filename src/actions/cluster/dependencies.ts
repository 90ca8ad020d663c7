import { posix } from 'node:path'
import { parse } from 'yaml'
import { within, type RepositoryFiles } from '../../config'
import { Failure, throwAll, type Position } from '../../errors'

/** What it takes to complete a chart of the repository whose charts/ lacks some that it consists of. */
export interface Dependencies {
  /** Names of those that charts/ lacks. */
  readonly missing: readonly string[]
  /** Folders of the repository (`file://…`) of all that are listed: Helm packs them all. */
  readonly local: readonly { readonly name: string; readonly folder: string }[]
  /** `https://…` and `oci://…` of all that are listed, each once: Helm wants to know them all, and fetches from each. */
  readonly places: readonly string[]
}

interface Dependency { readonly name: string; readonly repository: string }

/**
 * What has to be fetched for the chart in a folder; null: all of it is there. Throws every `Failure`: `dependency-unlocked`, `dependency-repository`,
 * `dependency-missing`.
 */
export async function dependenciesOf(files: RepositoryFiles, folder: string): Promise<Dependencies | null> {
  const { listed, missing, at, lock } = await listIn(files, folder)
  if (missing.length === 0) return null
  const failures = listed.flatMap((one) => problemOf(one, missing.includes(one), folder, files, at))
  if (!files.exists(lock)) failures.push(unlocked(missing, folder, lock, at))
  // Helm fetches what the lock says, from where it says.
  else if (!sameOf(listed, listedIn(await files.read(lock) ?? ''))) failures.push(otherLock(folder, lock))
  throwAll(failures)
  const local = listed.filter(isLocal).map(({ name, repository }) => ({ name, folder: localFolder(folder, repository) }))
  const packed = local.filter(({ name }) => missing.some((one) => one.name === name))
  throwAll((await Promise.all(packed.map((one) => incomplete(one.folder, files)))).flat())
  return {
    missing: missing.map(({ name }) => name), local,
    places: [...new Set(listed.flatMap((one) => one.repository === '' || isLocal(one) ? [] : [one.repository.replace(/\/+$/, '')]))],
  }
}

function sameOf(listed: readonly Dependency[], locked: readonly Dependency[]): boolean {
  const [wanted, said] = [listed, locked].map((list) => list.map(({ name, repository }) => `${name} ${repository.replace(/\/+$/, '')}`).sort().join('\n'))
  return wanted === said
}

/** Whether a file of charts/ is the packed chart of that name, in whatever version. */
export function isArchiveOf(name: string, file: string): boolean {
  return file.startsWith(`${name}-`) && /^-v?\d.*\.tgz$/.test(file.slice(name.length))
}

interface List {
  readonly listed: readonly Dependency[]
  readonly missing: readonly Dependency[]
  readonly at: Position
  /** Path of the file that says the versions, whether there or not. */
  readonly lock: string
}

async function listIn(files: RepositoryFiles, folder: string): Promise<List> {
  // Where charts of Helm 2's time have it.
  const [file = 'Chart.yaml', lock = 'Chart.lock'] = files.exists(within(folder, 'requirements.yaml')) ? ['requirements.yaml', 'requirements.lock'] : []
  const text = await files.read(within(folder, file)) ?? ''
  const there = files.list(within(folder, 'charts'))
  const listed = listedIn(text)
  return {
    listed, missing: listed.filter(({ name }) => !there.some((entry) => entry === name || isArchiveOf(name, entry))), lock: within(folder, lock),
    at: { file: within(folder, file), line: text.split('\n').findIndex((line) => line.startsWith('dependencies:')) + 1 },
  }
}

/** Helm packs a folder as it is, and says nothing of what that one lacks. */
async function incomplete(folder: string, files: RepositoryFiles): Promise<readonly Failure[]> {
  const { missing, at } = await listIn(files, folder)
  if (missing.length === 0) return []
  const those = missing.length === 1 ? 'it' : 'them'
  return [new Failure({
    code: 'dependency-missing', at, what: `The chart in \`${folder}\`, which the release's chart depends on, needs ${namesOf(missing)}, and its own charts/ does not have ${those}.`,
    why: `Helm packs that folder as it is: the release would go out without ${those}.`, cure: `Type \`helm dependency update ${folder}\`, and commit ${within(folder, 'charts')}.`,
  })]
}

const namesOf = (dependencies: readonly Dependency[]): string => dependencies.map(({ name }) => `\`${name}\``).join(', ')
const isLocal = ({ repository }: Dependency): boolean => repository.startsWith('file://')

/** What does not read so is for Helm to say. */
function listedIn(text: string): readonly Dependency[] {
  try {
    const chart: unknown = parse(text)
    const listed: unknown = typeof chart === 'object' && chart !== null && 'dependencies' in chart ? chart.dependencies : null
    return !Array.isArray(listed) ? [] : listed.flatMap((one: { readonly name?: unknown; readonly repository?: unknown } | null): readonly Dependency[] =>
      typeof one?.name === 'string' ? [{ name: one.name, repository: typeof one.repository === 'string' ? one.repository : '' }] : [])
  } catch {
    return []
  }
}

const localFolder = (folder: string, repository: string): string => posix.normalize(posix.join(folder, repository.slice('file://'.length))).replace(/\/$/, '')

function problemOf({ name, repository }: Dependency, missing: boolean, folder: string, files: RepositoryFiles, at: Position): readonly Failure[] {
  const refuse = (code: string, what: string, cure: string, why = ''): readonly Failure[] => [new Failure({ code, at, what, why, cure })]
  const asked = `The chart's dependency \`${name}\``
  if (repository === '') {
    if (!missing) {
      return files.exists(within(folder, `charts/${name}`)) ? [] : refuse('dependency-missing', `${asked} names no repository and is packed in charts/, while others have to be fetched.`,
        'Unpack it there with `tar -xzf`, and commit the folder in its place; or commit all that the chart depends on.', 'Helm then takes only a folder.')
    }
    return refuse('dependency-missing', `${asked} is in charts/ neither as a folder nor as an archive, and names no repository.`, 'Commit it there, or say where it comes from: `repository: https://…`.')
  }
  if (isLocal({ name, repository })) {
    const there = localFolder(folder, repository)
    return !repository.startsWith('file:///') && !/^\.\.(\/|$)|^\//.test(there) && files.exists(within(there, 'Chart.yaml')) ? []
      : refuse('dependency-missing', `${asked} is said to be in \`${there}\`, where this commit has no chart.`, 'Correct its path, which is relative to the chart\'s folder, or commit the chart.')
  }
  if (/^(https|oci):\/\/[^/]*@/i.test(repository)) return refuse('dependency-repository', `${asked} comes from a URL with a user in it.`, 'Leave the user out, and give `registry-username` and `registry-password`.', 'It would be in the log.')
  if (/^(https|oci):\/\/[^/]|^http:\/\/(localhost|127(\.\d+){3})[:/]/.test(repository)) return []
  return /^http:/.test(repository) ? refuse('dependency-repository', `${asked} comes from ${repository}, which is not encrypted.`, 'Write `https://…`.', 'Anyone on the way could put another chart in its place.')
    : refuse('dependency-repository', `${asked} comes from \`${repository}\`, which is no URL.`, 'Write the URL: `repository: https://…`, or `oci://…`; then helm dependency update.', 'A name that `helm repo add` gave is known on the machine alone where that was typed.')
}

function otherLock(folder: string, lock: string): Failure {
  return new Failure({
    code: 'dependency-unlocked', at: { file: lock, line: 1 }, what: `${lock} has other charts, or has them from elsewhere, than the chart lists.`, why: 'Helm fetches what it says there.',
    cure: `Type \`helm dependency update ${folder}\`, and commit ${lock}.`,
  })
}

function unlocked(missing: readonly Dependency[], folder: string, lock: string, at: Position): Failure {
  return new Failure({
    code: 'dependency-unlocked', at, what: `The chart needs ${namesOf(missing)}, which charts/ does not have, and there is no ${posix.basename(lock)} that says which ${missing.length === 1 ? 'version' : 'versions'}.`,
    why: 'A release must consist of the same charts each time.', cure: `Type \`helm dependency update ${folder}\`, and commit ${lock}.`,
  })
}
