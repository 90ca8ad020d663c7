import { Failure, throwAll } from '../../../errors'
import type { AppConfig } from '../../../config/types'
import { circusVersion, composeVersion, newestNode, wantedTools } from './tools'
import type { HostAssets } from './payload'
import type { Authority, Wanted, WantedPush } from './types'

export interface WantedInputs {
  readonly config: AppConfig
  /** Who connects. */
  readonly user: string
  /** `owner/name`; empty outside GitHub. */
  readonly repository: string
  readonly firewall: boolean
  /** Null: no repository to push to. */
  readonly push?: Omit<WantedPush, 'node'> | null
  readonly authority: Authority
  /** Paths that a mirror of tools lists; null without a mirror. */
  readonly listed?: readonly string[] | null
}

/** What the host must have for this app. Throws all that Slipway cannot bring. */
export function wantedFor({ config, user, repository, firewall, authority, push = null, listed = null }: WantedInputs): Wanted {
  const { tools: needed, unpinned, failures } = wantedTools(config, listed)
  throwAll([...failures, ...authorityFaults(authority), ...(push === null ? [] : unfit(push))])
  // The hook of a repository runs on it.
  const hook = push === null || needed.some(({ name, version }) => name === 'node' && version === newestNode)
    ? [] : [{ name: 'node' as const, version: newestNode }]
  const docker = config.target === 'docker'
  const tools = [...needed, ...hook, ...(docker ? [{ name: 'compose' as const, version: composeVersion }] : [])]
  const { kind } = config.tls
  const packages = ['python3', 'nginx', 'ca-certificates']
  if (config.supervisor === 'supervisor') packages.push('supervisor')
  if (user !== 'root') packages.push('sudo')
  if (firewall) packages.push('ufw')
  if (kind !== 'off') packages.push('openssl')
  if (kind === 'acme') packages.push('dehydrated')
  if (push !== null) packages.push('git')
  packages.push(...config.packages.filter((name) => !packages.includes(name)))
  return {
    app: config.app,
    repository: /^[\w.-]+\/[\w.-]+$/.test(repository) ? repository : '',
    user: user === 'root' ? '' : user,
    packages,
    tools,
    firewall,
    push: push === null ? null : { ...push, node: newestNode },
    tls: kind !== 'off',
    acme: kind === 'acme' ? authority : null,
    docker,
    circus: config.supervisor === 'circus' ? circusVersion : null,
    open: firewall ? config.open : [],
    pythons: unpinned,
  }
}

/** These go into the text of a hook and the arguments of setup.sh, bare. */
function unfit({ branch, config, environment, folder }: Omit<WantedPush, 'node'>): readonly Failure[] {
  const given = [['git-push-branch', branch], ['config', config], ['environment', environment], ['working-directory', folder]] as const
  return given.filter(([name, value]) => !fit.test(value) && (value !== '' || name === 'git-push-branch')).map(([name, value]) => new Failure({
    code: 'git-push-name',
    what: `With \`git-push\` the input \`${name}\` cannot be ${JSON.stringify(value)}.`,
    why: 'It stands in the hook of the repository: letters, digits, dots, dashes, underscores and slashes, beginning with a letter, digit or dot.',
    cure: 'Rename it, or leave `git-push` off and deploy by the workflow.',
  }))
}

const fit = /^[A-Za-z0-9.][A-Za-z0-9._/-]*$/

/** The arguments of setup.sh: each of them safe to stand bare in a command line. */
export function wantedArguments(wanted: Wanted, { program, push: pushFiles }: HostAssets, times: SetupTimes): string[] {
  const { app, repository, user, packages, tools, firewall, push, tls, acme, circus } = wanted
  if (push !== null && pushFiles.files.length === 0) throw new Error('what a push runs is made by script/build')
  const list = [
    `app=${app}`,
    repository && `repository=${repository}`,
    user && `user=${user}`,
    ...packages.map((name) => `package=${name}`),
    ...tools.map(({ name, version, asked }) => `${name}=${asked === undefined ? '' : `${asked}:`}${version}`),
    wanted.docker && 'docker=yes',
    circus !== null && `circus=${circus}`,
    circus !== null && `circus-lock=${program.circusLock}`,
    `program=${program.digest}`,
    `launcher=${program.launcher}`,
    `command=${program.command}`,
    `front=${program.front}`,
    tls && `front-tls=${program.frontTls}`,
    ...(acme === null ? [] : authorityArguments(acme)),
    ...program.units.map(({ name, digest }) => `unit=${name}:${digest}`),
    ...(push === null ? [] : [
      `push=${pushFiles.digest}`, `push-node=${push.node}`, `push-branch=${push.branch}`,
      push.config && `push-config=${push.config}`, push.environment && `push-environment=${push.environment}`,
      `push-folder=${push.folder || '.'}`,
    ]),
    firewall && 'firewall=yes',
    ...wanted.open.map((port) => `open=${port}`),
    firewall && `firewall-delay=${times.firewallDelay}`,
    `apt-wait=${times.aptWait}`,
  ].filter((argument): argument is string => argument !== '' && argument !== false)
  for (const argument of list) {
    if (!/^[a-z-]+=[A-Za-z0-9._/:=@+-]+$/.test(argument)) throw new Error(`not to be handed to a shell: ${argument}`)
  }
  return list
}

const EMAIL = /^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/
const DIRECTORY = /^https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._/-]*)?$/

/** What is wrong with the inputs; they end up in a file that root's shell reads, and the host checks them again. */
function authorityFaults({ email, directory, root }: Authority): readonly Failure[] {
  const fault = (code: string, what: string, cure: string): Failure => new Failure({ code, what, cure })
  return [
    email === '' || EMAIL.test(email) ? [] : fault('tls-email-input', 'The input tls-email is not an address.', 'Write one, e.g. tls-email: ops@example.com, or leave it out.'),
    directory === '' || DIRECTORY.test(directory) ? [] : fault('tls-directory-input', 'The input tls-directory is not an https URL of plain letters.',
      "Write the URL of the authority's directory, e.g. https://acme-staging-v02.api.letsencrypt.org/directory, or leave it out."),
    root === '' || root.includes('-----BEGIN CERTIFICATE-----') ? [] : fault('tls-root-input', 'The input tls-root is no certificate in PEM.',
      'Give what stands in its file, from -----BEGIN CERTIFICATE----- on, or leave it out.'),
  ].flat()
}

/** Base64 with the letters of URLs, so that it may stand bare. */
function authorityArguments({ email, directory, root }: Authority): readonly (string | false)[] {
  return [
    'acme=yes', email !== '' && `acme-email=${email}`, directory !== '' && `acme-directory=${directory}`,
    root !== '' && `acme-root=${Buffer.from(`${root.trim()}\n`).toString('base64url')}`,
  ]
}

/** Seconds. */
export interface SetupTimes {
  /** Until a firewall that was not confirmed goes off again. */
  readonly firewallDelay: number
  /** For another program's lock on apt. */
  readonly aptWait: number
}
