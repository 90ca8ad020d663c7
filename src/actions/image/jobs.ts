import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { credentialsFor, type PrivateConfig } from '../../drivers/docker'
import type { Git } from '../../drivers/git'
import { credentialKeys, Registry } from '../../drivers/registry'
import { Failure, failuresOf } from '../../errors'
import { hiddenBy, parseIgnore } from '../../image/ignore'
import { inputsDigest, labelsOf } from '../../image/labels'
import type { Job, MakeLog } from '../../image/make'
import type { BuildRequest, BuildSsh } from '../../image/request'
import type { BuildImageInputs } from '../../inputs'
import type { Named } from '../source'
import type { OwnDockerfiles } from './made'
import { keyText, resolveSsh, type SshSource } from './ssh'
import type { WantedImage } from './wanted'

export interface Making {
  readonly git: Git
  readonly named: Named
  /** The app's folder; absolute. */
  readonly top: string
  readonly inputs: BuildImageInputs
  /** URL of the repository; empty where it is not known. */
  readonly url: string
  readonly config: PrivateConfig
  /** docker's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly dockerfiles: OwnDockerfiles
  readonly pushes: boolean
  readonly signal: AbortSignal
  /** Of the image of that name. */
  readonly logOf: (name: string) => MakeLog
}

/** What is wanted, with all that is at hand here: absolute paths, keys as files, a registry that is asked. */
export async function jobOf(wanted: WantedImage, name: string, making: Making): Promise<Job> {
  const { named, top, inputs, url, dockerfiles } = making
  const inRepository = (path: string): string => relative(making.git.top, join(top, path)).split(sep).join('/')
  const { dockerfile, context, contexts, labels: own } = wanted
  const ssh = await sshOf(wanted, making)
  const shape = {
    args: wanted.args, secrets: wanted.secrets, platforms: wanted.platforms, target: wanted.target, provenance: inputs.provenance, sbom: inputs.sbom, ssh,
  }
  const made = dockerfile.kind === 'made' ? dockerfile.made : null
  const file = dockerfile.kind === 'file' ? inRepository(dockerfile.path) : null
  const digest = inputsDigest(shape, {
    context: inRepository(context), file: file ?? made?.dockerfile ?? (dockerfile.kind === 'inline' ? dockerfile.text : ''),
    contexts: Object.fromEntries(Object.entries(contexts).map(([id, place]) => [id, isRemote(place) ? place : inRepository(place)])),
  }, own)
  const folder = await insideOf(making.git.top, join(top, context), context)
  const ignored = await readFile(join(folder, '.dockerignore')).then(() => true, () => false)
  const request: BuildRequest = {
    ...shape, context: folder, contexts: await foldersOf(contexts, making),
    dockerfile: dockerfile.kind === 'file' ? join(top, dockerfile.path)
      : await dockerfiles.write(made?.dockerfile ?? (dockerfile.kind === 'inline' ? dockerfile.text : ''), made !== null && !ignored ? made.ignore : null),
    cacheFrom: wanted.cacheFrom, cacheTo: wanted.cacheTo, epoch: named.committed,
    labels: labelsOf({ commit: named.commit, committed: named.committed, source: url, title: wanted.title }, digest, own),
  }
  const log = making.logOf(name)
  return {
    name, image: wanted.image, request, inputs: digest, file, made: made?.dockerfile ?? null, ignoreFile: inRepository(join(context, '.dockerignore')), log,
    registry: await registryOf(wanted, making, log), notes: made?.notes ?? [],
  }
}

async function registryOf({ image }: WantedImage, { config, env, pushes, inputs, signal }: Making, log: MakeLog): Promise<Registry | null> {
  if (!pushes) return null
  const credentials = await credentialsFor(config.config, credentialKeys(image.registry), env, signal)
  return new Registry({ image, pushes: !inputs.dryRun, signal, progress: (text) => log.say(`  … ${text}`), credentials })
}

async function sshOf({ ssh }: WantedImage, { config, inputs, top }: Making): Promise<readonly BuildSsh[]> {
  if (ssh.length === 0) return []
  const { buildSshKey: key } = inputs
  const keyFile = key === null ? null : await config.keep('build-ssh-key', await keyText(key))
  const source: SshSource = { keyFile, env: process.env, folder: top }
  return await Promise.all(ssh.map(async (asked) => await resolveSsh(asked, source)))
}

async function foldersOf(contexts: WantedImage['contexts'], { git, top }: Making): Promise<Record<string, string>> {
  const folders = Object.entries(contexts).map(async ([id, place]) =>
    [id, isRemote(place) ? place : await insideOf(git.top, join(top, place), place)] as const)
  return Object.fromEntries(await Promise.all(folders))
}

const isRemote = (place: string): boolean => /^[a-z-]+:\/\//.test(place)

/** A link may lead out as well. */
async function insideOf(top: string, folder: string, said: string): Promise<string> {
  const [real, realTop] = [await realpath(folder).catch(() => folder), await realpath(top)]
  if (real === realTop || real.startsWith(realTop + sep)) return real
  throw new Failure({
    code: 'context-outside', what: `The context is \`${said}\`, a link that leads out of the repository.`,
    cure: 'Write a folder of the repository.',
  })
}

/** Files below these folders that are not as the commit has them, less those that no build sees. None where Git cannot tell: it is a warning. */
export async function changedIn(git: Git, commit: string, folders: readonly string[]): Promise<readonly string[]> {
  try {
    return await differing(git, commit, folders)
  } catch (error) {
    if (failuresOf(error).length === 0) throw error
    return []
  }
}

async function differing(git: Git, commit: string, folders: readonly string[]): Promise<readonly string[]> {
  const top = await realpath(git.top)
  const found = new Set<string>()
  for (const folder of folders.filter((one) => isAbsolute(one))) {
    const below = relative(top, folder).split(sep).join('/')
    const rules = parseIgnore(await readFile(join(folder, '.dockerignore'), 'utf8').catch(() => ''))
    for (const path of await git.changed(commit, below === '' ? [] : [below])) {
      const inContext = below === '' ? path : path.slice(below.length + 1)
      if (hiddenBy(rules, inContext) === null) found.add(path)
    }
  }
  return [...found].sort()
}
