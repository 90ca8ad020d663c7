import { Failure } from '../../../errors'
import type { ToolArchive } from '../../../drivers/tools'
import type { AppConfig } from '../../../config/types'
import type { WantedTool } from './types'
import table from './tools.json' with { type: 'json' }

const pins: Readonly<Record<string, string>> = table.sha256
const nodes: Readonly<Record<string, string>> = table.node
const pythons: Readonly<Record<string, string>> = table.python
/** By x.y. */
export const broughtPythons: readonly string[] = Object.keys(pythons)
const newestMajor = Object.keys(nodes).map(Number).sort((a, b) => b - a)[0]
/** The newest Node that is brought. */
export const newestNode = nodes[String(newestMajor)] ?? ''

/** The architectures there are tools for, as `uname -m` says them, in the words of the projects. */
const architectures: Readonly<Record<string, ArchitectureWords>> = {
  x86_64: { gnu: 'x86_64-unknown-linux-gnu', node: 'linux-x64', machine: 'x86_64' },
  aarch64: { gnu: 'aarch64-unknown-linux-gnu', node: 'linux-arm64', machine: 'aarch64' },
}

interface ArchitectureWords {
  readonly gnu: string
  readonly node: string
  readonly machine: string
}

export function supportsArchitecture(arch: string): boolean {
  return arch in architectures
}

export interface WantedTools {
  readonly tools: readonly WantedTool[]
  /** Pythons by x.y that Slipway does not bring: the host may have them all the same. */
  readonly unpinned: readonly string[]
  readonly failures: readonly Failure[]
}

/** Does any service name a version of Python? Only then is it of interest which ones a mirror has. */
export const namesPython = (config: AppConfig): boolean =>
  config.services.some(({ runtime }) => runtime?.name === 'python' && runtime.version !== null)

/**
 * What the services of an app need, and a failure for each that Slipway does not bring. `listed`: paths that a mirror has;
 * null without one.
 */
export function wantedTools(config: AppConfig, listed: readonly string[] | null = null): WantedTools {
  const versions = new Set<string>()
  const builds = new Map<string, string>()
  const unpinned = new Set<string>()
  const failures: Failure[] = []
  // Circus is a Python program.
  let uv = config.supervisor === 'circus'
  for (const service of config.services) {
    if (service.runtime?.name === 'python') {
      uv = true
      const { version } = service.runtime
      const build = version === null ? undefined : availablePython(version, listed)
      if (version === null) continue
      if (build !== undefined) builds.set(version, build)
      else if (version.split('.').length === 3) failures.push(pythonNotPinned(service.name, version, listed))
      else unpinned.add(version)
    }
    if (service.runtime?.name !== 'node') continue
    const asked = service.runtime.version ?? String(newestMajor)
    const found = pinnedNode(asked)
    if (found === undefined) failures.push(nodeNotAvailable(service.name, asked))
    else versions.add(found)
  }
  const tools: WantedTool[] = [
    ...(uv ? [{ name: 'uv' as const, version: table.uv }] : []),
    ...[...builds].sort().map(([asked, version]) => ({ name: 'python' as const, version, asked })),
    ...[...versions].sort().map((version) => ({ name: 'node' as const, version }))
  ]
  return { tools, unpinned: [...unpinned], failures }
}

/** `3.13` means the pinned build of it, `3.13.15` only itself; of a mirror that lacks it, the newest build that fits. */
function availablePython(asked: string, listed: readonly string[] | null): string | undefined {
  const pinned = pythons[asked.split('.').slice(0, 2).join('.')]
  const fits = (build: string): boolean => `${build.split('+')[0]}.`.startsWith(`${asked}.`)
  const offered = listed === null ? null : mirroredPythons(listed)
  if (pinned !== undefined && fits(pinned) && (offered === null || offered.includes(pinned))) return pinned
  return offered?.filter(fits).sort(newestFirst)[0]
}

const mirroredPythons = (listed: readonly string[]): string[] => [...new Set(listed.flatMap((path) => {
  const build = /^python\/(\d+)\/cpython-(\d+\.\d+\.\d+\+\1)-\w+-unknown-linux-gnu-install_only_stripped\.tar\.gz$/.exec(path)?.[2]
  return build === undefined ? [] : [build]
}))]

const newestFirst = (a: string, b: string): number => {
  const [left, right] = [a, b].map((build) => build.split(/[.+]/).map(Number)) as [number[], number[]]
  const index = left.findIndex((part, at) => part !== right[at])
  return index === -1 ? 0 : (right[index] ?? 0) - (left[index] ?? 0)
}

function pythonNotPinned(service: string, asked: string, listed: readonly string[] | null): Failure {
  const have = (listed === null ? Object.values(pythons) : mirroredPythons(listed)).map((build) => build.split('+')[0])
  const series = asked.split('.').slice(0, 2).join('.')
  return new Failure({
    code: 'python-not-available',
    what: `The service ${service} asks for Python ${asked}, which ${listed === null ? 'this version of Slipway does not bring' : 'the mirror does not list'}.`,
    why: `${listed === null ? 'It brings' : 'It lists'} ${have.join(', ') || 'none'}, each verified by its SHA-256. A distribution's own Python has the `
      + 'patch level of its last update, so it is asked for by x.y.',
    cure: `In slipway.yml write runtime: python@${series} for ${service}.`,
  })
}

/** The version of Circus that there is a list of hashes for. */
export const circusVersion: string = table.circus

/** Of the Compose that a Docker host gets whose distribution has none. */
export const composeVersion: string = table.compose

/** `24` and `24.19` mean the pinned 24; `24.19.0` only itself. */
function pinnedNode(asked: string): string | undefined {
  const version = nodes[asked.split('.')[0] ?? '']
  return version !== undefined && `${version}.`.startsWith(`${asked}.`) ? version : undefined
}

function nodeNotAvailable(service: string, asked: string): Failure {
  const majors = Object.keys(nodes)
  return new Failure({
    code: 'node-not-available',
    what: `The service ${service} asks for Node ${asked}, which this version of Slipway does not bring.`,
    why: `It brings ${Object.values(nodes).join(' and ')}, each verified by its SHA-256.`,
    cure: `In slipway.yml write ${majors.map((major) => `runtime: node@${major}`).join(' or ')} for ${service}.`,
  })
}

/** Where a tool for an architecture comes from, and which bytes it must be. */
export function toolArchive({ name, version }: WantedTool, arch: string): ToolArchive {
  const words = architectures[arch]
  if (words === undefined) throw new Error(`no ${name} for ${arch}`)
  const { path, url } = places[name](version, words)
  // Only a mirror has others than those that are pinned, and says itself what their bytes are.
  return { name, version, path, url, sha256: pins[path] ?? null }
}

type Place = (version: string, words: ArchitectureWords) => { readonly path: string; readonly url: string }

const places: Readonly<Record<WantedTool['name'], Place>> = {
  uv: (version, { gnu }) => {
    const file = `uv-${gnu}.tar.gz`
    return { path: `uv/${version}/${file}`, url: `https://github.com/astral-sh/uv/releases/download/${version}/${file}` }
  },
  node: (version, { node }) => {
    const file = `node-v${version}-${node}.tar.gz`
    return { path: `node/v${version}/${file}`, url: `https://nodejs.org/dist/v${version}/${file}` }
  },
  python: (version, { gnu }) => {
    const build = version.split('+')[1] ?? ''
    const file = `cpython-${version}-${gnu}-install_only_stripped.tar.gz`
    const releases = 'https://github.com/astral-sh/python-build-standalone/releases/download'
    return { path: `python/${build}/${file}`, url: `${releases}/${build}/${encodeURIComponent(file)}` }
  },
  // One program, as it stands.
  compose: (version, { machine }) => {
    const file = `docker-compose-linux-${machine}`
    return { path: `compose/${version}/${file}`, url: `https://github.com/docker/compose/releases/download/v${version}/${file}` }
  },
}
