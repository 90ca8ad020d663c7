import { Failure } from '../errors'
import type { Builder } from '../drivers/docker'
import type { BuildRequest } from './request'
import { runsOnTarget } from './stages'

/** What a builder can do for us. */
export interface Capabilities {
  /** Pushes by digest itself; else the Engine pushes, and a tag has to be there before the digest is known. */
  readonly pushes: boolean
  /** Times in layers become the commit's, so that two builds of it are one digest. */
  readonly rewrites: boolean
  /** What is missing, a sentence each, for the log and the summary. */
  readonly missing: readonly string[]
}

/** The first BuildKit that rewrites the times in layers. */
const rewritesFrom = [0, 13] as const

const cure = 'Run docker/setup-buildx-action before this step'

export function capabilitiesOf({ driver, tool, version }: Builder): Capabilities {
  if (tool === 'engine') {
    return { pushes: false, rewrites: false, missing: [
      `Buildx is not there, so the Docker Engine ${version} builds: without secrets, caches, other platforms and provenance, `
        + `and two builds of a commit have two digests. ${cure}.`,
    ] }
  }
  if (driver === 'docker') {
    return { pushes: false, rewrites: false, missing: [
      `The builder is the Docker Engine's own${version === '' ? '' : ` (BuildKit ${version})`}: without caches elsewhere, several `
        + `platforms and provenance, and two builds of a commit have two digests. ${cure}.`,
    ] }
  }
  const rewrites = version === '' || atLeast(version, rewritesFrom)
  return { pushes: true, rewrites, missing: rewrites ? [] : [
    `BuildKit ${version} does not rewrite the times in layers, so two builds of a commit have two digests: `
      + `take BuildKit ${rewritesFrom.join('.')} or newer.`,
  ] }
}

/** As it is called in the log. */
export function described({ tool, name, driver, version }: Builder): string {
  if (tool === 'engine') return `Docker Engine ${version}`
  return `${name} (${driver}${version === '' ? '' : `, BuildKit ${version}`})`
}

/** The Dockerfile of a build, as far as it is known where it comes from. */
export interface Read {
  readonly text: string
  /** Path in the repository; null: it is one of ours. */
  readonly file: string | null
}

/** What is asked for and cannot be had from this builder. Throws a `Failure`: `builder-cannot`, `platform-not-emulated`. */
export function refuseImpossible(builder: Builder, request: BuildRequest, dockerfile: Read): void {
  const { secrets, ssh, contexts, platforms, cacheFrom, cacheTo, provenance, sbom } = request
  const { pushes } = capabilitiesOf(builder)
  const plain = builder.tool === 'engine'
  const asked = [
    ...(plain && secrets.length > 0 ? ['`build-secrets`'] : []),
    ...(plain && ssh.length > 0 ? ['`build-ssh`'] : []),
    ...(plain && Object.keys(contexts).length > 0 ? ['`additional_contexts`'] : []),
    ...(!pushes && platforms.length > 1 ? ['several `platforms`'] : []),
    ...(plain && cacheFrom.length > 0 ? ['`cache-from`'] : []),
    ...(!pushes && cacheTo.some((cache) => !/^type=inline\b/.test(cache)) ? ['`cache-to`'] : []),
    ...(!pushes && provenance !== 'none' ? ['`provenance`'] : []),
    ...(!pushes && sbom ? ['`sbom`'] : []),
  ]
  if (asked.length > 0) {
    throw new Failure({
      code: 'builder-cannot',
      what: `The builder that is here cannot do ${asked.join(', ')}.`,
      why: capabilitiesOf(builder).missing.join(' '),
      cure: `${cure}: it makes a builder that can. Or take ${asked.length === 1 ? 'it' : 'them'} away.`,
    })
  }
  refuseStrange(builder, request, dockerfile)
}

/** A platform of other processors needs no emulator where nothing of it runs: where files are copied alone, or made by a compiler of here. */
function refuseStrange({ name, platforms: own }: Builder, { platforms, target }: BuildRequest, { text, file }: Read): void {
  const strange = platforms.filter((platform) => own.length > 0 && !own.includes(platform))
  const line = strange.length === 0 ? null : runsOnTarget(text, target)
  if (line === null) return
  throw new Failure({
    code: 'platform-not-emulated',
    what: `The builder ${name} does not build for ${strange.join(', ')}.`,
    why: `It builds for ${own.join(', ')}; programs of other processors, as this RUN starts them, need an emulator.`,
    cure: 'Run docker/setup-qemu-action and then docker/setup-buildx-action before this step, or build on a runner of that processor.',
    at: file === null ? undefined : { file, line },
  })
}

function atLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  // A build of somebody's own says 0.0.
  if (major === 0 && minor === 0) return true
  return major > least[0] || (major === least[0] && minor >= least[1])
}
