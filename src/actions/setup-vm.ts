import { collecting, Failure, failuresOf, throwAll } from '../errors'
import type { SetupVmInputs, SetupVmOutput } from '../inputs'
import { addressText, connect, type HostAddress, type SshConnection } from '../drivers/ssh'
import { ToolProvider, type Mirror } from '../drivers/tools'
import { annotations } from '../report/annotations'
import { print, warningCommand } from '../report/commands'
import { evidenceGroup } from '../report/console'
import { oneLine } from '../report/foreign'
import { Redactor } from '../report/redact'
import { setupSummary } from '../report/setup-summary'
import { inParallel } from '../rollout/parallel'
import { wrongTarget } from '../targets/host'
import { hostAssets } from '../targets/host/assets'
import { namesPython, readAssets, setupHost, wantedFor, type SetupReport } from '../targets/host/setup'
import { cancellation } from './cancellation'
import { inReport, markTold, setOutputs, tellIfKilled, writeSummary, type Alongside } from './closing'
import { readCompose, type ComposeStepInputs } from './compose/asked'
import { reach } from './rolling'
import { oneHostForAcme } from './fleet-names'
import { refuseStrangers, runContext } from './run-context'
import { Source } from './source'

/** What setting up needs of an action's inputs: setup-vm's own, and the root's. */
export type SetupInputs = Omit<SetupVmInputs, 'githubToken'> & {
  readonly compose?: ComposeStepInputs
  /** What is said of a configuration for another target. */
  readonly wrong?: typeof wrongTarget
  readonly alongside?: Alongside
}

/** How it ended on one host. */
interface HostResult {
  readonly host: string
  readonly report: SetupReport | null
  readonly failures: readonly Failure[]
  /** Milliseconds. */
  readonly took: number
}

export async function main(inputs: SetupInputs): Promise<void> {
  const redactor = new Redactor([inputs.sshKey, inputs.sshKeyPassphrase, inputs.bastionSshKey].filter((secret) => secret !== null))
  const cancelled = cancellation(() => process.exit(1))
  try {
    await tell(await setUp(inputs, cancelled.signal, redactor), inputs, redactor)
  } catch (thrown) {
    const failures = cancelled.signal.aborted ? [wasCancelled()] : failuresOf(thrown)
    if (failures.length === 0) throw thrown
    print(...annotations(failures, redactor))
    await tellUnbegun(failures, inputs, redactor)
  } finally {
    cancelled.end()
  }
  // A download in hand cannot be called off, and would keep the process until its last attempt.
  if (cancelled.signal.aborted) process.exit(1)
}

async function setUp(inputs: SetupInputs, signal: AbortSignal, redactor: Redactor): Promise<readonly HostResult[]> {
  const context = runContext(process.env)
  refuseStrangers(context, process.env)
  const failures: Failure[] = []
  const reached = collecting(failures, () => reach(inputs))
  const mirror = collecting(failures, () => mirrorOf(inputs))
  const compose = collecting(failures, () => inputs.compose === undefined ? undefined : readCompose(inputs.compose, false).inputs)
  throwAll(failures)
  if (reached === null) throw new Error('inputs were refused without a reason')
  const { addresses, ssh } = reached

  await using source = await Source.open({ ...inputs, githubToken: null, version: null, compose: compose ?? undefined }, context, signal)
  const { config } = await source.configOfHead()
  if (config.target === 'cluster') throw (inputs.wrong ?? wrongTarget)(config.target, ['vm', 'docker'])
  const fleet = oneHostForAcme(config, addresses.length)
  if (fleet !== null) throw fleet
  const authority = { email: inputs.tlsEmail ?? '', directory: inputs.tlsDirectory ?? '', root: inputs.tlsRoot ?? '' }
  const assets = await readAssets(hostAssets())
  await using tools = new ToolProvider({ mirror: mirror ?? undefined, signal })
  const listed = namesPython(config) ? await tools.listed() : null

  const push = !inputs.gitPush ? null : {
    branch: inputs.gitPushBranch, config: inputs.config ?? '', environment: inputs.environment ?? '', folder: inputs.workingDirectory,
  }
  const one = async (address: HostAddress): Promise<HostResult> => {
    const [host, began] = [addressText(address), performance.now()]
    const open = (limit?: { readonly connectTimeoutMs: number }): Promise<SshConnection> =>
      connect({ ...ssh, ...limit, address, signal })
    try {
      const wanted = wantedFor({ config, user: address.user, repository: context.repository, firewall: inputs.firewall, authority, push, listed })
      const progress = (text: string): void => print(`  … ${oneLine(`${host}: ${text}`, redactor)}`)
      const report = await setupHost({
        name: host, address, connect: open, wanted, assets, tools, dryRun: inputs.dryRun, signal, progress,
      })
      return { host, report, failures: [], took: performance.now() - began }
    } catch (thrown) {
      const told = signal.aborted ? [wasCancelled().on(host)] : failuresOf(thrown).map((failure) => failure.on(host))
      if (told.length === 0) throw thrown
      return { host, report: null, failures: told, took: performance.now() - began }
    }
  }
  // A host that fails says nothing of the others: all are tried, and all are told of.
  const results = new Map<HostAddress, HostResult>()
  await inParallel(addresses, inputs.maxParallel, async (address) => results.set(address, await one(address)))
  return addresses.flatMap((address) => results.get(address) ?? [])
}

function mirrorOf({ mirror, mirrorChecksum }: SetupInputs): Mirror | undefined {
  if (mirror === null && mirrorChecksum === null) return undefined
  if (mirror !== null && /^https?:\/\/\S+$/.test(mirror) && mirrorChecksum !== null && /^[0-9a-f]{64}$/i.test(mirrorChecksum)) {
    return { url: mirror, checksum: mirrorChecksum }
  }
  throw new Failure({
    code: 'mirror-input',
    what: 'The inputs mirror and mirror-checksum go together: a base URL, and the SHA-256 (64 hex digits) of its SHASUMS256.txt.',
    why: 'Nothing unverified runs on a host.',
    cure: 'Set both, e.g. mirror: https://mirror.example.com/tools, with what curl -s …/SHASUMS256.txt | sha256sum prints; or neither.',
  })
}

function wasCancelled(): Failure {
  return new Failure({
    code: 'cancelled',
    what: 'The job was cancelled.',
    why: 'What was begun on a host goes on there to its end.',
    cure: 'Run it again: it goes on from what is there.',
  })
}

/** Log, outputs and summary, also when all of it failed. */
async function tell(results: readonly HostResult[], { dryRun, alongside }: Pick<SetupInputs, 'dryRun' | 'alongside'>, redactor: Redactor): Promise<void> {
  for (const { host, report } of results) if (report !== null) print(...itemLines(host, report, redactor))
  for (const { host, report } of results) for (const text of report?.warnings ?? []) print(warningCommand(oneLine(text, redactor), { title: oneLine(host, redactor) }))
  const failures = results.flatMap((result) => result.failures)
  for (const { target, evidence } of failures) {
    for (const piece of evidence) print(...evidenceGroup(target ?? '', piece, redactor))
  }
  print(...annotations(failures, redactor))
  if (failures.length > 0) process.exitCode = 1

  const changed = !dryRun && results.some(({ report }) => report?.changed === true)
  const status = statusOf(failures, dryRun, changed)
  const hosts = results.map(({ host, report, failures: told, took }) => ({
    host, changed: report === null ? null : report.changed && !dryRun, items: report?.items ?? [], warnings: report?.warnings ?? [], took: Math.round(took), failures: told.map(plain),
  }))
  const facts = Object.fromEntries(results.flatMap(({ host, report }) => (report === null ? [] : [[host, report.facts]])))
  await putOut({
    status, changed: String(changed), report: JSON.stringify(redactor.deep({ schema: 1, status, dryRun, changed, hosts })),
    facts: JSON.stringify(redactor.deep(facts)),
  }, redactor)
  await summarise(results.map(({ host, report, failures: told, took }) => {
    const items = (report?.items ?? []).map(({ name, state, detail }) => ({ name, detail, changed: state !== 'ok' }))
    return setupSummary({ host, dryRun, items, failures: told, took }, redactor)
  }), alongside)
}

function statusOf(failures: readonly Failure[], dryRun: boolean, changed: boolean): string {
  if (failures.some(({ code }) => code === 'cancelled')) return 'cancelled'
  if (failures.length > 0) return 'failed'
  if (dryRun) return 'planned'
  return changed ? 'ready' : 'unchanged'
}

function itemLines(host: string, { items, dryRun, changed }: SetupReport, redactor: Redactor): readonly string[] {
  const verdict = changed ? (dryRun ? 'would change' : 'changed') : 'nothing to change'
  const width = Math.max(...items.map(({ state }) => state.length))
  return [
    oneLine(`${host}: ${verdict}`, redactor),
    ...items.map(({ name, state, detail }) => `  ${state.padEnd(width)}  ${oneLine(`${name}: ${detail}`, redactor)}`),
  ]
}

async function putOut(outputs: Readonly<Record<SetupVmOutput, string>>, redactor: Redactor): Promise<void> {
  await setOutputs(outputs, redactor)
  await markTold()
}

async function summarise(parts: readonly string[], alongside: Alongside | undefined): Promise<void> {
  await writeSummary([...parts, alongside?.summary ?? ''].filter(Boolean).join('\n'))
}

/** Outputs and summary of what is wrong with no host, but with what was asked for: none was changed. */
async function tellUnbegun(failures: readonly Failure[], { dryRun, alongside }: Pick<SetupInputs, 'dryRun' | 'alongside'>, redactor: Redactor): Promise<void> {
  process.exitCode = 1
  const status = statusOf(failures, dryRun, false)
  const report = { schema: 1, status, dryRun, changed: false, hosts: [], failures: inReport(failures) }
  await putOut({ status, changed: 'false', report: JSON.stringify(redactor.deep(report)), facts: '{}' }, redactor)
  await summarise([setupSummary({ host: 'The hosts', dryRun, items: [], failures, took: 0 }, redactor)], alongside)
}

const plain = ({ code, what, why, cure, at }: Failure): object => ({ code, what, why, cure, at: at ?? null })

export async function refused(failures: readonly Failure[]): Promise<void> {
  await tellUnbegun(failures, { dryRun: false }, new Redactor())
}

export async function post(): Promise<void> {
  await tellIfKilled('What was begun on a host goes on there to its end. Run it again: it goes on from what is there.')
}
