import type { ClusterConfig } from '../../config'
import { parseImageName } from '../../drivers/registry'
import { Failure } from '../../errors'
import type { HelmUpgradeInputs } from '../../inputs'

export interface ClusterLogin {
  /** Host and port: `ghcr.io`, `charts.example.com`. */
  readonly registry: string
  readonly username: string
  readonly password: string
}

/** Who pulls the chart, and where; null: nobody is named. Throws a `Failure`: `registry-login`. */
export function loginOf(inputs: Pick<HelmUpgradeInputs, 'registry' | 'registryUsername' | 'registryPassword'>, { chart, images }: ClusterConfig): ClusterLogin | null {
  const { registry, registryUsername: username, registryPassword: password } = inputs
  if (username === null || password === null) return null
  if (registry !== null) return { registry: parseImageName(`${registry.replace(/^(https?|oci):\/\//, '').replace(/\/.*$/, '')}/image`, 'registry').registry, username, password }
  const ofChart = chart.kind === 'oci' ? [hostOf(chart.reference)] : chart.kind === 'repository' ? [hostOf(chart.url)] : []
  const registries = ofChart.length > 0 ? ofChart : [...new Set(Object.values(images).map((reference) => parseImageName(reference.split('@')[0] ?? '', 'images').registry))].sort()
  const [only, ...more] = registries
  if (only !== undefined && more.length === 0) return { registry: only, username, password }
  throw new Failure({
    code: 'registry-login',
    what: only === undefined ? '`registry-username` is given, and nothing says at which registry.' : `\`registry-username\` is given, and \`images\` has images of ${registries.join(' and ')}.`,
    why: 'A password is sent to the one registry that it is for.',
    cure: `Write \`registry: ${only ?? 'ghcr.io'}\`; at others, log in by a step before, such as docker/login-action.`,
  })
}

const hostOf = (url: string): string => /^[a-z]+:\/\/([^/]+)/.exec(url)?.[1] ?? ''
