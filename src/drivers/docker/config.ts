import { existsSync } from 'node:fs'
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../errors'

/** What docker's config.json holds, as far as anybody here looks at it. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, StoredAuth>>
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly credsStore?: string
  readonly [other: string]: unknown
}

export interface StoredAuth {
  /** Base64 of `user:password`. */
  readonly auth?: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
}

export interface Login {
  /** The key under which docker looks. */
  readonly key: string
  readonly username: string
  readonly password: string
}

/** Where docker has its config without us. */
export function ownFolder(env: NodeJS.ProcessEnv): string {
  return env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker')
}

/**
 * A config for one run: what the runner has, and a login beside it, in a folder that nobody else can look into. The runner's own
 * file stays as it was, and a login of ours does not outlive the run there.
 */
export class PrivateConfig implements AsyncDisposable {
  readonly folder: string
  readonly config: DockerConfig
  /** What docker has to be told besides: builders stay where the runner has them. */
  readonly env: Readonly<Record<string, string>>

  private constructor(folder: string, config: DockerConfig, env: Readonly<Record<string, string>>) {
    this.folder = folder
    this.config = config
    this.env = env
  }

  /** `made` hears of the folder before a secret is in it, so that whoever cleans up knows of it. Throws a `Failure`: `docker-config`. */
  static async make(below: string, env: NodeJS.ProcessEnv, login: Login | null, made: (folder: string) => void): Promise<PrivateConfig> {
    const own = ownFolder(env)
    const config = withLogin(await readConfig(own), login)
    await mkdir(below, { recursive: true })
    // Made with mode 0700.
    const folder = await mkdtemp(join(below, 'slipway-docker-'))
    made(folder)
    await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 })
    // Plugins such as Buildx, and the Engines that `docker context` knows.
    for (const name of ['cli-plugins', 'contexts']) {
      if (existsSync(join(own, name))) await symlink(join(own, name), join(folder, name))
    }
    return new PrivateConfig(folder, config, { DOCKER_CONFIG: folder, BUILDX_CONFIG: env['BUILDX_CONFIG'] || join(own, 'buildx') })
  }

  /** Something else that is secret and has to be a file: as private, and gone as soon. */
  async keep(name: string, text: string): Promise<string> {
    const file = join(this.folder, name)
    await writeFile(file, text, { mode: 0o600 })
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeConfig(this.folder)
  }
}

export async function removeConfig(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

/** What the runner's docker has, such as what an action that logs in has left. Throws a `Failure`: `docker-config`. */
export async function ownConfig(env: NodeJS.ProcessEnv): Promise<DockerConfig> {
  return await readConfig(ownFolder(env))
}

async function readConfig(folder: string): Promise<DockerConfig> {
  const file = join(folder, 'config.json')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw unreadable(file, message)
  })
  if (text.trim() === '') return {}
  try {
    const config: unknown = JSON.parse(text)
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as DockerConfig
  } catch {
    // The reason that JSON.parse gives may quote a piece of the file.
  }
  throw unreadable(file, 'it is no JSON object')
}

function unreadable(file: string, why: string): Failure {
  return new Failure({
    code: 'docker-config',
    what: `Docker's ${file} cannot be read: ${why}.`,
    why: 'It says how to log in to registries, and which Engine to use.',
    cure: `Mend or remove it, or let the variable DOCKER_CONFIG name another folder.`,
  })
}

/** Pure: a login goes before whatever the config has for that registry. */
export function withLogin(config: DockerConfig, login: Login | null): DockerConfig {
  if (login === null) return config
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  const helpers = config.credsStore === undefined && config.credHelpers === undefined ? {}
    // A store for all registries, or one for this, would be asked instead; an empty name stands for the file.
    : { credHelpers: { ...config.credHelpers, [login.key]: '' } }
  return { ...config, ...helpers, auths: { ...config.auths, [login.key]: { auth } } }
}
