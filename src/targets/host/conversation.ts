import type { Channel } from '../../drivers/ssh'
import { Failure } from '../../errors'
import { failureOf } from './answers'

/** What the program on the host must at least be able to do; see session.py. */
export const protocol = 1
const beatMs = 5_000
const frameBytes = 256 * 1024

export interface Holder {
  readonly by: string
  readonly run: string
  readonly since: string
}

export type Message =
  | { readonly type: 'hello'; readonly protocol: number; readonly program: string }
  | { readonly type: 'refused'; readonly code: string; readonly what: string }
  | { readonly type: 'busy'; readonly final: boolean; readonly holder: Holder | null }
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'need'; readonly keys: readonly string[]; readonly platform?: unknown; readonly compare?: unknown; readonly have?: unknown }
  | { readonly type: 'answer'; readonly verb: string; readonly ok: true; readonly value: unknown }
  | { readonly type: 'answer'; readonly verb: string; readonly ok: false; readonly failure: unknown }

export interface Listener {
  progress(text: string): void
  /** Somebody else holds the lock; we wait. */
  waiting(holder: Holder | null): void
}

/** The talk with the host program over one channel: a command is a line, an answer is a line of JSON. */
export class Conversation implements AsyncDisposable {
  /** Times that we could not go on before the host had answered. */
  roundTrips = 0
  readonly #channel: Channel
  readonly #lines: AsyncIterator<string>
  readonly #name: string
  readonly #setup: string
  readonly #beat: NodeJS.Timeout
  #listener: Listener = { progress: () => {}, waiting: () => {} }
  #ended = false
  /** Has the program stopped listening? */
  #closed = false
  /** What the program said it speaks; 0: it has said nothing yet. */
  #spoken = 0
  /** A line that was begun to be read while something was still being sent. */
  #ahead: Promise<IteratorResult<string, unknown>> | null = null

  /** `setup`: what to type to have the host prepared, at the end of a cure. */
  constructor(channel: Channel, name: string, setup = 'Run the setup-vm action on this host.') {
    this.#channel = channel
    this.#name = name
    this.#setup = setup
    this.#lines = channel.lines()
    this.#beat = setInterval(() => void this.#send('beat\n').catch(() => {}), beatMs)
    this.#beat.unref()
    // Who reads the lines learns of a broken connection; the same news must not be an unhandled one here.
    channel.exit.catch(() => {})
  }

  /** Who hears what the host says between its answers. Nothing is taken from it, and so nothing missed, before an answer is waited for. */
  listen(listener: Listener): void {
    this.#listener = listener
  }

  /** The first words; what follows them may be sent at once, before the host has answered. */
  async begin(app: string, waitSeconds: number, actor: { readonly by: string; readonly run: string }): Promise<void> {
    await this.#send(`session ${protocol} ${app} ${Math.round(waitSeconds)}\n${line('begin', actor)}`)
  }

  /** Sends a command without waiting; `answer` waits for it. Content follows in the same go. */
  async command(verb: string, fields: object, content?: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#send(line(verb, fields))
    if (content !== undefined) await this.content(content)
  }

  /** Ends early when the host answers early: it has refused, and drops the rest. */
  async content(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const answered = this.#watch()
    for await (const chunk of chunks) {
      if (answered()) break
      for (let offset = 0; offset < chunk.length; offset += frameBytes) {
        const part = chunk.subarray(offset, offset + frameBytes)
        await this.#write(Buffer.concat([Buffer.from(`data ${part.length}\n`), part]))
        if (this.#closed) return
      }
    }
    await this.#send('data 0\n')
  }

  /** The next message that is an answer, or that asks for content. Throws what the host says went wrong. */
  async answer(): Promise<unknown> {
    this.roundTrips++
    for (;;) {
      const message = await this.#next()
      switch (message.type) {
        case 'answer':
          if (message.ok) return message.value
          throw failureOf(message.failure, this.#name)
        case 'need':
          return message
        case 'progress':
          this.#listener.progress(message.text)
          break
        case 'busy':
          if (message.final) throw busy(this.#name, message.holder)
          this.#listener.waiting(message.holder)
          break
        case 'refused':
          throw refused(this.#name, message, this.#setup)
        case 'hello':
          this.#spoken = message.protocol
          this.requireProtocol(protocol)
          break
      }
    }
  }

  /** Throws unless the program, which has answered something already, speaks so much. */
  requireProtocol(needed: number): void {
    if (this.#spoken < needed) throw tooOld(this.#name, this.#spoken, needed, this.#setup)
  }

  async ask(verb: string, fields: object, content?: AsyncIterable<Uint8Array>): Promise<unknown> {
    await this.command(verb, fields, content)
    return await this.answer()
  }

  /** Tells the host to drop what is not a cut-over; one in hand runs to its end there. */
  async abandon(): Promise<void> {
    if (!this.#ended) await this.#send('abandon\n').catch(() => {})
  }

  /** Says goodbye and lets the host end its session, so that the next run finds no lock. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat)
    if (this.#ended) return
    this.#ended = true
    await this.#channel.write('bye\n').catch(() => {})
    this.#channel.end()
    await Promise.race([this.#channel.exit.catch(() => {}), this.#drained(), after(3_000)])
    this.#channel.close()
  }

  async #drained(): Promise<void> {
    try {
      while ((await this.#lines.next()).done !== true);
    } catch {
      // The connection is gone: there is nothing left to wait for.
    }
    await this.#channel.exit.catch(() => {})
  }

  async #send(text: string): Promise<void> {
    await this.#write(text)
  }

  #watch(): () => boolean {
    let answered = false
    this.#ahead ??= this.#lines.next()
    // Whoever waits for the answer learns what went wrong.
    this.#ahead.then(({ value }) => { answered = typeof value === 'string' && /^\{"type": ?"answer"/.test(value) }, () => {})
    return () => answered
  }

  /** A program that has ended takes no more. Why it ended is told by what it said and by its exit, to whoever waits for its answer. */
  async #write(data: string | Uint8Array): Promise<void> {
    try {
      await this.#channel.write(data)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'command-closed-input') throw error
      this.#closed = true
    }
  }

  async #next(): Promise<Message> {
    const ahead = this.#ahead ?? this.#lines.next()
    this.#ahead = null
    const next = await ahead
    if (next.done === true) {
      this.#ended = true
      const exit = await this.#channel.exit
      throw silent(this.#name, exit, this.#channel.stderr(), this.#setup)
    }
    try {
      return JSON.parse(next.value) as Message
    } catch {
      throw new Failure({
        code: 'host-answers-strangely',
        what: `${this.#name} answers with something else than the host program does.`,
        why: 'A login shell that prints text at every login, or another program in its place, can do that.',
        cure: 'Keep ~/.bashrc and ~/.profile of the deploying user silent when they are not interactive, and run setup-vm again.',
        target: this.#name,
        evidence: [{ source: 'first line', text: next.value.slice(0, 500) }],
      })
    }
  }
}

function line(verb: string, fields: object): string {
  return `${verb} ${JSON.stringify(fields)}\n`
}

async function after(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function busy(target: string, holder: Holder | null): Failure {
  const who = holder === null ? 'another run' : `${holder.by || 'somebody'}${holder.run === '' ? '' : ` (${holder.run})`}`
  return new Failure({
    code: 'locked',
    what: `${who} is deploying to ${target}${holder === null ? '' : ` since ${holder.since}`}.`,
    why: 'Two rollouts of one app at once would not know of each other. The lock ends with that run, even when it is killed.',
    cure: 'Wait for it and run this again, or give it longer with `lock-timeout`. A `concurrency` group in the workflow queues them.',
    target,
  })
}

function refused(target: string, { code, what }: { readonly code: string; readonly what: string }, setup: string): Failure {
  if (code === 'app-not-prepared') return notPrepared(target, `${what[0]?.toUpperCase()}${what.slice(1)}.`, setup)
  return new Failure({
    code: `host-${code}`,
    what: `${target} refused the session: ${what}.`,
    cure: `Bring the host program that fits this action, then deploy again. ${setup}`,
    target,
  })
}

function tooOld(target: string, found: number, needed: number, setup: string): Failure {
  return new Failure({
    code: 'host-program-too-old',
    what: `The host program on ${target} is too old: it speaks protocol ${found}, this needs ${needed}.`,
    why: 'The action was updated after the host was set up.',
    cure: `Prepare the host once more with this version of Slipway, then deploy again. ${setup}`,
    target,
  })
}

function notPrepared(target: string, what: string, setup: string): Failure {
  return new Failure({
    code: 'host-not-prepared',
    what,
    why: 'Users, folders, the front nginx and the host program are made by setup-vm.',
    cure: 'Should the app have another name: it stands in slipway.yml, for which actions/checkout is needed; without a checkout the repository\'s name '
      + `is taken. Else prepare the host once, with the same slipway.yml and as a user who may use sudo for everything, or as root; then deploy again. ${setup}`,
    target,
  })
}

function noSudo(target: string, setup: string): Failure {
  return new Failure({
    code: 'host-not-prepared',
    what: `${target} has no sudo, so the user cannot run the host program.`,
    why: 'It runs as root, and root lets the deploying user start it by one rule of sudo.',
    cure: `As root on the host: apt-get install sudo; or connect as root (hosts: root@…). Then prepare the host. ${setup}`,
  })
}

function silent(target: string, { code, signal }: { readonly code: number | null; readonly signal: string | null }, stderr: string, setup: string): Failure {
  const text = stderr.trim()
  if (/sudo: (command )?not found/.test(text)) return noSudo(target, setup)
  if (code === 127 || /slipway-host: (command )?not found|No such file/.test(text)) {
    return notPrepared(target, `${target} is not prepared: the host program is not there.`, setup)
  }
  if (/^sudo: /m.test(text) || /not (in the sudoers|allowed to (run|execute))/.test(text)) {
    return notPrepared(target, `${target} is not prepared: the user may not run the host program by sudo.`, setup)
  }
  return new Failure({
    code: 'host-session-ended',
    what: `The session on ${target} ended by itself (${signal ?? `exit code ${code}`}).`,
    why: 'What was not switched yet is removed there, and a cut-over in hand runs to its end.',
    cure: 'Run it again: the next run says what it found. On the host: journalctl -u \'slipway-session.*\'.',
    target,
    evidence: text === '' ? [] : [{ source: 'standard error', text }],
  })
}
