import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { withLogin, type DockerConfig } from '../../drivers/docker'
import type { ChartAccess, ChartRepository } from '../../drivers/helm'
import { credentialKeys } from '../../drivers/registry'
import { Failure } from '../../errors'

export interface ChartLogin {
  readonly registry: string | null
  readonly registryUsername: string | null
  readonly registryPassword: string | null
  /** That user has pushed an image, and is of use where no chart comes from its registry. */
  readonly loginOfImage?: boolean
}

/** `charts.example.com:8443`; Docker Hub has several names. */
const hostOf = (place: string): string => (place.replace(/^[a-z]+:\/\//i, '').split('/')[0] ?? '').toLowerCase().replace(/^(index|registry-1)\.docker\.io$/, 'docker.io')

/**
 * Who asks for charts where: at one host whom the inputs name, elsewhere whom an earlier step has logged in (`helm registry login`, `helm repo add`), or
 * nobody. `places`: `oci://…` and `https://…` that charts come from. Throws a `Failure`: `registry-login`.
 */
export async function chartAccess(places: readonly string[], { registry, registryUsername: username, registryPassword: password, loginOfImage = false }: ChartLogin, env: NodeJS.ProcessEnv): Promise<ChartAccess> {
  const hosts = [...new Set(places.map(hostOf))].sort()
  const host = username === null || password === null || (loginOfImage && !isOfCharts(registry, hosts)) ? null : loginHost(registry, hosts)
  const login = host === null || username === null || password === null ? null : { host, username, password }
  const added = await addedRepositories(env)
  const repositories = [...new Set(places.filter((place) => !place.startsWith('oci://')))].map((url): ChartRepository => {
    const { certFile, keyFile, caFile, ...known } = added.find((one) => one.url?.replace(/\/+$/, '') === url) ?? {}
    const own = login !== null && hostOf(url) === login.host ? login : known
    return { url, username: own.username ?? '', password: own.password ?? '', certFile: certFile ?? '', keyFile: keyFile ?? '', caFile: caFile ?? '' }
  })
  const ofRegistry = login !== null && places.some((place) => place.startsWith('oci://') && hostOf(place) === login.host)
  return { repositories, registryConfig: ofRegistry ? JSON.stringify(withLogin(await ownLogins(env), { key: credentialKeys(login.host)[0] ?? '', username: login.username, password: login.password })) : null }
}

/** Only where `registry` says so is a password for images shown to whoever has the chart. */
const isOfCharts = (registry: string | null, hosts: readonly string[]): boolean => registry !== null && hosts.includes(hostOf(registry.trim()))

function loginHost(named: string | null, hosts: readonly string[]): string {
  const [only, ...more] = hosts
  if (only === undefined) {
    throw new Failure({
      code: 'registry-login', what: '`registry-username` is given, and the chart is all in this commit.',
      why: 'It is for charts that come from elsewhere. What pods pull with is a secret of the namespace: `imagePullSecrets` of the chart.', cure: 'Leave `registry-username` and `registry-password` out.',
    })
  }
  const host = named === null ? null : hostOf(named.trim())
  if (host === null && more.length === 0) return only
  if (host !== null && hosts.includes(host)) return host
  throw new Failure({
    code: 'registry-login', what: host === null ? `\`registry-username\` is given, and charts come from ${hosts.join(' and ')}.` : `\`registry\` is ${host}, and charts come from ${hosts.join(' and ')}.`,
    why: 'A password is sent to the one host that it is for.',
    cure: `Write \`registry: ${only}\`${more.length === 0 ? '' : '; at the others, log in by steps before (`helm registry login`, `helm repo add`)'}.`,
  })
}

type Added = { readonly [key in 'url' | 'username' | 'password' | 'certFile' | 'keyFile' | 'caFile']?: string }

/** What `helm repo add` has left; none of it is needed. */
async function addedRepositories(env: NodeJS.ProcessEnv): Promise<readonly Added[]> {
  const said = await left(env['HELM_REPOSITORY_CONFIG'] || join(configFolder(env), 'repositories.yaml'), (text) => parse(text) as { readonly repositories?: readonly Added[] | null } | null)
  return (said?.repositories ?? []).filter((one) => typeof one?.url === 'string')
}

async function ownLogins(env: NodeJS.ProcessEnv): Promise<DockerConfig> {
  return await left(env['HELM_REGISTRY_CONFIG'] || join(configFolder(env), 'registry', 'config.json'), (text) => JSON.parse(text) as DockerConfig) ?? {}
}

/** What an earlier step has left for Helm; null: nothing. What is there and cannot be read is no reason to ask as nobody. */
async function left<T>(path: string, read: (text: string) => T): Promise<T | null> {
  try {
    return read(await readFile(path, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENOTDIR') return null
    // A parser's words may have a password in them.
    const why = (cause as NodeJS.ErrnoException).code ?? 'It is not what `helm repo add` and `helm registry login` write.'
    throw new Failure({ code: 'registry-login', what: `${path}, where logins of Helm are, cannot be read.`, why, cure: 'Mend or remove it; or log in anew by a step before.' })
  }
}

const configFolder = (env: NodeJS.ProcessEnv): string => env['HELM_CONFIG_HOME'] || join(env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? '', '.config'), 'helm')
