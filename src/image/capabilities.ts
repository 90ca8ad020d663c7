import { Failure } from '../errors'
import type { Builder } from '../drivers/docker'
import type { BuildRequest } from './request'

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

/** What is asked for and cannot be had from this builder. Throws a `Failure`: `builder-cannot`, `platform-not-emulated`. */
export function refuseImpossible(builder: Builder, { secrets, platforms, cacheFrom, cacheTo, provenance, sbom }: BuildRequest): void {
  const { pushes } = capabilitiesOf(builder)
  const asked = [
    ...(builder.tool === 'engine' && secrets.length > 0 ? ['`build-secrets`'] : []),
    ...(!pushes && platforms.length > 1 ? ['several `platforms`'] : []),
    ...(builder.tool === 'engine' && cacheFrom.length > 0 ? ['`cache-from`'] : []),
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
  const strange = platforms.filter((platform) => builder.platforms.length > 0 && !builder.platforms.includes(platform))
  if (strange.length > 0) {
    throw new Failure({
      code: 'platform-not-emulated',
      what: `The builder ${builder.name} does not build for ${strange.join(', ')}.`,
      why: `It builds for ${builder.platforms.join(', ')}; programs of other processors need an emulator.`,
      cure: 'Run docker/setup-qemu-action and then docker/setup-buildx-action before this step, or build on a runner of that processor.',
    })
  }
}

function atLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  // A build of somebody's own says 0.0.
  if (major === 0 && minor === 0) return true
  return major > least[0] || (major === least[0] && minor >= least[1])
}
