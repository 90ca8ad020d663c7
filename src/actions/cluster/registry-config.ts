import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChartSource } from '../../config/types'
import { withLogin, type DockerConfig } from '../../drivers/docker'
import { Failure } from '../../errors'

interface Login {
  readonly registryUsername: string | null
  readonly registryPassword: string | null
}

/** What Helm logs in to the chart's registry with, in docker's format, beside what the runner has; null: the runner's own. Throws a `Failure`: `registry-login`. */
export async function registryConfigFor(chart: ChartSource, { registryUsername: username, registryPassword: password }: Login, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (username === null || password === null) return null
  if (chart.kind !== 'oci') {
    throw new Failure({
      code: 'registry-login', what: '`registry-username` is given, and the chart comes from no registry.',
      why: 'It is for charts at `oci://…`. What pods pull with is a secret of the namespace: `imagePullSecrets` of the chart.', cure: 'Leave `registry-username` and `registry-password` out.',
    })
  }
  const file = env['HELM_REGISTRY_CONFIG'] || join(env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? '', '.config'), 'helm', 'registry', 'config.json')
  const own = await readFile(file, 'utf8').then((text) => JSON.parse(text) as DockerConfig, (): DockerConfig => ({}))
  const [registry = ''] = chart.reference.replace(/^oci:\/\//, '').split('/')
  return JSON.stringify(withLogin(own, { key: registry, username, password }))
}
