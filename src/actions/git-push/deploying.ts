import { homedir } from 'node:os'
import { noComposeInputs, resolveConfig, ROLLOUT, secretNames, type AppConfig } from '../../config'
import { Git } from '../../drivers/git'
import { Failure, failuresOf, throwAll } from '../../errors'
import { buildSource, Checkout, commitOf, isAncestor, versionOf } from '../../release'
import { print } from '../../report/commands'
import { createLog } from '../../report/console'
import { Redactor } from '../../report/redact'
import { terminalForm, told } from '../../report/terminal'
import type { Outcome } from '../../rollout/outcome'
import { rollout, type Request } from '../../rollout/rollout'
import { HostTarget, wrongTarget } from '../../targets/host'
import { frozen } from '../gates/frozen'
import { time } from '../time'
import type { Begun } from './begun'
import { withoutWorkflow, type Asked as Verb } from './cures'
import { twoCommits, type Wanted } from './refs'
import { secretsOf, secretsPath } from './secrets'
import type { Settings } from './settings'

type Asked = { readonly operation: Verb } & Pick<Request, 'release' | 'version' | 'secrets' | 'policy' | 'isAncestor' | 'wholeFleet' | 'policyAsBefore'>

/** Deploys what was pushed; says whether the push may be accepted. */
export async function deployPushed(
  settings: Settings, { wanted, also }: { readonly wanted: Wanted; readonly also: Wanted | null }, begun: Begun, signal: AbortSignal,
): Promise<boolean> {
  const redactor = new Redactor([])
  try {
    await using git = await Git.openBare('.', settings.folder, process.env, signal)
    const asked = await askedBy(settings, wanted, also, git, redactor)
    const outcome = await roll(settings, asked, begun, redactor, signal)
    if (!outcome.ok && !accepted(outcome)) print('', `  ${wanted.ref.replace(/^refs\/(heads|tags)\//, '')} is not accepted. Push again once that is mended.`)
    return accepted(outcome)
  } catch (error) {
    return refused(error, 'deploy', settings, redactor)
  }
}

/** The same rollout, of a release that is on the host already. Secrets are those that are kept for pushes. */
export async function activateStored(
  settings: Settings, wanted: { readonly operation: 'rollback' | 'restart'; readonly version: string | null }, begun: Begun, signal: AbortSignal,
): Promise<boolean> {
  const redactor = new Redactor([])
  try {
    const secrets = await secretsOf(secretsPath(homedir(), settings.app))
    for (const secret of Object.values(secrets)) redactor.add(secret)
    const asked: Asked = {
      ...wanted, release: null, secrets, policy: ROLLOUT, policyAsBefore: true, wholeFleet: false, isAncestor: () => Promise.resolve(true),
    }
    return (await roll(settings, asked, begun, redactor, signal)).ok
  } catch (error) {
    return refused(error, wanted.operation, settings, redactor)
  }
}

/** What serves is what was pushed, even if what it replaced could not be tidied up: then the ref says so too. */
const accepted = ({ ok, verdict }: Outcome): boolean => ok || verdict === 'deployed'

async function askedBy(settings: Settings, wanted: Wanted, also: Wanted | null, git: Git, redactor: Redactor): Promise<Asked> {
  const checkout = new Checkout(git)
  const found = await commitOf(git, wanted.id, wanted.tag)
  if (also !== null && (await commitOf(git, also.id, null)).commit !== found.commit) throw twoCommits(wanted, also)
  const { config, project, rollout: policy, gates } = await resolveConfig({
    files: await checkout.files(found.commit), configPath: settings.config, repositoryName: settings.app, environment: settings.environment,
    // No step before a push has built anything.
    compose: { ...noComposeInputs, images: {} },
  })
  if (config.target === 'cluster') throw wrongTarget(config.target, ['vm', 'docker'])
  if (config.app !== settings.app) throw otherApp(config.app, settings.app)
  if (config.artifacts.length > 0) throw artifacts(config)
  if (gates.checks !== false || gates.branches.length > 0) throw gated()
  throwAll(frozen(gates.freeze, new Date()))
  const kept = await secretsOf(secretsPath(homedir(), config.app))
  const ofInstallation = new Set(config.services.flatMap(({ installSecrets }) => installSecrets))
  const missing = [...ofInstallation].filter((name) => !(name in kept))
  if (missing.length > 0) throw notStored(missing)
  const names = new Set([...secretNames(config), ...config.compose?.variables ?? []])
  const secrets = Object.fromEntries(Object.entries(kept).filter(([name]) => names.has(name)))
  for (const secret of Object.values(secrets)) redactor.add(secret)
  const release = await buildSource({ checkout, commit: found.commit, version: versionOf(found, config.tagPrefix), config, project: project?.texts })
  return {
    operation: 'deploy', release, version: null, secrets, policy, policyAsBefore: false, wholeFleet: true,
    // Asked under the lock: only now is it known whether another push came in between.
    isAncestor: async (older, newer) => {
      for (const ref of [wanted, ...(also === null ? [] : [also])]) await unmoved(git, ref)
      return await isAncestor({ git, compare: null, older, newer })
    },
  }
}

async function roll(
  settings: Settings, asked: Asked, { greeter, host, dialled }: Begun, redactor: Redactor, signal: AbortSignal,
): Promise<Outcome> {
  const log = createLog((line) => print(line), redactor, terminalForm)
  const mended = (failure: Failure): Failure => withoutWorkflow(failure, asked.operation, settings, homedir())
  const target = new HostTarget({
    ...greeter, host, staging: true, takeOver: null, accepts: ['vm', 'docker'], registries: [], images: {}, dial: () => dialled,
    hide: (secrets) => { for (const secret of secrets) redactor.add(secret) },
  })
  const outcome = await rollout({
    ...asked, ...time, targets: [target], actor: greeter.actor, maxParallel: 1, dryRun: false, allowOlder: false, allowRollbackFloor: false, signal,
    emit: (event) => {
      log.event(event.type === 'fail' ? { ...event, failure: mended(event.failure) } : event)
      if (event.type === 'fail' && event.failure.code === 'internal' && event.failure.cause instanceof Error) {
        print(redactor.redact(event.failure.cause.stack ?? ''))
      }
    },
  })
  const failures = outcome.failures.map((record) => {
    const { why, cure } = mended(new Failure({ ...record, at: record.at ?? undefined, target: record.target ?? undefined }))
    return { ...record, why, cure }
  })
  log.outcome({ ...outcome, failures })
  if (outcome.ok) for (const line of wayBack(outcome)) print(redactor.redact(line))
  return outcome
}

function wayBack({ url, targets, app, changed }: Outcome): readonly string[] {
  const back = targets[0]?.returnable.find(({ withdrawn }) => !withdrawn)
  return [
    ...(url === null ? [] : [`  ${url}`]),
    ...(back === undefined || !changed ? [] : [`  To go back to ${back.version}, on the host: slipway rollback ${app} ${back.version}`]),
  ]
}

/** A failure before anything was begun. */
function refused(error: unknown, verb: Verb, settings: Settings, redactor: Redactor): false {
  const failures = failuresOf(error)
  if (failures.length === 0) throw error
  print(...told(failures.map((failure) => withoutWorkflow(failure, verb, settings, homedir())), redactor), '  Nothing was changed.')
  return false
}

async function unmoved(git: Git, { ref, old }: Wanted): Promise<void> {
  const now = await git.read(ref)
  if ((now?.id ?? '').replace(/^$/, '0'.repeat(old.length)) === old) return
  throw new Failure({
    code: 'ref-moved',
    what: `${ref.replace(/^refs\/(heads|tags)\//, '')} was moved by another push while this one waited for it.`,
    why: 'Deploying this now would undo what that one brought.',
    cure: 'Fetch, merge and push again.',
  })
}

/** Those of a service may be stored with what serves; these never are. Its cure is that of the host's own failure. */
function notStored(names: readonly string[]): Failure {
  return new Failure({
    code: 'secret-not-given',
    what: `Secrets are missing: ${names.join(', ')}.`,
    cure: 'Write them into the file for secrets, then push again.',
  })
}

function otherApp(found: string, app: string): Failure {
  return new Failure({
    code: 'push-other-app',
    what: `slipway.yml of this commit says \`app: ${found}\`, and this repository deploys ${app}.`,
    cure: `Push to the repository of ${found}, or run setup-vm with \`git-push: true\` to make it.`,
  })
}

/** Nobody here can ask GitHub, and branches of a push are the pusher's own. */
function gated(): Failure {
  return new Failure({
    code: 'push-with-gates', what: 'slipway.yml asks under `gates` for checks or branches, which are at GitHub, and a push comes past it.',
    cure: 'Deploy by the workflow; or write these gates under the `environments:` that it deploys to.',
  })
}

function artifacts({ artifacts: named }: AppConfig): Failure {
  return new Failure({
    code: 'push-without-artifacts',
    what: `slipway.yml names artifacts (${named.join(', ')}), and a push brings nothing but what is committed.`,
    cure: 'Let the host make them: `build:` of a service in slipway.yml; or deploy by the workflow.',
  })
}

