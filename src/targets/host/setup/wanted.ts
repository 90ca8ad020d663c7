import { throwAll } from '../../../errors'
import type { AppConfig } from '../../../config/types'
import { wantedTools } from './tools'
import type { ProgramFiles } from './payload'
import type { Wanted } from './types'

export interface WantedInputs {
  readonly config: AppConfig
  /** Who connects. */
  readonly user: string
  /** `owner/name`; empty outside GitHub. */
  readonly repository: string
  readonly firewall: boolean
  /** Paths that a mirror of tools lists; null without a mirror. */
  readonly listed?: readonly string[] | null
}

/** What the host must have for this app. Throws all that Slipway cannot bring. */
export function wantedFor({ config, user, repository, firewall, listed = null }: WantedInputs): Wanted {
  const { tools, unpinned, failures } = wantedTools(config, listed)
  throwAll(failures)
  const packages = ['python3', 'nginx', 'ca-certificates']
  if (user !== 'root') packages.push('sudo')
  if (firewall) packages.push('ufw')
  packages.push(...config.packages.filter((name) => !packages.includes(name)))
  return {
    app: config.app,
    repository: /^[\w.-]+\/[\w.-]+$/.test(repository) ? repository : '',
    user: user === 'root' ? '' : user,
    packages,
    tools,
    firewall,
    open: firewall ? config.open : [],
    pythons: unpinned,
  }
}

/** The arguments of setup.sh: each of them safe to stand bare in a command line. */
export function wantedArguments(wanted: Wanted, program: ProgramFiles, times: SetupTimes): string[] {
  const { app, repository, user, packages, tools, firewall } = wanted
  const list = [
    `app=${app}`,
    repository && `repository=${repository}`,
    user && `user=${user}`,
    ...packages.map((name) => `package=${name}`),
    ...tools.map(({ name, version, asked }) => `${name}=${asked === undefined ? '' : `${asked}:`}${version}`),
    `program=${program.digest}`,
    `launcher=${program.launcher}`,
    `front=${program.front}`,
    ...program.units.map(({ name, digest }) => `unit=${name}:${digest}`),
    firewall && 'firewall=yes',
    ...wanted.open.map((port) => `open=${port}`),
    firewall && `firewall-delay=${times.firewallDelay}`,
    `apt-wait=${times.aptWait}`,
  ].filter((argument): argument is string => argument !== '' && argument !== false)
  for (const argument of list) {
    if (!/^[a-z-]+=[A-Za-z0-9._/:=+-]+$/.test(argument)) throw new Error(`not to be handed to a shell: ${argument}`)
  }
  return list
}

/** Seconds. */
export interface SetupTimes {
  /** Until a firewall that was not confirmed goes off again. */
  readonly firewallDelay: number
  /** For another program's lock on apt. */
  readonly aptWait: number
}
