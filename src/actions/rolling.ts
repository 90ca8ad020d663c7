import { resolve } from 'node:path'
import { connect, hostText, parseHosts, readPrivateKey, type ConnectOptions, type HostAddress } from '../drivers/ssh'
import { collecting, Failure, throwAll } from '../errors'
import { Redactor } from '../report/redact'
import type { Operation } from '../rollout/outcome'
import type { Request } from '../rollout/rollout'
import type { ReleaseSource } from '../rollout/target'
import { HostTarget, wrongTarget, type Dialled, type RegistryLogin } from '../targets/host'
import { mayBeSecret, mayBeVariable, type TargetKind } from '../config'
import { cancellation, failuresBefore } from './cancellation'
import { LocalImages } from './compose/local-images'
import { closeFailed, type Alongside } from './closing'
import { notForVms, readCompose, type ComposeAsked, type ComposeStepInputs } from './compose/asked'
import { loginsFor } from './compose/logins'
import { variablesFor } from './compose/variables'
import { oneHostForAcme } from './fleet-names'
import { holdGates } from './gates'
import { hide } from './hiding'
import { inTheOpen } from './in-the-open'
import { closeNothing } from './publication/closing-nothing'
import { mayComeToNothing, type PublicationStep } from './publication/inputs'
import { openPublication } from './publication/opening'
import { placeOfHosts } from './publication/places'
import { NothingToRelease } from './publication/nothing'
import type { Publication } from './publication/publication'
import { rollOut } from './rolled-out'
import { refuseVersion } from './restart'
import { refuseStrangers, runContext, setupStep, type RunContext } from './run-context'
import { appAndPolicy, secretsOf, Source, type SourceInputs } from './source'

export interface SshInputs {
  readonly hosts: readonly string[]
  readonly sshKey: string | null
  readonly sshKeyPassphrase: string | null
  readonly knownHosts: string | null
  readonly bastion: string | null
  readonly bastionSshKey: string | null
}

export interface RollingInputs extends SourceInputs, SshInputs {
  readonly dryRun: boolean
  readonly operation: Operation
  readonly allowOlder: boolean
  readonly allowRollbackFloor: boolean
  readonly ignoreGates: boolean
  readonly takeOver: string | null
  readonly lockTimeout: number
  readonly maxParallel: number
}

/** What an action deploys to. */
export interface Kind {
  /** Where slipway.yml does not say; null: what the repository holds. */
  readonly target: TargetKind | null
  readonly accepts: readonly TargetKind[]
  /** Null: it has no inputs for it. */
  readonly compose: ComposeStepInputs | null
  /** What is said of a configuration for another target. */
  readonly wrong?: typeof wrongTarget
  readonly alongside?: Alongside
  /** What to type to have a host prepared. Absent: a step of setup-vm. */
  readonly setup?: string
  /** Null or absent: it makes nothing public. */
  readonly publishing?: PublicationStep | null
}

/** What is needed to connect, checked before anything is connected to. */
export interface Reach {
  readonly addresses: readonly HostAddress[]
  readonly ssh: Omit<ConnectOptions, 'address' | 'signal'>
}

/** A whole rollout to hosts, from inputs to summary. Throws only bugs. */
export async function roll(inputs: RollingInputs, kind: Kind): Promise<void> {
  const redactor = new Redactor([inputs.sshKey, inputs.sshKeyPassphrase, inputs.bastionSshKey, inputs.githubToken, kind.compose?.registryPassword ?? null, kind.publishing?.signingKey ?? null]
    .filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  const { signal } = cancelled
  const dialled = new Map<HostAddress, Dialled>()
  try {
    refuseVersion(inputs)
    const context = runContext(process.env)
    refuseStrangers(context, process.env)
    const failures: Failure[] = []
    const reached = collecting(failures, () => reach(inputs))
    const read = collecting(failures, () => kind.compose === null ? null : readCompose(kind.compose, inputs.operation === 'deploy'))
    const publishing = kind.publishing ?? null
    const publication = await openPublication(publishing, { context, placeOf: placeOfHosts(inputs), signal, redactor }, failures)
    throwAll(failures)
    if (reached === null) throw new Error('inputs were refused without a reason')
    const { addresses, ssh } = reached
    // Connecting takes longer than reading the checkout, so it begins first. Should the checkout be wrong, nothing but a
    // log-in has happened on the host.
    if (!mayComeToNothing(publishing)) for (const address of addresses) dialled.set(address, dial(address, ssh))
    await using local = read === null || inputs.operation !== 'deploy' ? null : await LocalImages.open(read, resolve(context.workspace, inputs.workingDirectory), signal)
    const asked = read !== null && local !== null ? local.named(read) : read
    const work = await prepare({ ...inputs, target: kind.target, compose: asked?.inputs }, { ...kind, asked, publication }, context, signal, redactor)
    try {
      await rollOut({
        ...work.request,
        operation: inputs.operation,
        wholeFleet: true,
        targets: addresses.map((address) => new HostTarget({
          name: hostText(address), user: address.user, host: address.host, app: work.app, actor: context.actor,
          lockTimeout: inputs.lockTimeout, staging: inputs.operation !== 'status', takeOver: inputs.takeOver,
          accepts: kind.accepts, setup: kind.setup ?? setupStep(process.env), registries: work.registries, images: local?.sources ?? {},
          dial: () => dialled.get(address) ?? dial(address, ssh),
          hide: (secrets) => hide(secrets.filter((secret) => !work.open(secret)), redactor),
        })),
        actor: context.actor,
        maxParallel: inputs.maxParallel,
        dryRun: inputs.dryRun,
        allowOlder: inputs.allowOlder,
        allowRollbackFloor: inputs.allowRollbackFloor,
        signal,
      }, redactor, { publication, warnings: work.warnings, alongside: kind.alongside })
    } finally {
      await work.source?.[Symbol.asyncDispose]()
    }
  } catch (error) {
    if (error instanceof NothingToRelease) return await closeNothing(error, redactor, kind.alongside)
    const failures = failuresBefore(error, signal)
    if (failures.length === 0) throw error
    await closeFailed(failures, redactor, false, kind.alongside)
  } finally {
    for (const { stop } of dialled.values()) stop()
    cancelled.end()
  }
}

function dial(address: HostAddress, ssh: Reach['ssh']): Dialled {
  const controller = new AbortController()
  const connection = connect({ ...ssh, address, signal: controller.signal })
  // Whoever takes it learns of it; nobody may, when the checkout is wrong.
  connection.catch(() => {})
  return { connection, stop: () => controller.abort() }
}

interface Work {
  readonly app: string
  readonly source: Source | null
  readonly registries: readonly RegistryLogin[]
  /** May everybody read it? Then it is not masked. */
  readonly open: (value: string) => boolean
  /** To be told, a sentence each. */
  readonly warnings: readonly string[]
  readonly request: Pick<Request, 'release' | 'version' | 'secrets' | 'policy' | 'policyAsBefore' | 'isAncestor'>
}

async function prepare(
  inputs: RollingInputs, { accepts, compose, asked, wrong, publication }: Kind & { readonly asked: ComposeAsked | null; readonly publication: Publication | null },
  context: RunContext, signal: AbortSignal, redactor: Redactor,
): Promise<Work> {
  if (inputs.operation !== 'deploy') {
    const { app, policy, policyAsBefore, config } = await appAndPolicy(inputs, context, signal)
    if (wrong !== undefined && config !== null && !accepts.includes(config.target)) throw wrong(config.target, accepts)
    // Which of them the release needs is written down on the host with it; only those are taken.
    const secrets = givenEnvironment(process.env)
    return {
      app,
      source: null,
      // A stored release has its images there.
      registries: [],
      open: config?.target === 'docker' ? inTheOpen(config, [inputs.version ?? '', ...inputs.hosts]) : () => false,
      warnings: [],
      request: { release: null, version: inputs.version, secrets, policy, policyAsBefore, isAncestor: async () => true },
    }
  }
  const source = await Source.open(inputs, context, signal)
  try {
    const { commit, version, located } = await source.wanted(publication === null ? null : async (...of) => await publication.name(...of))
    const { target } = located.config
    if (!accepts.includes(target)) throw (wrong ?? wrongTarget)(target, accepts)
    if (target === 'vm' && asked !== null && asked.given.length > 0) throw notForVms(asked.given)
    const fleet = oneHostForAcme(located.config, inputs.hosts.length)
    if (fleet !== null) throw fleet
    const { githubToken, ignoreGates: ignore, dryRun } = inputs
    const warnings = await holdGates(located.gates, { git: source.checkout.git, commit, githubToken, ignore, dryRun, context, signal, redactor, now: new Date() })
    const failures: Failure[] = []
    const named = collecting(failures, () => secretsOf(located, process.env)) ?? {}
    const variables = collecting(failures, () => variablesFor(located, process.env, redactor)) ?? {}
    throwAll(failures)
    const registries = target !== 'docker' || asked === null || compose === null ? [] : await loginsFor(compose, asked, process.env, signal)
    const secrets = { ...variables, ...named }
    const open = inTheOpen(located.config, [version, ...inputs.hosts])
    hide([...Object.values(named), ...Object.values(variables).filter((value) => !open(value)), ...registries.map(({ password }) => password)], redactor)
    const release: ReleaseSource = await source.release(commit, version, located)
    const isAncestor = async (older: string, newer: string): Promise<boolean> => await source.isAncestor(older, newer)
    return {
      app: located.config.app,
      source,
      registries,
      open: target === 'docker' ? open : () => false,
      warnings,
      request: { release, version: null, secrets, policy: located.rollout, policyAsBefore: false, isAncestor },
    }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
}

/** Hosts, keys and known hosts; all that is wrong with them at once. */
export function reach(inputs: SshInputs): Reach {
  const failures: Failure[] = []
  const attempt = <T>(read: () => T): T | null => collecting(failures, read)
  const addresses = attempt(() => parseHosts(inputs.hosts.join('\n')))
  const { sshKey, sshKeyPassphrase, bastion, bastionSshKey } = inputs
  if (sshKey === null) failures.push(noKey())
  else attempt(() => readPrivateKey(sshKey, sshKeyPassphrase ?? undefined, 'ssh-key'))
  const bastionAddress = bastion === null ? null : attempt(() => parseHosts(bastion, 'bastion'))?.[0]
  if (bastionSshKey !== null) attempt(() => readPrivateKey(bastionSshKey, sshKeyPassphrase ?? undefined, 'bastion-ssh-key'))
  throwAll(failures)
  const key = { privateKey: sshKey ?? '', ...(sshKeyPassphrase === null ? {} : { passphrase: sshKeyPassphrase }) }
  return {
    addresses: addresses ?? [],
    ssh: {
      key,
      knownHosts: inputs.knownHosts ?? '',
      ...(bastionAddress
        ? { bastion: { address: bastionAddress, key: bastionSshKey === null ? key : { ...key, privateKey: bastionSshKey } } }
        : {}),
    },
  }
}

function noKey(): Failure {
  return new Failure({
    code: 'ssh-key-missing',
    what: 'The input `ssh-key` is empty.',
    why: 'A secret that is not set, or that this run may not read (a fork, Dependabot, another `environment`), comes as an empty text.',
    cure: 'Store the private key with `gh secret set SSH_KEY < ~/.ssh/id_ed25519` and write `ssh-key: ${{ secrets.SSH_KEY }}`.',
  })
}

/** What a host may be given of the step's environment when it names the secrets of a stored release. */
function givenEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value && (mayBeSecret(name) || mayBeVariable(name)) ? [[name, value]] : [])))
}
