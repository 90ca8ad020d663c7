import { Failure } from '../../../errors'
import type { ToolArchive } from '../../../drivers/tools'
import type { AppConfig } from '../../../config/types'
import type { WantedTool } from './types'
import table from './tools.json' with { type: 'json' }

const pins: Readonly<Record<string, string>> = table.sha256
const nodes: Readonly<Record<string, string>> = table.node
const newestNode = Object.keys(nodes).map(Number).sort((a, b) => b - a)[0]

/** The architectures there are tools for, as `uname -m` says them, in the words of the two projects. */
const architectures: Readonly<Record<string, { readonly uv: string; readonly node: string }>> = {
  x86_64: { uv: 'x86_64-unknown-linux-gnu', node: 'linux-x64' },
  aarch64: { uv: 'aarch64-unknown-linux-gnu', node: 'linux-arm64' },
}

export function supportsArchitecture(arch: string): boolean {
  return arch in architectures
}

/** What the services of an app need, and a failure for each that Slipway does not bring. */
export function wantedTools(config: AppConfig): { readonly tools: readonly WantedTool[]; readonly failures: readonly Failure[] } {
  const versions = new Set<string>()
  const failures: Failure[] = []
  let uv = false
  for (const service of config.services) {
    if (service.runtime?.name === 'python') uv = true
    if (service.runtime?.name !== 'node') continue
    const asked = service.runtime.version ?? String(newestNode)
    const found = pinnedNode(asked)
    if (found === undefined) failures.push(nodeNotAvailable(service.name, asked))
    else versions.add(found)
  }
  const tools: WantedTool[] = [...versions].sort().map((version) => ({ name: 'node', version }))
  return { tools: uv ? [{ name: 'uv', version: table.uv }, ...tools] : tools, failures }
}

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
export function toolArchive(tool: WantedTool, arch: string): ToolArchive {
  const words = architectures[arch]
  if (words === undefined) throw new Error(`no ${tool.name} for ${arch}`)
  const { name, version } = tool
  const file = name === 'uv' ? `uv-${words.uv}.tar.gz` : `node-v${version}-${words.node}.tar.gz`
  const path = name === 'uv' ? `uv/${version}/${file}` : `node/v${version}/${file}`
  const sha256 = pins[path]
  if (sha256 === undefined) throw new Error(`no checksum is pinned for ${path}`)
  const url =
    name === 'uv'
      ? `https://github.com/astral-sh/uv/releases/download/${version}/${file}`
      : `https://nodejs.org/dist/v${version}/${file}`
  return { name, version, path, url, sha256 }
}
