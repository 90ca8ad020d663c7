import { Failure, throwAll } from '../../../errors'
import type { HostAddress, SshConnection } from '../../../drivers/ssh'
import type { ToolProvider } from '../../../drivers/tools'
import { AnswerReader, readFacts } from './answer'
import type { Answer, Armed } from './answer'
import { receiveCommand, scriptCommand } from './commands'
import { payload } from './payload'
import type { HostAssets, Payload, SentTool } from './payload'
import { preconditions } from './preconditions'
import { lockedOut, noRoot, refusalFailure, setupCut } from './refusal'
import { toolArchive } from './tools'
import type { SetupReport, Wanted } from './types'
import { wantedArguments } from './wanted'
import type { SetupTimes } from './wanted'

export interface SetupOptions {
  /** The host line: `deploy@203.0.113.7`. */
  readonly name: string
  readonly address: HostAddress
  /** A new connection each time; not to be had within the limit is a `Failure`. */
  readonly connect: (limit?: { readonly connectTimeoutMs: number }) => Promise<SshConnection>
  readonly wanted: Wanted
  readonly assets: HostAssets
  readonly tools: Pick<ToolProvider, 'provide'>
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
  readonly times?: Partial<SetupTimes>
}

const checkLimitMs = 120_000
const applyLimitMs = 30 * 60_000

/**
 * Makes one host ready. Asks first, in one exchange, and on a host that is ready that is all. Whatever is to be changed is
 * then sent and done in a second one. Throws `Failure`s, said of this host; what was done until then stays done.
 */
export async function setupHost(options: SetupOptions): Promise<SetupReport> {
  try {
    await using connection = await options.connect()
    return await new HostSetup(options, connection).run()
  } catch (thrown) {
    throw thrown instanceof Failure && thrown.target === undefined ? thrown.on(options.name) : thrown
  }
}

class HostSetup {
  readonly #options: SetupOptions
  readonly #connection: SshConnection
  readonly #times: SetupTimes
  readonly #arguments: readonly string[]

  constructor(options: SetupOptions, connection: SshConnection) {
    this.#options = options
    this.#connection = connection
    this.#times = { firewallDelay: 60, aptWait: 300, ...options.times }
    this.#arguments = wantedArguments(options.wanted, options.assets, this.#times)
  }

  async run(): Promise<SetupReport> {
    const { name, wanted, dryRun } = this.#options
    const checked = await this.#script(this.#connection, 'check', this.#arguments)
    const facts = readFacts(checked.facts)
    const refused = checked.refusals.map((refusal) => refusalFailure(refusal, checked.evidence))
    throwAll([...preconditions(facts, wanted, checked.items), ...refused].map((failure) => failure.on(name)))
    if (!checked.complete) throw setupCut('', checked.evidence)

    const changes = checked.items.filter(({ state }) => state === 'change')
    if (dryRun || changes.length === 0) {
      const items = checked.items.map(({ state, ...item }) => ({ ...item, state: state === 'change' ? 'would change' as const : 'ok' as const }))
      return { host: name, facts, items, warnings: checked.warnings, changed: changes.length > 0, dryRun }
    }
    const applied = await this.#apply(await this.#missingTools(changes, facts.arch))
    const items = applied.items.map(({ state, ...item }) => ({ ...item, state: state === 'changed' ? 'changed' as const : 'ok' as const }))
    if (applied.armed !== null) {
      await this.#confirm(applied.armed)
      items.push({ name: 'firewall', state: 'changed', detail: applied.armed.detail })
    }
    return { host: name, facts: readFacts(applied.facts), items, warnings: applied.warnings, changed: items.some(({ state }) => state === 'changed'), dryRun }
  }

  /** Only what the host lacks is fetched, and only what is fetched is sent. */
  async #missingTools(changes: Answer['items'], arch: string): Promise<readonly SentTool[]> {
    const missing = this.#options.wanted.tools.filter((tool) => changes.some(({ detail }) => detail === `install ${tool.name} ${tool.version}`))
    return Promise.all(missing.map(async (tool) => {
      this.#options.progress(`fetching ${tool.name} ${tool.version}`)
      return { ...tool, ...(await this.#options.tools.provide(toolArchive(tool, arch), this.#options.progress)) }
    }))
  }

  async #apply(tools: readonly SentTool[]): Promise<Answer> {
    const { address, assets, signal, progress } = this.#options
    const limit = AbortSignal.timeout(applyLimitMs)
    const reader = new AnswerReader(progress)
    const channel = await this.#connection.open(receiveCommand(address, assets.receive, this.#arguments))
    const stop = (): void => channel.close()
    const either = AbortSignal.any([signal, limit])
    either.addEventListener('abort', stop, { once: true })
    try {
      const stream = payload(assets, tools, this.#options.wanted.push !== null)
      const sent = send(stream, channel).catch((cause: unknown) => {
        channel.close()
        return cause instanceof Error ? cause : new Error(String(cause))
      })
      for await (const line of channel.lines()) reader.read(line)
      const exit = await channel.exit
      stream.destroy()
      const unsent = await sent
      // What the host said of it tells more than that it no longer listened.
      this.#judge(reader.answer, exit.code, channel.stderr())
      if (unsent !== undefined) throw unsent
    } catch (error) {
      signal.throwIfAborted()
      if (limit.aborted) throw setupCut(`it took longer than ${applyLimitMs / 60_000} minutes`, reader.answer.evidence)
      throw error
    } finally {
      either.removeEventListener('abort', stop)
    }
    return reader.answer
  }

  #judge(answer: Answer, code: number | null, stderr: string): void {
    throwAll(answer.refusals.map((refusal) => refusalFailure(refusal, answer.evidence).on(this.#options.name)))
    if (answer.complete && code === 0) return
    throw setupCut(lastLine(stderr), answer.evidence)
  }

  async #script(connection: SshConnection, verb: 'check' | 'confirm' | 'undo', args: readonly string[], timeoutMs = checkLimitMs): Promise<Answer> {
    const { address, assets, signal, progress } = this.#options
    const input = Buffer.from(assets.script)
    const { code, stdout, stderr } = await connection.exec(scriptCommand(address, verb, args), { input, timeoutMs, signal })
    if (stdout === '' && code !== 0 && address.user !== 'root' && /sudo/.test(stderr)) throw noRoot(address.user, lastLine(stderr))
    const reader = new AnswerReader(progress)
    for (const line of stdout.split('\n')) reader.read(line)
    if (!reader.answer.complete && reader.answer.refusals.length === 0) {
      throw setupCut(lastLine(stderr) || `exit code ${code}`, reader.answer.evidence)
    }
    return reader.answer
  }

  /** The proof that the firewall shuts nobody out who should come in: a new connection, and the word given over it. */
  async #confirm(armed: Armed): Promise<void> {
    const limitMs = Math.min(20, Math.max(1, armed.delay / 2)) * 1000
    try {
      await using connection = await this.#options.connect({ connectTimeoutMs: limitMs })
      const { refusals, evidence } = await this.#script(connection, 'confirm', [`token=${armed.token}`], limitMs)
      throwAll(refusals.map((refusal) => refusalFailure(refusal, evidence)))
    } catch (thrown) {
      this.#options.signal.throwIfAborted()
      const undone = await this.#script(this.#connection, 'undo', [], limitMs).then(() => true, () => false)
      throw lockedOut(armed.delay, undone, thrown)
    }
  }
}

async function send(stream: Payload, channel: { write(chunk: Uint8Array): Promise<void>; end(): void }): Promise<void> {
  for await (const chunk of stream) await channel.write(chunk)
  channel.end()
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? ''
