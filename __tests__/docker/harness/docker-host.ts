import type { AppConfig } from '../../../src/config/types'
import { Failure } from '../../../src/errors'
import { wantedFor, type SetupOptions, type SetupReport, type Wanted } from '../../../src/targets/host/setup'
import type { Host } from '../../host/harness/hosts'
import { prepare, refusal } from '../../host/harness/setup'

export interface DockerHostOptions extends Partial<SetupOptions> {
  readonly app?: string
  readonly firewall?: boolean
  readonly open?: readonly string[]
}

const wantedOf = (host: Host, { app = 'notes', firewall = false, open = [] }: DockerHostOptions): Wanted => {
  const config = { app, target: 'docker', services: [], packages: [], tls: { kind: 'off' }, open, supervisor: 'systemd' }
  return wantedFor({ config: config as unknown as AppConfig, user: host.user, repository: 'ada/notes', firewall, authority: { email: '', directory: '', root: '' } })
}

/** Sets a host up for an app of Docker's. */
export async function preparedFor(host: Host, options: DockerHostOptions = {}): Promise<SetupReport> {
  const done = await prepare(host, wantedOf(host, options), options)
  if (done instanceof Failure) throw new Error(`${done.code}: ${done.what}\n${done.cure}\n${done.evidence.map(({ text }) => text).join('\n')}`)
  return done
}

/** Why a host is none for an app of Docker's. */
export const refusedFor = (host: Host, options: DockerHostOptions = {}): Promise<Failure> => refusal(host, wantedOf(host, options), options)

/** What an item says, by its name. */
export const told = ({ items }: SetupReport): Record<string, string> => Object.fromEntries(items.map(({ name, state, detail }) => [name, `${state}: ${detail}`]))
