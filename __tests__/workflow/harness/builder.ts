import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../../host/harness/command'
import type { Host } from '../../host/harness/hosts'
import { runnerConfig } from '../../docker/harness/image-repository'
import { startBuildKit } from '../../docker/harness/programs'
import { registryForHosts } from '../../docker/harness/registry-for-hosts'

/** What builds on a runner: Buildx with a builder that docker/setup-buildx-action has to choose, and registries that it trusts. */
export interface Builder extends AsyncDisposable {
  /** Of the runner. */
  readonly env: Readonly<Record<string, string>>
  /** Plain, on loopback: pods pull from it by the same name. */
  readonly plain: string
  /** By https, with a password, by the address that both this machine and hosts have for it. */
  readonly closed: string
  readonly user: string
  readonly password: string
}

/** The gateway of the hosts' network, which is this machine. */
const gateway = '10.231.0.1'

export async function startBuilder(): Promise<Builder> {
  const { loopback, closed: named, user, password } = await registryForHosts()
  const closed = named.replace(/^[^:]+/, gateway)
  const ca = await must(join(root, 'script', 'rig'), ['registry-for-hosts', 'ca'])
  const buildkit = await startBuildKit(`[registry."${closed}"]\n  ca = ["${ca}"]\n[registry."${loopback}"]\n  http = true\n`)
  const config = await runnerConfig()
  await must('docker', ['buildx', 'create', '--name', 'rig', '--driver', 'remote', buildkit.address], { env: { ...process.env, ...config.env } })
  // What this machine trusts already, and the rig's authority.
  const certificates = join(config.folder, 'certificates.pem')
  const own = process.env['NODE_EXTRA_CA_CERTS']
  writeFileSync(certificates, [...(own ? [own] : []), ca].map((file) => readFileSync(file, 'utf8')).join('\n'))
  return {
    env: { ...config.env, NODE_EXTRA_CA_CERTS: certificates }, plain: loopback, closed, user, password,
    [Symbol.asyncDispose]: async () => void (await Promise.all([buildkit.stop(), config.remove()])),
  }
}

/** A host's Engine trusts the registry by its address, too. */
export async function trustBuilder(host: Host, { closed }: Builder): Promise<void> {
  const ca = readFileSync(await must(join(root, 'script', 'rig'), ['registry-for-hosts', 'ca']), 'utf8')
  await host.shell(`mkdir -p /etc/docker/certs.d/${closed} && cat > /etc/docker/certs.d/${closed}/ca.crt`, { input: ca })
}
