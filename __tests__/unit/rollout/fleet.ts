import { Failure, type Evidence } from '../../../src/errors'
import type { Entry, Standing } from '../../../src/history/types'
import type { Event, Emit } from '../../../src/rollout/events'
import { rollout, type Request } from '../../../src/rollout/rollout'
import type { Outcome } from '../../../src/rollout/outcome'
import type { Activation, ReleaseSource, Session, Target, Task, Wanted } from '../../../src/rollout/target'
import { commitOf, entry } from '../history/standing'

export type Operation =
  | 'open' | 'inspect' | 'plan' | 'stage' | 'maintain' | 'run' | 'start' | 'cutOver' | 'observe' | 'after' | 'retire' | 'revert'
  | 'evidence' | 'dispose'

export interface Call { readonly target: string; readonly operation: Operation; readonly detail?: unknown }

/** A place in memory that keeps its history like a real one, and fails where it is told to. */
export class FakeTarget implements Target {
  readonly name: string
  readonly can = { waves: true }
  entries: Entry[]
  serving: number | null
  /** What each operation throws, or does in its stead. */
  readonly faults = new Map<Operation, () => unknown>()
  /** Does a failing cut-over leave the new one serving (a dead session), or is it back? */
  readonly fleet: Fleet
  tasks: readonly string[] = ['api: migrate']
  after: readonly string[] = []
  /** What the commands of a build printed. */
  built: readonly Evidence[] = []
  /** The seconds that each command was given. */
  readonly limits: (readonly [name: string, seconds: number])[] = []
  same = false
  /** By which policy what serves was rolled out. */
  rollout: Partial<Request['policy']> | undefined
  openNow = 0
  live = new Set<number>()

  constructor(name: string, fleet: Fleet, entries: Entry[]) {
    this.name = name
    this.fleet = fleet
    this.entries = entries
    this.serving = entries.at(-1)?.number ?? null
  }

  get version(): string | null {
    return this.entries.find(({ number }) => number === this.serving)?.version ?? null
  }

  standing(): Standing {
    const releases = [...new Map(this.entries.map((each) => [each.releaseId, each])).values()]
    return {
      app: 'shop', serving: this.entries.find(({ number }) => number === this.serving) ?? null, entries: [...this.entries],
      releases: releases.map(({ releaseId, version, commit }) => ({ id: releaseId, version, commit })),
      settled: [], url: 'http://shop.example.com', domain: 'shop.example.com',
      ...(this.rollout === undefined ? {} : { rollout: this.rollout }),
    }
  }

  async call(operation: Operation, detail?: unknown): Promise<void> {
    this.fleet.calls.push({ target: this.name, operation, ...(detail === undefined ? {} : { detail }) })
    await Promise.resolve()
    await this.faults.get(operation)?.()
  }

  record(number: number, change: Partial<Entry>): void {
    this.entries = this.entries.map((each) => each.number === number ? { ...each, ...change } : each)
  }

  async open(signal: AbortSignal, _emit: Emit): Promise<Session> {
    this.fleet.signals.set(this.name, signal)
    await this.call('open')
    this.openNow += 1
    const stage: Session['stage'] = async (wanted: Wanted, _secrets, { first }): Promise<Activation> => {
      await this.call('stage', { first })
      const releaseId = wanted.kind === 'source' ? wanted.release.id : wanted.releaseId
      const version = wanted.kind === 'source' ? wanted.release.version : wanted.version
      const common = { releaseId, version, commit: commitOf(version), detail: '3 files, 4.1 kB',
        tasks: first ? this.tasks.map((name, index): Task => ({ when: 'before', index, name })) : [],
        after: first && wanted.kind === 'source' ? this.after.map((name, index): Task => ({ when: 'after', index, name })) : [],
        output: this.built }
      const serving = this.standing().serving
      const again = wanted.kind === 'stored' && wanted.again
      if (this.same || (serving?.releaseId === releaseId && !again)) return { ...common, number: serving?.number ?? 0, unchanged: true }
      const number = Math.max(0, ...this.entries.map((each) => each.number)) + 1
      this.entries.push(entry(number, version, 's', releaseId))
      return { ...common, number, unchanged: false }
    }
    return {
      inspect: async () => {
        await this.call('inspect')
        return this.standing()
      },
      plan: async () => {
        await this.call('plan')
        if (this.same) return { stage: ['nothing'], start: [], cutOver: [], after: [], retire: [] }
        return { stage: ['would stage'], start: ['would start'], cutOver: ['would cut over'], after: ['would run'], retire: ['would retire'] }
      },
      stage,
      maintain: async () => {
        await this.call('maintain')
        return []
      },
      run: async ({ when, name }, _activation, seconds) => {
        this.limits.push([name, seconds])
        await this.call(when === 'before' ? 'run' : 'after', name)
        return { source: `${when} ${name}`, text: `${name} said so` }
      },
      start: async ({ number }) => {
        this.live.add(number)
        await this.call('start')
      },
      cutOver: async (from, to, options) => {
        await this.call('cutOver', options)
        this.serving = to.number
        this.record(to.number, { proven: true, state: 'proven' })
        if (options.withdraw && from !== null) this.record(from.number, { withdrawn: true })
        return { number: to.number, version: to.version, via: 'http://shop.example.com/healthz via 127.0.0.1:80',
          seen: ['api: 200'], url: 'http://shop.example.com' }
      },
      observe: async () => {
        await this.call('observe')
        return { healthy: true, findings: [] }
      },
      retire: async () => {
        await this.call('retire')
        return { lines: ['drained 0 connections'], standing: this.standing() }
      },
      revert: async (to, from) => {
        await this.call('revert')
        this.serving = to?.number ?? null
        this.live.delete(from.number)
        this.record(from.number, this.entries.find(({ number }) => number === from.number)?.proven === true
          ? { withdrawn: true, state: 'withdrawn' } : { state: 'failed' })
      },
      evidence: async () => {
        await this.call('evidence')
        return [{ source: `${this.name}: journal`, text: 'Traceback' }]
      },
      traffic: () => ({ connections: 1, roundTrips: 7, bytesSent: 4100, bytesReceived: 900 }),
      [Symbol.asyncDispose]: async () => {
        this.openNow -= 1
        await this.call('dispose')
      },
    }
  }
}

export class Fleet {
  readonly calls: Call[] = []
  readonly events: Event[] = []
  readonly signals = new Map<string, AbortSignal>()
  readonly targets: FakeTarget[]
  readonly abort = new AbortController()
  /** The policy's timeout, rung by the test. */
  ring: () => void = () => undefined
  alarmAfter = 0
  silenced = false

  /** Named h1, h2 …; each serves the last of the versions. */
  constructor(count: number, versions: readonly string[] = ['v1.0.0', 'v1.1.0']) {
    this.targets = Array.from({ length: count }, (_, index) =>
      new FakeTarget(`h${index + 1}`, this, versions.map((version, at) => entry(at + 1, version))))
  }

  at(index: number): FakeTarget {
    const target = this.targets[index]
    if (target === undefined) throw new Error(`no target ${index}`)
    return target
  }

  ran(operation: Operation): string[] {
    return this.calls.filter((call) => call.operation === operation).map(({ target }) => target)
  }

  async roll(change: Partial<Omit<Request, 'policy'>> & { readonly policy?: Partial<Request['policy']> } = {}): Promise<Outcome> {
    let now = 0
    return await rollout({
      operation: 'deploy', targets: this.targets, wholeFleet: true, policyAsBefore: false, release: release('v1.2.0'), version: null, secrets: {}, maxParallel: 4,
      actor: { by: 'ada', run: '' }, dryRun: false, allowOlder: false, allowRollbackFloor: false, isAncestor: async () => false, signal: this.abort.signal,
      emit: (event) => { this.events.push(event) }, clock: () => now++,
      alarm: (milliseconds, ring) => {
        this.alarmAfter = milliseconds
        this.ring = ring
        return () => { this.silenced = true }
      },
      ...change,
      policy: { canary: 0, wave: { percent: 100 }, failures: 0, absent: 0, bake: 10, drain: 30, warm: 0, timeout: 600,
        maintenance: false,
        ...change.policy },
    })
  }
}

export const release = (version: string): ReleaseSource => ({
  id: `${version}-0000000a`, version, commit: commitOf(version), config: { app: 'shop', services: [] as unknown } as ReleaseSource['config'], content: null,
})

export const fault = (code = 'injected') => (): never => {
  throw new Failure({ code, what: `It broke (${code}).`, cure: 'Mend it.', evidence: [{ source: 'api.1: journal', text: 'boom' }] })
}

/** Never ends by itself. */
export const hang = (): Promise<never> => new Promise(() => undefined)
